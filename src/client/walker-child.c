/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that touches the mount, one file open at a time.
 *
 * What is cached is asked of cachestat(2) (Linux 6.5), by steps that grow as long
 * as there is nothing: it costs what is there, not what the file's size is.
 * Without that call every stretch is named.
 */
#include "client/walker-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/json.h"
#include "common/unixsock.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451	/* the same on all machines but alpha */
#endif

enum { STRETCH = 1 << 20 };	/* bytes, a multiple of all page sizes */

/* include/uapi/linux/mman.h, which may be older than the kernel */
struct cachestat_range {
	uint64_t off;
	uint64_t len;
};

struct cachestat {
	uint64_t nr_cache;
	uint64_t nr_dirty;
	uint64_t nr_writeback;
	uint64_t nr_evicted;
	uint64_t nr_recently_evicted;
};

struct walk {
	dev_t dev;		/* of the mount */
	FTS *fts;
	int fd;			/* the file, -1: none */
	uint64_t size;
};

static json_t *failure(int err, const char *what, const char *path)
{
	char why[512];

	snprintf(why, sizeof(why), "%s%s%s: %s", what, *path ? " " : "", path,
		 strerror(err));
	return json_pack("{s:i, s:o}", "errno", err, "why", json_text(why));
}

static json_t *no_more(void)
{
	return json_pack("{s:b}", "end", 1);
}

/* ---- files ---- */

static void close_file(struct walk *walk)
{
	if (walk->fd >= 0)
		close(walk->fd);
	walk->fd = -1;
}

/* Is it gone, which may happen to any file while one walks? */
static bool is_gone(int err)
{
	return err == ENOENT || err == ESTALE;
}

/* Return: the answer; NULL: no file of this mount, or not any more. */
static json_t *open_file(struct walk *walk, const char *path)
{
	struct stat attr;

	walk->fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			O_CLOEXEC);
	if (walk->fd < 0)
		return is_gone(errno) || errno == ELOOP ? NULL :
			failure(errno, "cannot open", path);
	if (fstat(walk->fd, &attr))
		return failure(errno, "cannot stat", path);
	if (attr.st_dev != walk->dev || !S_ISREG(attr.st_mode)) {
		close_file(walk);
		return NULL;
	}
	walk->size = (uint64_t)attr.st_size;
	return json_pack("{s:o, s:I}", "path", json_text(path),
			 "ino", (json_int_t)attr.st_ino);
}

/* The answer for what fts(3) came to; NULL: go on. */
static json_t *visit(struct walk *walk, FTSENT *entry)
{
	bool top = entry->fts_level == FTS_ROOTLEVEL;

	switch (entry->fts_info) {
	case FTS_F:
	case FTS_D:
		if (top && entry->fts_statp->st_dev != walk->dev) {
			fts_set(walk->fts, entry, FTS_SKIP);
			return failure(EXDEV, "not on this mount:",
				       entry->fts_path);
		}
		return entry->fts_info == FTS_F ?
			open_file(walk, entry->fts_accpath) : NULL;
	case FTS_NS:
	case FTS_DNR:
	case FTS_ERR:
		if (!top && is_gone(entry->fts_errno))
			return NULL;
		return failure(entry->fts_errno, "cannot look at",
			       entry->fts_path);
	case FTS_DP:
	case FTS_DC:
		return NULL;
	default:
		return top ? failure(EINVAL, "neither file nor directory:",
				     entry->fts_path) : NULL;
	}
}

static json_t *next_file(struct walk *walk)
{
	FTSENT *entry;

	close_file(walk);
	while ((entry = fts_read(walk->fts))) {
		json_t *answer = visit(walk, entry);

		if (answer)
			return answer;
	}
	return errno ? failure(errno, "cannot walk", "") : no_more();
}

/* ---- what is cached ---- */

/* Has the page cache something of it? Without the call: perhaps. */
static bool has_cached(const struct walk *walk, uint64_t off, uint64_t len)
{
	struct cachestat_range range = { off, len };
	struct cachestat found = { 0 };

	return syscall(SYS_cachestat, walk->fd, &range, &found, 0) ||
	       found.nr_cache;
}

/* Move *from to the first stretch that has something; false: there is none. */
static bool find_cached(const struct walk *walk, uint64_t *from, uint64_t end)
{
	uint64_t step = STRETCH;

	while (*from < end) {
		if (has_cached(walk, *from, MIN(step, end - *from))) {
			if (step == STRETCH)
				return true;
			step = STRETCH;
		} else {
			*from += MIN(step, end - *from);
			step *= 2;
		}
	}
	return false;
}

static json_t *next_cached(const struct walk *walk, uint64_t off)
{
	uint64_t len;

	if (!find_cached(walk, &off, walk->size))
		return no_more();
	len = MIN((uint64_t)STRETCH, walk->size - off);
	return json_pack("{s:I, s:I}", "off", (json_int_t)off,
			 "len", (json_int_t)len);
}

/* ---- what is under way ---- */

/*
 * Twice: a first call that fails tells of a WRITE that failed, and has not
 * waited for the others (fs/sync.c: sync_file_range() in 6.18).
 */
static int write_back(int fd)
{
	unsigned int flags = SYNC_FILE_RANGE_WAIT_BEFORE |
			     SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

	return sync_file_range(fd, 0, 0, flags) &&
	       sync_file_range(fd, 0, 0, flags) ? errno : 0;
}

static json_t *settle(const struct walk *walk, const json_t *offsets)
{
	const json_t *offset;
	size_t i;
	char byte;
	int err = lseek(walk->fd, 0, SEEK_END) < 0 ? errno :
						     write_back(walk->fd);

	if (err)
		return failure(err, "cannot write back", "");
	json_array_foreach(offsets, i, offset)
		if (pread(walk->fd, &byte, 1, json_integer_value(offset)) < 0)
			return failure(errno, "cannot read", "");
	return json_object();
}

/* ---- questions ---- */

static json_t *answer(struct walk *walk, const json_t *question)
{
	const json_t *value = json_object_get(question, "cached");

	if (json_is_true(json_object_get(question, "next")))
		return next_file(walk);
	if (walk->fd < 0)
		return failure(EBADF, "no file is open", "");
	if (value)
		return next_cached(walk, (uint64_t)json_integer_value(value));
	return settle(walk, json_object_get(question, "settle"));
}

static int start(struct walk *walk, const char *mountpoint, char *const paths[])
{
	char *const all[] = { (char *)mountpoint, NULL };
	struct stat attr;

	if (stat(mountpoint, &attr))
		return errno;
	walk->dev = attr.st_dev;
	walk->fts = fts_open(paths[0] ? paths : all, FTS_PHYSICAL | FTS_XDEV |
			     FTS_NOCHDIR, NULL);
	return walk->fts ? 0 : errno;
}

void walker_child(int sock, const char *mountpoint, char *const paths[])
{
	struct walk walk = { .fd = -1 };
	struct unixsock_reader reader;
	int err = 0;
	char *line;

	unixsock_reader_init(&reader, sock, WALKER_LINE_MAX);
	while (!unixsock_read_line(&reader, UINT64_MAX, &line)) {
		json_t *question = json_loads(line, 0, NULL);
		json_t *reply;

		/* Not before somebody waits with a deadline. */
		if (!walk.fts)
			err = start(&walk, mountpoint, paths);
		reply = err ? failure(err, "cannot look at", mountpoint) :
			      answer(&walk, question);
		if (!reply || json_write_line(sock, reply))
			_exit(1);
		if (err)
			_exit(1);
		json_decref(reply);
		json_decref(question);
		free(line);
	}
	_exit(0);
}
