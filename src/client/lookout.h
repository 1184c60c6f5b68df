/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that looks at another, which is about to end, so that nobody of
 * importance has to. Whoever reads /proc/PID/status or stat holds the address
 * space of PID meanwhile (fs/proc/array.c: proc_pid_status(), do_task_stat(),
 * 6.1 to 6.18). When PID lets go of it just then, the last to do so is the
 * reader, who inherits all that the end of an address space waits for: in
 * exit_aio() for requests that are held, in exit_mmap() for writeback.
 */
#ifndef PIN_LOOKOUT_H
#define PIN_LOOKOUT_H

#include <sys/types.h>

#include "client/taskstate.h"
#include "common/compiler.h"

struct lookout;

/* Return: 0 or -errno. */
int lookout_create(pid_t pid, struct lookout **lookout_ret) MUST_CHECK;
/* It ends, if need be once it has waited to the end. NULL: nothing to do. */
void lookout_destroy(struct lookout *lookout);

/**
 * lookout_dying() - taskstate_dying() of that process
 * Does not wait for long. A look that is not over is made when asked again.
 * @asleep_ret: the lookout itself, when that waits in the other's place
 * Return: as taskstate_dying(); 0 also while it cannot be told.
 */
int lookout_dying(struct lookout *lookout, struct taskstate *asleep_ret)
	MUST_CHECK;

#endif
