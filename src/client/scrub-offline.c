/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scrubbing a SOURCE that is not mounted. As a mount is, this is a session of
 * the checksum store, which has to end in order: a session that does not counts
 * as a crash, after which size and ctime prove nothing. So signals are waited
 * out (scrub_is_over()).
 *
 * A file whose checksums have changed is stamped with size and ctime as they
 * were before it was read: should it change meanwhile, that will be seen.
 */
#include "client/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "csum/csum-file.h"
#include "csum/csum-scrub.h"
#include "csum/csum-store.h"

enum { PIECE = 4096 };	/* blocks between two looks at the bar */

struct scrub_offline {
	int source_fd;
	int state_fd;		/* -1: there is none */
	int lock_fd;
	struct stat state;
	struct csum_store *store;	/* NULL: no checksums */
};

/* ---- the state directory ---- */

static int open_state(const struct scrub_options *options,
		      struct scrub_offline *offline)
{
	const char *path = options->state;
	int err;

	if (options->adopt && mkdir(path, 0700) && errno != EEXIST) {
		err = -errno;
		log_err("cannot create the state directory '%s': %s", path,
			strerror(-err));
		return err;
	}
	offline->state_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
				 O_CLOEXEC);
	if (offline->state_fd < 0 && errno == ENOENT &&
	    !options->state_given)
		return 0;
	if (offline->state_fd < 0 ||
	    fstat(offline->state_fd, &offline->state)) {
		err = -errno;
		log_err("cannot open the state directory '%s': %s", path,
			strerror(-err));
		return err;
	}
	return 0;
}

static int open_store(const struct scrub_options *options,
		      struct scrub_offline *offline)
{
	bool wanted = options->adopt ||
		      !faccessat(offline->state_fd, "csum", F_OK, 0);
	int err = scrub_lock(offline->state_fd, options->state, wanted,
			     &offline->lock_fd);

	if (!err && wanted)
		err = csum_store_open(offline->state_fd, offline->source_fd,
				      &offline->store);
	return err;
}

int scrub_offline_open(const struct scrub_options *options,
		       struct scrub_offline **offline_ret)
{
	struct scrub_offline *offline = calloc(1, sizeof(*offline));
	int err = 0;

	if (!offline)
		return -ENOMEM;
	offline->state_fd = offline->lock_fd = -1;
	offline->source_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (offline->source_fd < 0) {
		err = -errno;
		log_err("cannot open '%s': %s", options->root, strerror(-err));
	}
	if (!err)
		err = open_state(options, offline);
	if (!err && offline->state_fd >= 0)
		err = open_store(options, offline);
	if (err)
		scrub_offline_close(offline);
	else
		*offline_ret = offline;
	return err;
}

void scrub_offline_close(struct scrub_offline *offline)
{
	if (!offline)
		return;
	if (offline->store)
		csum_store_end(offline->store, offline->source_fd);
	csum_store_close(offline->store);
	if (offline->lock_fd >= 0)
		close(offline->lock_fd);
	if (offline->state_fd >= 0)
		close(offline->state_fd);
	if (offline->source_fd >= 0)
		close(offline->source_fd);
	free(offline);
}

bool scrub_offline_is_state(const struct scrub_offline *offline,
			    const struct stat *attr)
{
	return offline->state_fd >= 0 &&
	       attr->st_dev == offline->state.st_dev &&
	       attr->st_ino == offline->state.st_ino;
}

/* ---- a file ---- */

/* One file at work. */
struct work {
	struct scrub *scrub;
	const struct scrub_file *file;
	struct csum_scrub csum;
	enum csum_found found;
};

static void note_mismatch(void *context, uint64_t block, uint64_t stored,
			  uint64_t found)
{
	struct work *work = context;

	scrub_report_mismatch(work->scrub, work->file->path, block, stored,
			      found);
}

static int open_checksums(struct work *work, bool create)
{
	enum csum_found found;
	int err = csum_file_open(work->scrub->offline->store, work->file->fd,
				 create, &work->csum.file, &found);

	if (err == -EOPNOTSUPP)
		return 0;
	if (!err && !create)
		work->found = found;
	return err;
}

/* Checksums are made only where there are bytes that can get one. */
static int find_checksums(struct work *work)
{
	const struct scrub *scrub = work->scrub;
	int err = 0;

	if (scrub->offline->store)
		err = open_checksums(work, false);
	if (!err && !work->csum.file && scrub->options.adopt &&
	    csum_scrub_next(&work->csum, 0) != UINT64_MAX)
		err = open_checksums(work, true);
	work->csum.adopt = scrub->options.adopt && work->csum.file;
	return err;
}

static int compare(struct work *work)
{
	struct csum_scrub *csum = &work->csum;
	uint64_t block = csum_scrub_next(csum, 0);
	int err = 0;

	while (!err && block != UINT64_MAX && !scrub_is_over()) {
		err = csum_scrub_blocks(csum, block, block + PIECE);
		block = csum_scrub_next(csum, block + PIECE);
		if (!err)
			scrub_bar_at(work->scrub, work->file, block);
	}
	return err;
}

static int stamp(struct work *work)
{
	const struct csum_scrub_counts *counts = &work->csum.counts;

	if (!work->csum.file ||
	    (!counts->adopted && !counts->dropped &&
	     work->found != CSUM_FOUND_CHANGED &&
	     work->found != CSUM_FOUND_DAMAGED))
		return 0;
	return csum_file_stamp(work->csum.file, &work->file->attr);
}

static void add(struct work *work)
{
	const struct csum_scrub_counts *counts = &work->csum.counts;
	struct scrub_sums *sums = &work->scrub->sums;

	sums->blocks += counts->blocks;
	sums->verified += counts->verified;
	sums->adopted += counts->adopted;
	sums->unverified += counts->unverified;
	sums->untrusted += counts->dropped;
	if (work->found == CSUM_FOUND_CHANGED ||
	    work->found == CSUM_FOUND_DAMAGED)
		scrub_report_given_up(work->scrub, work->file->path,
				      work->found == CSUM_FOUND_DAMAGED);
}

int scrub_offline_file(struct scrub *scrub, const struct scrub_file *file)
{
	struct work work = {
		.scrub = scrub,
		.file = file,
		.csum = {
			.fd = file->fd,
			.size = (uint64_t)file->attr.st_size,
			.mismatch = note_mismatch,
			.context = &work,
		},
	};
	int err = find_checksums(&work);
	int ret;

	if (!err)
		err = compare(&work);
	ret = stamp(&work);
	add(&work);
	csum_file_close(work.csum.file);
	if (err || ret)
		scrub_report_error(scrub, file->path, err ? err : ret);
	else
		scrub->sums.files++;
	return 0;
}
