/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log.
 *
 * A line is put together and written under the log's lock, so that "seq" is the
 * order of the lines. A number that is missing in the file is a line that could
 * not be written (the disk is full, memory is short): it is counted, and before
 * the next that can be written a "dropped" line says how many. That line is none
 * that could be missed, so that it takes a number only when it is there.
 *
 * Against storms: in each second of CLOCK_MONOTONIC a file may have
 * -o event_limit= full events, the rest is only counted. The records of the
 * running second are copies (inode number and path), not pointers, because the
 * kernel may forget an inode at any time. When the second is over, or at
 * event_sync(), a "suppressed" line says what was counted. There are
 * EVENT_MAX_FILES records; what more files have in one second shows in the
 * counters only.
 *
 * event-order.c has the lines that wait for one before them.
 */
#include "daemon/event-internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"
#include "daemon/alert.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/livepage.h"

/* ---- lines ---- */

void event_note_dropped_locked(struct event_log *log, const char *name, int err)
{
	static struct log_limit limit = LOG_LIMIT(60, 1);
	unsigned int more;

	stats_add(&log->fs->stats.dropped_events, 1);
	if (!log->missing++)
		log->missing_err = err;
	if (log_allowed(&limit, &more))
		log_err("event '%s' is not in the log '%s': %s (more of these "
			"are only counted)", name, log->path, strerror(-err));
}

void event_take_stamp(struct event_stamp *stamp)
{
	stamp->t_ns = clock_now_ns();
	clock_rfc3339(stamp->time);
}

static json_t *line_json(uint64_t seq, const char *name, json_t *keys,
			 const struct event_stamp *stamp)
{
	json_t *line;

	line = json_pack("{s:I, s:I, s:s, s:s}", "seq", (json_int_t)seq,
			 "t_ns", (json_int_t)stamp->t_ns, "time", stamp->time,
			 "event", name);
	if (!keys || json_object_update_missing(line, keys)) {
		json_decref(line);
		line = NULL;
	}
	return line;
}

/* Takes the reference to @keys; the number is not taken yet. */
static int add_line_locked(struct event_log *log, const char *name,
			   json_t *keys, const struct event_stamp *stamp)
	REQUIRES(log->lock);
static int add_line_locked(struct event_log *log, const char *name,
			   json_t *keys, const struct event_stamp *stamp)
{
	json_t *line = line_json(log->seq + 1, name, keys, stamp);
	size_t len;
	char *text = json_line(line, &len);

	json_decref(line);
	json_decref(keys);
	if (!text)
		return -ENOMEM;
	return event_file_add(&log->file, text, len);
}

/* What is owed to the log before anything new. */
static int catch_up_locked(struct event_log *log) REQUIRES(log->lock);
static int catch_up_locked(struct event_log *log)
{
	int err = event_file_finish(&log->file);
	struct event_stamp now;

	if (err || !log->missing)
		return err;
	event_take_stamp(&now);
	err = add_line_locked(log, "dropped", json_pack(
		"{s:I, s:s}", "count", (json_int_t)log->missing,
		"reason", strerror(-log->missing_err)), &now);
	if (!err) {
		log->seq++;
		alert_event(log->fs->alert, "dropped", log->seq, NULL);
		log->missing = 0;
	}
	return err;
}

void event_write_locked(struct event_log *log, const char *name, json_t *keys,
			const struct event_stamp *stamp)
{
	int err = catch_up_locked(log);

	/* Also of a line that there is no room for. */
	alert_event(log->fs->alert, name, log->seq + 1, keys);
	if (err)
		json_decref(keys);
	else
		err = add_line_locked(log, name, keys, stamp);
	log->seq++;
	if (err)
		event_note_dropped_locked(log, name, err);
}

