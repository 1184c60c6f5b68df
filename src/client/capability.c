/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the table of capabilities and their probes. */
#include "client/capability.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/errname.h"
#include "client/ondir.h"
#include "client/pincount.h"
#include "client/scenario.h"
#include "client/site.h"
#include "common/clock.h"

typedef int probe_fn(struct capability_set *set,
		     char proof[CAPABILITY_PROOF_SIZE]);

/* The daemon planted a change when it mounted. */
static int probe_live(struct capability_set *set,
		      char proof[CAPABILITY_PROOF_SIZE])
{
	snprintf(proof, CAPABILITY_PROOF_SIZE, "%s", set->site->live_reason);
	return set->site->is_live;
}

/* Where it does, WRITEs of write(2) are seen changing on any kernel. */
static int probe_second_look(struct capability_set *set,
			     char proof[CAPABILITY_PROOF_SIZE])
{
	snprintf(proof, CAPABILITY_PROOF_SIZE, "live is \"%s\" in the mount's "
		 "status", set->site->live);
	return site_looks_twice(set->site);
}

static int probe_write_through(struct capability_set *set,
			       char proof[CAPABILITY_PROOF_SIZE])
{
	snprintf(proof, CAPABILITY_PROOF_SIZE, "cache=%s is in effect",
		 set->site->cache);
	return strcmp(set->site->cache, "through") == 0;
}

/* The daemon has read it from the device's queue when it mounted. */
static int probe_stable_writes(struct capability_set *set,
			       char proof[CAPABILITY_PROOF_SIZE])
{
	const char *loop = set->site->loop;

	if (loop)
		snprintf(proof, CAPABILITY_PROOF_SIZE, "queue/stable_writes of "
			 "%s was 1 when it was mounted", loop);
	else
		snprintf(proof, CAPABILITY_PROOF_SIZE, "the mount has no "
			 "device to have it from");
	return loop != NULL;
}

/* What a mount can do is asked of scenarios as they are, and leaves no files. */
static void run(struct capability_set *set, const char *name,
		struct scenario_outcome *outcome_ret)
{
	struct site *site = set->site;
	enum site_mutation mutation = site->mutation;
	bool keep = site->keep;

	site->mutation = SITE_AS_IS;
	site->keep = false;
	scenario_run(scenario_find(name), site, outcome_ret);
	site->mutation = mutation;
	site->keep = keep;
}

/* By the scenario that does it: it is over in some milliseconds. */
static int probe_write_waits(struct capability_set *set,
			     char proof[CAPABILITY_PROOF_SIZE])
{
	struct scenario_outcome outcome;

	run(set, "pwrite@writeback", &outcome);
	if (outcome.spoiled || outcome.facts.err ||
	    !(outcome.facts.in_window || outcome.facts.stuck)) {
		set->spoiled |= outcome.spoiled;
		snprintf(proof, CAPABILITY_PROOF_SIZE, "%s", outcome.note);
		return -EIO;
	}
	snprintf(proof, CAPABILITY_PROOF_SIZE, outcome.facts.in_window ?
		 "pwrite(2) into a page whose WRITE was held returned in %.3f "
		 "ms" : "pwrite(2) into a page whose WRITE was held returned "
		 "after the WRITE was answered, in %.3f ms",
		 (double)outcome.call_ns / CLOCK_NS_PER_MS);
	return !outcome.facts.in_window;
}

/*
 * By the scenario that registers a buffer. EFAULT is get_user_pages()' answer
 * to long-term pins of files; io_uring's own, from before, is EOPNOTSUPP.
 */
static int probe_longterm_refused(struct capability_set *set,
				  char proof[CAPABILITY_PROOF_SIZE])
{
	struct scenario_outcome outcome;

	run(set, "uring-fixed@writeback", &outcome);
	if (outcome.spoiled || !outcome.facts.err) {
		set->spoiled |= outcome.spoiled;
		snprintf(proof, CAPABILITY_PROOF_SIZE, "%s", outcome.note);
		return -EIO;
	}
	snprintf(proof, CAPABILITY_PROOF_SIZE, "a mapping registered with "
		 "io_uring was refused with %s", errname_from(
		 outcome.facts.err));
	return outcome.facts.err == EFAULT;
}

static int probe_pins_counted(UNUSED struct capability_set *set,
			      char proof[CAPABILITY_PROOF_SIZE])
{
	struct pincount count;
	int err = pincount_read(&count);

	if (err)
		snprintf(proof, CAPABILITY_PROOF_SIZE, "%s", err == -ENOENT ?
			 "/proc/vmstat has no nr_foll_pin_acquired" :
			 "the counters cannot be refreshed: root may");
	else
		snprintf(proof, CAPABILITY_PROOF_SIZE, "nr_foll_pin_acquired "
			 "and _released in /proc/vmstat: %llu and %llu",
			 (unsigned long long)count.acquired,
			 (unsigned long long)count.released);
	return !err;
}

/*
 * By a scenario with an O_DIRECT read. What it says is not looked at, only
 * whether its read moved the counters while it was held.
 */
/* Others that pin at the same moment make a run say nothing: once more then. */
enum { PIN_TRIES = 30 };

