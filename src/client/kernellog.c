/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the reading of /dev/kmsg. Each read(2) gives one record:
 * "LEVEL,NUMBER,TIME,FLAGS;TEXT\n", then lines of a blank and KEY=VALUE.
 */
#include "client/kernellog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "/dev/kmsg"

/*
 * A buffer that is too small is refused with EINVAL; none is larger than this
 * (kernel/printk/internal.h: PRINTK_MESSAGE_MAX, 6.18; CONSOLE_EXT_LOG_MAX, 6.1).
 */
enum { RECORD_SIZE = 8192 };

struct kernellog {
	int fd;
	bool lost;		/* some were overwritten before they were read */
	char record[RECORD_SIZE + 1];
};

int kernellog_open(struct kernellog **log_ret)
{
	struct kernellog *log = calloc(1, sizeof(*log));
	int err;

	if (!log)
		return -ENOMEM;
	log->fd = open(DEVICE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log->fd >= 0 && lseek(log->fd, 0, SEEK_END) >= 0) {
		*log_ret = log;
		return 0;
	}
	err = -errno;
	kernellog_close(log);
	return err;
}

void kernellog_close(struct kernellog *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	free(log);
}

/* The next record. Return: 1; 0 there is none; -errno. */
static int next(struct kernellog *log)
{
	ssize_t n;

	for (;;) {
		n = read(log->fd, log->record, RECORD_SIZE);
		if (n >= 0)
			break;
		if (errno == EAGAIN)
			return 0;
		/* The next read gives the oldest that there is. */
		if (errno == EPIPE)
			log->lost = true;
		else if (errno != EINTR)
			return -errno;
	}
	log->record[n] = '\0';
	return n > 0;
}

/* Of a record, its text: what is behind the ';', in its first line. */
static const char *text_of(char *record)
{
	char *text = strchr(record, ';');

	if (!text)
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text + 1;
}

int kernellog_read(struct kernellog *log, kernellog_fn *take, void *context)
{
	int n;

	while ((n = next(log)) > 0)
		if (take(text_of(log->record), context))
			return 1;
	if (n < 0)
		return n;
	return log->lost ? -EPIPE : 0;
}

struct search {
	const char *words;
	char *line;
};

static bool matches(const char *text, void *context)
{
	const struct search *search = context;

	if (!strstr(text, search->words))
		return false;
	snprintf(search->line, KERNELLOG_TEXT_SIZE, "%s", text);
	return true;
}

int kernellog_find(struct kernellog *log, const char *words,
		   char line_ret[KERNELLOG_TEXT_SIZE])
{
	struct search search = { .words = words, .line = line_ret };
	int n = kernellog_read(log, matches, &search);

	if (n > 0)
		return 0;
	return n ? n : -ENOENT;
}