json_t *event_changed(const struct livepage_diff *diff)
{
	json_t *array = json_array();

	for (size_t i = 0; i < diff->nranges; i++) {
		if (json_array_append_new(array, json_pack(
			"[i, i]",
			(int)(diff->off % DIGEST_BLOCK + diff->ranges[i].off),
			(int)diff->ranges[i].len))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* ---- limits ---- */

static bool quota_has_ino(const struct htab_node *node, const void *key)
{
	return container_of(node, struct event_quota, node)->ino ==
	       *(const uint64_t *)key;
}

static void write_suppressed_locked(struct event_log *log,
				    struct event_quota *quota)
	REQUIRES(log->lock);
static void write_suppressed_locked(struct event_log *log,
				    struct event_quota *quota)
{
	if (!quota->suppressed)
		return;
	event_put_locked(log, "suppressed", json_pack(
		"{s:o, s:I, s:I}",
		"path", quota->path ? json_text(quota->path) : json_null(),
		"ino", (json_int_t)quota->ino,
		"count", (json_int_t)quota->suppressed));
	quota->suppressed = 0;
}

static void start_second_locked(struct event_log *log, uint64_t second)
	REQUIRES(log->lock);
static void start_second_locked(struct event_log *log, uint64_t second)
{
	for (size_t i = 0; i < log->nquotas; i++) {
		struct event_quota *quota = &log->quotas[i];

		write_suppressed_locked(log, quota);
		htab_remove(&log->by_ino, &quota->node);
		free(quota->path);
	}
	log->nquotas = 0;
	log->second = second;
}

/* Return: NULL when there are too many. */
static struct event_quota *find_quota_locked(struct event_log *log,
					     uint64_t ino)
	REQUIRES(log->lock);
static struct event_quota *find_quota_locked(struct event_log *log,
					     uint64_t ino)
{
	struct htab_node *node = htab_find(&log->by_ino, ino, quota_has_ino,
					   &ino);
	struct event_quota *quota;

	if (node)
		return container_of(node, struct event_quota, node);
	if (log->nquotas == EVENT_MAX_FILES)
		return NULL;
	quota = &log->quotas[log->nquotas++];
	*quota = (struct event_quota){ .ino = ino };
	htab_insert(&log->by_ino, &quota->node, ino);
	return quota;
}

enum answer { ALLOWED, SUPPRESSED, PATH_WANTED };

/* @path: NULL when not known; then the answer may be that it is wanted. */
static enum answer ask_locked(struct event_log *log, uint64_t ino,
			      const char *path) REQUIRES(log->lock);
static enum answer ask_locked(struct event_log *log, uint64_t ino,
			      const char *path)
{
	uint64_t second = clock_now_ns() / CLOCK_NS_PER_SEC;
	struct event_quota *quota;

	if (second != log->second)
		start_second_locked(log, second);
	quota = find_quota_locked(log, ino);
	if (!quota)
		return SUPPRESSED;
	if (quota->used < log->fs->config->event_limit) {
		quota->used++;
		return ALLOWED;
	}
	if (!quota->path && !path)
		return PATH_WANTED;
	if (!quota->path)
		quota->path = strdup(path);
	quota->suppressed++;
	return SUPPRESSED;
}

static enum answer ask(struct event_log *log, uint64_t ino, const char *path)
{
	enum answer answer;

	mutex_lock(&log->lock);
	answer = ask_locked(log, ino, path);
	mutex_unlock(&log->lock);
	return answer;
}

bool event_allowed(struct event_log *log, struct inode *inode)
{
	struct fs *fs = log->fs;
	uint64_t ino = inode_ino(inode);
	enum answer answer = ask(log, ino, NULL);

	if (answer == PATH_WANTED) {
		char path[PATH_MAX];

		/* Takes the inode table's lock, which comes before ours. */
		inode_path(fs->inodes, inode, NULL, path, sizeof(path));
		answer = ask(log, ino, path);
	}
	if (answer == SUPPRESSED)
		stats_add(&fs->stats.suppressed_events, 1);
	return answer == ALLOWED;
}

void event_sync(struct event_log *log)
{
	static struct log_limit limit = LOG_LIMIT(60, 1);
	unsigned int more;

	mutex_lock(&log->lock);
	for (size_t i = 0; i < log->nquotas; i++)
		write_suppressed_locked(log, &log->quotas[i]);
	event_keep_promises_locked(log);
	/* What cannot be written now is written later, or missing. */
	(void)!catch_up_locked(log);
	mutex_unlock(&log->lock);
	/* EINVAL: not a file that can be synced (a pipe, /dev/null). */
	if (fdatasync(log->file.fd) && errno != EINVAL &&
	    log_allowed(&limit, &more))
		log_err("cannot sync the event log '%s': %s", log->path,
			strerror(errno));
}

/* ---- construction ---- */

static int open_file(struct event_log *log, const char *path)
{
	int err = event_file_open(&log->file, path);

	if (err) {
		log_err("cannot open the event log '%s': %s", path,
			strerror(-err));
		return err;
	}
	log->path = realpath(path, NULL);
	if (!log->path)
		log->path = strdup(path);
	return log->path ? 0 : -ENOMEM;
}

int event_log_create(struct fs *fs, const char *path,
		     struct event_log **log_ret)
{
	struct event_log *log = calloc(1, sizeof(*log));
	int err;

	if (!log)
		return -ENOMEM;
	log->fs = fs;
	log->file.fd = -1;
	mutex_init(&log->lock);
	mutex_cond_init(&log->kept);
	event_queue_init(&log->queue);
	err = htab_init(&log->by_ino);
	if (!err)
		err = open_file(log, path);
	if (err) {
		event_log_destroy(log);
		return err;
	}
	*log_ret = log;
	return 0;
}

void event_log_destroy(struct event_log *log)
{
	if (!log)
		return;
	if (log->file.fd >= 0)
		event_sync(log);
	event_file_close(&log->file);
	for (size_t i = 0; i < log->nquotas; i++)
		free(log->quotas[i].path);
	htab_deinit(&log->by_ino);
	event_queue_deinit(&log->queue);
	mutex_cond_deinit(&log->kept);
	mutex_deinit(&log->lock);
	free(log->path);
	free(log);
}

const char *event_log_path(const struct event_log *log)
{
	return log->path;
}
