/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "migrate": the kernel is asked to move the page to another
 * node. On a machine with one node it does not even try (mm/migrate.c:
 * __add_folio_for_migration(), 6.18), and compaction moves what it likes.
 */
#include <errno.h>
#include <string.h>

#include "client/moments/moments.h"
#include "common/cleanup.h"
#include "common/fdio.h"

/* More than one node: "0-1" or "0,2". */
static int probe(struct trial *trial)
{
	autofree char *nodes = NULL;

	if (fdio_read_file("/sys/devices/system/node/has_memory", &nodes) ||
	    !strpbrk(nodes, "-,"))
		return trial_fail(trial, -EOPNOTSUPP, "a page moves to another "
				  "node, and there is one node only");
	return 0;
}

static int migrate(struct trial *trial, struct stepper_result *result)
{
	return trial_step(trial, trial->site->writer, result,
			  "migrate mem=m off=%llu",
			  (unsigned long long)trial->base);
}

static int enter(struct trial *trial)
{
	struct stepper_result result;

	return migrate(trial, &result);
}

/* Proof that it was the pin: without it the page moves. */
static int again(struct trial *trial)
{
	struct stepper_result result;
	char moved[8] = "";
	int err = migrate(trial, &result);

	if (!err && (result.ret != 0 ||
		     (trial_word(&result, "moved", moved, sizeof(moved)) &&
		      strcmp(moved, "no") == 0)))
		err = trial_fail(trial, -EAGAIN, "without the pin the page "
				 "does not move either");
	return err;
}

const struct scenario_moment migrate_moment = {
	.part = {
		.name = "migrate",
		.help = "after an attempt to move the page to another node",
		.about = "move_pages(2) of the page to another node. "
			 "Migration freezes the reference count at what the "
			 "page cache and the page tables account for "
			 "(mm/migrate.c: folio_migrate_mapping(), in 6.18), "
			 "which a pin, or a plain reference, makes fail; a "
			 "page that was moved away would leave the bytes "
			 "behind (ORPHAN). After the call it is asked again "
			 "and the page must move: so nothing but the pin was "
			 "in the way. It needs a machine with two nodes; on "
			 "one the kernel does not try, and collapse is the "
			 "moment to look at.",
		.is = PART_EVENT,
		.needs = PART_HOLDS | PART_MODEL,
		.rejects = PART_COPIED,
		.probe = probe,
	},
	.enter = enter,
	.again = again,
};
