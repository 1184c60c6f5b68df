/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns how it is seen that pages have been taken from their file. A page that
 * leaves the page cache is unmapped from all processes before (mm/truncate.c:
 * truncate_cleanup_folio(), invalidate_inode_pages2_range(), 6.18), and
 * /proc/self/pagemap shows that to everybody.
 */
#include "client/moments/event.h"

#include <errno.h>

#include "client/errname.h"

int event_probe(struct trial *trial, enum ondir_trait trait, const char *lack)
{
	const struct ondir *ondir;
	const char *why;
	int has;

	if (!trial->home)
		return 0;
	has = ondir_has(trial->site, trait, &why);
	if (has < 0)
		return trial_fail(trial, has, "cannot try the filesystem of "
				  "'%s': %s", trial->site->dir, why);
	if (has || ondir_get(trial->site, &ondir))
		return 0;
	return trial_fail(trial, -EOPNOTSUPP, "%s: %s", ondir->type, lack);
}

static int check_gone(struct trial *trial, uint64_t off)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->observer, &result,
			    "pageflags mem=m off=%llu",
			    (unsigned long long)off);

	if (err || (!result.ok && result.err == ENOENT))
		return err;
	return trial_fail(trial, -EIO, "the page is still mapped: %s",
			  result.ok ? result.text : errname_from(result.err));
}

int event_takes_pages(struct trial *trial, int (*event)(struct trial *trial))
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_digest(trial, "mem=m", digests);

	if (!err)
		err = event(trial);
	for (unsigned int i = 0; i < trial->shape->pages && !err; i++)
		err = check_gone(trial, trial->base + i * SHAPE_PAGE);
	return err;
}
