/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's control line (QMP): a machine that was switched off, one that was reset
 * and one that was killed all end with the same exit status of QEMU, and are told
 * apart here.
 */
#ifndef PIN_CONTROL_H
#define PIN_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct vm_control {
	bool greeted;		/* QEMU has made the machine */
	unsigned int answers;	/* to what was asked of it */
	bool panicked;		/* the guest's kernel has said so, by pvpanic */
	char shutdown[32];	/* "guest-shutdown", "guest-reset", "guest-panic";
				 * "": not told */
	char line[4096];	/* as far as it has come; longer ones are cut */
	size_t len;
};

/* Bytes from @fd; what has to be answered is answered there. */
void vm_control_feed(struct vm_control *control, int fd, const char *bytes,
		     size_t len);
/* A break on a serial line, by its chardev's name; answered when it was made. */
void vm_control_break(int fd, const char *name);

#endif
