/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of the event log: lines that stay whole although the disk may get
 * full within one.
 */
#ifndef PIN_EVENT_FILE_H
#define PIN_EVENT_FILE_H

#include <stddef.h>

#include "common/compiler.h"

struct event_file {
	int fd;			/* for appending; does not block */
	char *line;		/* one that was cut short; NULL: none */
	const char *rest;	/* what is missing of it [rest_len bytes] */
	size_t rest_len;
};

/**
 * event_file_open() - open the log for appending
 * A last line that is not complete (its daemon was killed) is cut off if it is
 * one of ours, and ended with a newline if not.
 *
 * @path: file or pipe, created with mode 0600
 * Return: 0 or -errno; @file is to be closed in either case.
 */
int event_file_open(struct event_file *file, const char *path) MUST_CHECK;
/* A line that could not be finished is cut off where the file allows it. */
void event_file_close(struct event_file *file);
/**
 * event_file_finish() - write what is missing of a line that was cut short
 * Return: 0 also when nothing was missing, or -errno (-ENOSPC, -EAGAIN, ...).
 */
int event_file_finish(struct event_file *file) MUST_CHECK;
/**
 * event_file_add() - append a line by one write(2)
 * No line may be unfinished. What a short write leaves out is kept, for
 * event_file_finish(): the line counts as written.
 *
 * @line: on the heap, ends in a newline; taken over
 * Return: 0; -errno, and nothing of it is in the file.
 */
int event_file_add(struct event_file *file, char *line, size_t len) MUST_CHECK;

#endif
