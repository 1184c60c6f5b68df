/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the reading of a mount's event log, line by line from a mark. */
#include "client/eventlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/json.h"
#include "common/log.h"

struct eventlog {
	int fd;
	off_t mark;
};

int eventlog_open(const char *path, struct eventlog **log_ret)
{
	struct eventlog *log = calloc(1, sizeof(*log));

	if (!log)
		return -ENOMEM;
	log->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (log->fd < 0) {
		int err = -errno;

		log_err("cannot open the event log '%s': %s", path,
			strerror(-err));
		free(log);
		return err;
	}
	*log_ret = log;
	return 0;
}

void eventlog_close(struct eventlog *log)
{
	if (!log)
		return;
	close(log->fd);
	free(log);
}

int eventlog_mark(struct eventlog *log)
{
	struct stat attr;

	if (fstat(log->fd, &attr) < 0)
		return -errno;
	log->mark = attr.st_size;
	return 0;
}

/* What is in the log since the mark, as a string. */
static int read_new(const struct eventlog *log, char **text_ret)
{
	autofree char *text = NULL;
	struct stat attr;
	size_t len;
	ssize_t n;

	if (fstat(log->fd, &attr) < 0)
		return -errno;
	if (attr.st_size < log->mark)
		return -ESTALE;
	len = (size_t)(attr.st_size - log->mark);
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	n = fdio_pread(log->fd, text, len, log->mark);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	*text_ret = steal_ptr(text);
	return 0;
}

static void copy_text(const json_t *event, const char *key, char *to,
		      size_t size)
{
	const char *text = json_string_value(json_object_get(event, key));

	snprintf(to, size, "%s", text ? text : "");
}

int eventlog_each(struct eventlog *log,
		  void (*fn)(const json_t *event, void *arg), void *arg)
{
	autofree char *text = NULL;
	int err = read_new(log, &text);

	if (err)
		return err;
	for (char *line = text, *end; (end = strchr(line, '\n'));
	     line = end + 1) {
		json_t *event = json_loadb(line, (size_t)(end - line), 0, NULL);

		fn(event, arg);
		json_decref(event);
	}
	return 0;
}

/* The events of blocks that are looked for, and what was found. */
struct search {
	const char *path;
	unsigned long long first;
	unsigned int blocks;
	struct eventlog_unstable found;
};

static void note_event(const json_t *event, void *arg)
{
	struct search *search = arg;
	struct eventlog_unstable *found = &search->found;
	const char *name = json_string_value(json_object_get(event, "event"));
	const char *of = json_string_value(json_object_get(event, "path"));
	json_int_t at = json_integer_value(json_object_get(event, "block"));

	if (!name || !of || strcmp(of, search->path) != 0)
		return;
	if (strcmp(name, "suppressed") == 0)
		found->suppressed++;
	if (strcmp(name, "unstable") != 0 ||
	    (unsigned long long)at - search->first >= search->blocks)
		return;
	if (found->count++)
		return;
	found->block = (unsigned long long)at;
	copy_text(event, "arrival", found->arrival, sizeof(found->arrival));
	copy_text(event, "recheck", found->recheck, sizeof(found->recheck));
	copy_text(event, "cause", found->cause, sizeof(found->cause));
}

int eventlog_unstable(struct eventlog *log, const char *path,
		      unsigned long long first, unsigned int blocks,
		      struct eventlog_unstable *found_ret)
{
	struct search search = { .path = path, .first = first,
				 .blocks = blocks };
	int err = eventlog_each(log, note_event, &search);

	if (!err)
		*found_ret = search.found;
	return err;
}
