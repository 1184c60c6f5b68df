/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the supervisor's two sides share; supervisor*.c and nobody else includes it. */
#ifndef PIN_SUPERVISOR_INTERNAL_H
#define PIN_SUPERVISOR_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/unixsock.h"

enum supervisor_kind {
	MESSAGE_MOUNTING,	/* a mount is about to be made; with the mount */
	MESSAGE_WATCH,		/* it is there; with the mount */
	MESSAGE_LEAVE_TERMINAL,
	MESSAGE_ENDED,		/* there is nothing left to free */
	MESSAGE_UNMOUNT,
	MESSAGE_ABORT,
	MESSAGE_BEAT,		/* the daemon is alive */
	MESSAGE_GOOD_BYE,
};

/* Without a mount, only the kind is sent. */
struct supervisor_message {
	enum supervisor_kind kind;
	unsigned int major;	/* with MESSAGE_WATCH only */
	unsigned int minor;
	char mountpoint[PATH_MAX];	/* "": nothing to free */
	char source[PATH_MAX];
	struct unixsock_name socket;
};

/* What the process is given when it is forked. */
struct supervisor_start {
	int fd;			/* its end of the socket pair */
	int daemon_fd;		/* the daemon, pidfd_open(2) */
	uint64_t watchdog_ns;	/* without a beat for so long: stuck; 0: off */
};

/* The process: never returns. */
NORETURN void supervisor_process(const struct supervisor_start *start);

/* Is that mount still there? One that is only being made has no number yet. */
bool supervisor_sees(const struct supervisor_message *mount);
/* Abort its connection, and free the mount point where it still is there. */
void supervisor_end_mount(const struct supervisor_message *mount);

#endif