static int probe_pins_of(struct capability_set *set, const char *name,
			 const char *what, char proof[CAPABILITY_PROOF_SIZE])
{
	struct scenario_outcome outcome = { .pins = -1 };
	struct pincount count;
	bool counted = pincount_read(&count) == 0;
	int tries = counted ? PIN_TRIES : 1;

	for (int i = 0; i < tries && outcome.pins < 0 && !outcome.spoiled; i++)
		run(set, name, &outcome);
	set->spoiled |= outcome.spoiled;
	if (outcome.pins < 0) {
		snprintf(proof, CAPABILITY_PROOF_SIZE, "pins are not counted, "
			 "or not for us: %.200s", outcome.note);
		return -EIO;
	}
	snprintf(proof, CAPABILITY_PROOF_SIZE, "nr_foll_pin_acquired grew by "
		 "%ld while an O_DIRECT read %swas held", outcome.pins, what);
	return outcome.pins > 0;
}

/* This one runs on every mount. */
static int probe_reads_pin(struct capability_set *set,
			   char proof[CAPABILITY_PROOF_SIZE])
{
	return probe_pins_of(set, "dio-read@fork:anon", "", proof);
}

/*
 * One does not tell the other: who calls iov_iter_extract_pages() is the block
 * layer in 6.5 and 6.8 already, and FUSE not before 6.12.
 */
static int probe_bios_pin(struct capability_set *set,
			  char proof[CAPABILITY_PROOF_SIZE])
{
	return probe_pins_of(set, "dio-bdev@fork:anon",
			     "of a loop device ", proof);
}

/* Of the filesystem of --on, by what it does with a file. */
static int probe_dir(struct capability_set *set, enum ondir_trait trait,
		     const char *yes, const char *no,
		     char proof[CAPABILITY_PROOF_SIZE])
{
	const struct ondir *ondir;
	const char *why;
	int has = ondir_has(set->site, trait, &why);

	if (has < 0 || ondir_get(set->site, &ondir))
		snprintf(proof, CAPABILITY_PROOF_SIZE, "cannot try '%.60s': "
			 "%.150s", set->site->dir, why);
	else
		snprintf(proof, CAPABILITY_PROOF_SIZE, "%.80s is %s: %s",
			 set->site->dir, ondir->type, has ? yes : no);
	set->spoiled |= has == -ETIMEDOUT;
	return has;
}

static int probe_dir_drops(struct capability_set *set,
			   char proof[CAPABILITY_PROOF_SIZE])
{
	return probe_dir(set, ONDIR_DROPS, "after fsync(2) and "
			 "POSIX_FADV_DONTNEED a page was not in the cache",
			 "after fsync(2) and POSIX_FADV_DONTNEED a page was "
			 "still in the cache", proof);
}

static int probe_dir_takes(struct capability_set *set,
			   char proof[CAPABILITY_PROOF_SIZE])
{
	return probe_dir(set, ONDIR_TAKES, "after an O_DIRECT write a mapped "
			 "page was not in the cache any more",
			 "a mapped page stayed in the cache, or there is no "
			 "O_DIRECT", proof);
}

static const struct {
	const char *name;
	const char *help;
	probe_fn *probe;
} capabilities[] = {
	{ "live-writeback",
	  "a change of a page under writeback is seen by the daemon",
	  probe_live },
	{ "second-look",
	  "the daemon looks at pages twice, whatever it sees then",
	  probe_second_look },
	{ "write-through",
	  "write(2) changes the page and sends its WRITE at once",
	  probe_write_through },
	{ "stable-writes",
	  "the mount's device asks for pages that write(2) cannot change",
	  probe_stable_writes },
	{ "write-waits",
	  "write(2) into a page under writeback waits for its end",
	  probe_write_waits },
	{ "longterm-refused",
	  "mappings of files are not pinned for long, whoever asks",
	  probe_longterm_refused },
	{ "pins-counted",
	  "the kernel counts pins, and lets us read them exactly",
	  probe_pins_counted },
	{ "reads-pin",
	  "an O_DIRECT read of the mount pins memory, not only references it",
	  probe_reads_pin },
	{ "bios-pin",
	  "so does an O_DIRECT read of a block device, or of a filesystem on it",
	  probe_bios_pin },
	{ "dir-drops",
	  "the filesystem of --on lets clean pages be thrown out of the cache",
	  probe_dir_drops },
	{ "dir-takes",
	  "an O_DIRECT write there takes cached pages from their file",
	  probe_dir_takes },
};

_Static_assert(ARRAY_SIZE(capabilities) <= CAPABILITY_MAX,
	       "a set has no room for all capabilities");

const char *capability_name(size_t index)
{
	return index < ARRAY_SIZE(capabilities) ? capabilities[index].name :
						  NULL;
}

const char *capability_help(size_t index)
{
	return capabilities[index].help;
}

static size_t find(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(capabilities) &&
	       strcmp(capabilities[i].name, name) != 0)
		i++;
	return i;
}

bool capability_exists(const char *name)
{
	return find(name) < ARRAY_SIZE(capabilities);
}

int capability_has(void *context, const char *name)
{
	struct capability_set *set = context;
	size_t i = find(name);

	if (i == ARRAY_SIZE(capabilities))
		return -ENOENT;
	if (!set->found[i].asked && !set->site)
		return -ENODEV;
	if (!set->found[i].asked) {
		set->found[i].asked = true;
		set->found[i].answer = capabilities[i].probe(set, set->found[i].proof);
	}
	return set->found[i].answer;
}

const char *capability_proof(const struct capability_set *set, size_t index)
{
	return set->found[index].proof;
}
