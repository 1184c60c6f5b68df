/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to be undone when SIGINT, SIGTERM or SIGHUP ends pinctl: its clients
 * are killed, a daemon that it has paused is resumed, the guards of its own
 * mounts are told and waited for, files on somebody else's mount are removed; then the
 * signal takes its course.
 *
 * The handler does only what is async-signal-safe, so pinctl may be anywhere
 * when it comes. Children that were forked without exec(2) just die of it.
 */
#ifndef PIN_INTERRUPT_H
#define PIN_INTERRUPT_H

#include <sys/types.h>

#include "common/compiler.h"

/* Install the handlers; a signal that is ignored (nohup) stays ignored. */
void interrupt_setup(void);

/* A process to SIGKILL. At most INTERRUPT_CHILDREN at a time. */
enum { INTERRUPT_CHILDREN = 64 };
void interrupt_add_child(pid_t pid);
void interrupt_remove_child(pid_t pid);

/**
 * interrupt_add_guard() - a process that ends by itself once told
 * At most INTERRUPT_GUARDS at a time.
 * @fd: a byte into it, and closing it, is the telling
 */
enum { INTERRUPT_GUARDS = 4 };
void interrupt_add_guard(pid_t guard, int fd);
void interrupt_remove_guard(pid_t guard);

/*
 * Files to remove: not copied, so they must live until the next call; NULL:
 * none. Names that do not exist (any more) do no harm.
 */
void interrupt_set_files(const char *first, const char *second);

/**
 * interrupt_set_request() - a control request that undoes something
 * @fd:      a control connection; the request goes over a new one to the same
 *           daemon, since this one may be waiting for a reply
 * @request: a line with its newline, not copied; NULL: nothing has to be undone
 * Return: 0 or -errno: there is no request.
 */
int interrupt_set_request(int fd, const char *request) MUST_CHECK;

#endif
