/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the target "dir": a file of any filesystem, in the directory of --dir or
 * where temporary files go. It has a name only until both clients have it open.
 *
 * Its store is what an O_DIRECT read gives ("d" in the observer). There is no
 * other way to look behind a filesystem that we do not know, though such a read
 * writes back first what is dirty.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/errname.h"
#include "client/targets/file.h"
#include "client/targets/targets.h"

static void path_of(const struct trial *trial, char path[PATH_MAX])
{
	const char *tmp = getenv("TMPDIR");
	const char *dir = trial->site->dir;

	if (!dir)
		dir = tmp && *tmp ? tmp : "/tmp";
	snprintf(path, PATH_MAX, "%s/%s", dir, trial->target);
}

/* Asked for a first time, so that it is known before anything is made. */
static int probe(struct trial *trial)
{
	const char *dir = trial->site->dir;

	return !dir || access(dir, W_OK | X_OK) == 0 ? 0 :
		trial_fail(trial, -EOPNOTSUPP, "--dir=%s: %s", dir,
			   strerror(errno));
}

static int create(struct trial *trial, const char *path)
{
	int err = trial_step(trial, trial->site->writer, NULL,
			     "create fd=t path=%s size=%llu gen=1", path,
			     (unsigned long long)shape_map_len(trial->shape));

	return err ? err : trial_step(trial, trial->site->writer, NULL,
				      "fsync fd=t");
}

static int open_direct(struct trial *trial, const char *path)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->observer, &result,
			    "open fd=d path=%s mode=r direct", path);

	if (err || result.ok)
		return err;
	return trial_fail(trial, -EOPNOTSUPP, "its filesystem has no O_DIRECT: "
			  "%s", errname_from(result.err));
}

static int open_and_map(struct trial *trial, const char *path)
{
	struct stepper *observer = trial->site->observer;
	int err = open_direct(trial, path);

	if (!err)
		err = trial_step(trial, observer, NULL, "open fd=t path=%s",
				 path);
	if (!err)
		err = file_map(trial, trial->site->writer);
	return err ? err : file_map(trial, observer);
}

static int make(struct trial *trial)
{
	char path[PATH_MAX];
	int err;

	path_of(trial, path);
	err = create(trial, path);
	if (!err)
		err = open_and_map(trial, path);
	unlink(path);
	return err;
}

/* In whole blocks, as O_DIRECT wants it. */
static int store(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
{
	struct stepper_result result;
	int err = trial_step(trial, trial->site->observer, &result,
			     "digest fd=d off=%llu len=%u",
			     (unsigned long long)trial->base,
			     trial->shape->pages * SHAPE_PAGE);

	if (!err && !trial_word(&result, "digest", digests, TRIAL_DIGESTS_SIZE))
		err = trial_fail(trial, -EPROTO, "no digest in '%s'",
				 result.text);
	return err;
}

/* By a store: nobody gets behind a filesystem that we do not know. */
static int plant(struct trial *trial)
{
	return trial_step(trial, trial->site->observer, NULL,
			  "store mem=m off=%llu len=%u gen=%d file=%s",
			  (unsigned long long)trial->base, trial->seen,
			  TRIAL_GENERATION_NEW + 1, trial->target);
}

static int destroy(struct trial *trial)
{
	int err = file_forget(trial);

	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "close fd=d");
}

const struct scenario_target dir_target = {
	.part = {
		.name = "dir",
		.help = "a shared mapping of a file of another filesystem",
		.about = "A page of a file in the directory that --dir "
			 "names, or where temporary files go: of whatever "
			 "filesystem that is. Nothing of it is held; what "
			 "the writer waits for is on the mount. Whether the "
			 "bytes that a pin has brought reach a filesystem "
			 "depends on who dirties the page when the pin is "
			 "dropped (unpin_user_pages_dirty_lock(), "
			 "bio_check_pages_dirty(), in 6.18) and on whether "
			 "the filesystem takes a page that it has not been "
			 "asked about (\"dirty pages without buffers\"). "
			 "LOST would say that it does not.",
		.is = PART_MAPPED_FILE,
		.needs = PART_MODEL,
		.rejects = PART_EVENT,
		.probe = probe,
	},
	.make = make,
	.dirty = file_dirty,
	.look = file_look,
	.settle = file_settle,
	.plant = plant,
	.audit = file_audit,
	.store = store,
	.destroy = destroy,
};
