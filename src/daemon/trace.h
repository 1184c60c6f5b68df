/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flight recorder: which system calls have been made on this machine, as
 * far as they can change a page (call.h). So a call that has ended when a change
 * is noticed is known, with its times, and that there was none can be shown.
 *
 * It costs every system call of every process something while it is armed
 * (pinfs(8), trace=). With trace=auto it is armed by the first finding, and
 * disarmed when there has been none for TRACE_IDLE_NS.
 */
#ifndef PIN_TRACE_H
#define PIN_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/json.h"
#include "daemon/call.h"
#include "daemon/config.h"

struct trace;

#define TRACE_IDLE_NS (60 * 1000000000ULL)

/**
 * trace_create() - the recorder of a mount
 * CONFIG_TRACE_ON: it is armed when this returns.
 * @dev: the mount's, which names its instance of tracefs
 *
 * Return: 0; -ENOTSUP CONFIG_TRACE_ON, and it cannot be had: a message has been logged;
 * -errno.
 */
int trace_create(enum config_trace mode, dev_t dev, struct trace **trace_ret)
	MUST_CHECK;
/* Disarmed, and nothing of it stays in tracefs. */
void trace_destroy(struct trace *trace);

/**
 * trace_calls() - the calls that were going on in a window
 * A finding: CONFIG_TRACE_AUTO arms by it, and knows nothing of this one.
 * @from_ns:      before the bytes were first looked at (CLOCK_MONOTONIC)
 * @to_ns:        after they were looked at again
 * @calls:        filled: entered before @to_ns, and not ended before @from_ns.
 *                Not those of the daemon, nor those that did nothing
 * @max:          how many fit
 * @complete_ret: no call that writes into a file can be missing. One that a thread
 *                was in before the recorder was armed, and still is in, is not
 *                among them: procfs shows it; trace_confirm() afterwards
 * @unknown:      an array of strings; gets what is not known, and why
 *
 * Context: the finder's thread; takes the recorder's lock; arming takes
 * milliseconds. Return: how many calls there are in @calls.
 */
size_t trace_calls(struct trace *trace, uint64_t from_ns, uint64_t to_ns,
		   struct call *calls, size_t max, bool *complete_ret,
		   json_t *unknown);
/**
 * trace_confirm() - what was found in procfs, compared with the record
 * A thread that procfs shows in a call may have gone into it after the window:
 * each of @suspects that has no enter_ns gets it, when it is known, and
 * "in_window" (a boolean), when that is.
 *
 * @suspects: array as in the event "unstable"; may be NULL
 * Return: whether the record is complete, when it was for trace_calls(): no call
 * of before it began has ended between that and the look at procfs.
 */
bool trace_confirm(struct trace *trace, uint64_t from_ns, uint64_t to_ns,
		   json_t *suspects);
/* "armed", "idle" (auto, no finding), "off", "unavailable". */
const char *trace_state(struct trace *trace);
enum { TRACE_REASON_SIZE = 128 };
/* Why it is unavailable, in @buf; NULL when it is not. */
const char *trace_reason(struct trace *trace, char buf[TRACE_REASON_SIZE]);

#endif
