/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine as it runs. machine.c makes it, machine-watch.c looks on,
 * machine-take.c takes what comes, machine-judge.c says what became of it, and
 * machine-result.c writes that down.
 */
#ifndef PIN_MACHINE_INTERNAL_H
#define PIN_MACHINE_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"
#include "vm/channel.h"
#include "vm/console.h"
#include "vm/control.h"
#include "vm/job.h"
#include "vm/machine.h"
#include "vm/qemu.h"

enum { VM_MACHINE_TEXT = 512 };

/* What the guest has sent by frames. */
struct vm_machine_taken {
	json_t *hello;		/* object; NULL: not yet */
	json_t *results;	/* array of objects that have a "scenario" */
	json_t *summary;	/* object; NULL: not yet */
	json_t *end;		/* object; NULL: not yet */
	json_t *kernel_log;	/* array of objects: kind, text, scenario */
	char stage[VM_MACHINE_TEXT];
	char running[VM_MACHINE_TEXT];	/* scenario whose result is to come; "" */
	char message[VM_MACHINE_TEXT];	/* its last line on stderr */
	uint64_t frames;	/* all of them, those before "end" */
	uint64_t unread;	/* of these, how many made no sense */
	uint64_t beyond;	/* bytes that were too many to keep */
	uint64_t kept;		/* bytes of events and evidence kept */
	uint64_t said;		/* bytes of the two logs */
	unsigned int evidence;	/* files */
	int messages_fd;	/* -1: not yet */
	int kernel_fd;
	int events_fd;
	int evidence_fd;	/* the directory */
};

/* Why nobody looks on any more. */
enum vm_machine_stop {
	VM_STOP_NONE,
	VM_STOP_ENDED,		/* QEMU has ended */
	VM_STOP_BOOT,		/* each of these: a deadline of options */
	VM_STOP_SILENCE,
	VM_STOP_TOTAL,
	VM_STOP_PANIC,		/* a panic, and no end after it */
	VM_STOP_FAREWELL,	/* all has come, and no end after it */
};

struct vm_machine {
	const struct vm_kernel *kernel;
	struct vm_machine_options options;	/* without zeros */
	int dir_fd;
	char nonce[VM_NONCE_SIZE];
	char *initrd;			/* the guest's files and its job */
	char *append;			/* the whole command line */
	char *version;			/* QEMU's; NULL: not known */
	const char *accel;
	unsigned int threads;		/* of QEMU that run vCPUs; 0: see harness */
	char harness[VM_MACHINE_TEXT];	/* why there is no machine; "": there is */

	struct vm_qemu qemu;
	struct vm_control control;
	struct vm_console *console;
	struct vm_reader *readers[VM_QEMU_LINES];	/* of two of the lines */
	int speaker;		/* the line that frames come by; -1 */
	uint64_t astray;	/* frames that came by the other one */
	int said_fd;		/* QEMU's own output */

	enum vm_machine_stop stop;
	uint64_t start_ns;
	uint64_t hello_ns;	/* 0: not yet; of these three */
	uint64_t first_ns;	/* first result */
	uint64_t end_ns;	/* no longer looked at */
	uint64_t silent_ns;	/* since heard_ns, when it was stopped */
	uint64_t panic_ns;	/* panic seen; 0: no */
	uint64_t heard_ns;	/* last frame, or the start */
	uint64_t starved_ns;	/* in all, how long QEMU waited for a processor */
	uint64_t heard_starved_ns;	/* of that, at heard_ns */
	uint64_t looked_ns;	/* when starved_ns was found out */

	struct vm_machine_taken taken;
};

/* Until it has ended or a deadline has passed; all that came is taken then. */
int vm_machine_watch(struct vm_machine *machine) MUST_CHECK;

/* Return: 0 or -errno; before anything is taken. */
int vm_machine_take_init(struct vm_machine_taken *taken) MUST_CHECK;
void vm_machine_take_deinit(struct vm_machine_taken *taken);
/* Return: 0; -errno it could not be kept. */
int vm_machine_take(struct vm_machine *machine, const struct vm_frame *frame)
	MUST_CHECK;
/* Make a file's name out of what a guest calls it. Return: false: it cannot. */
bool vm_machine_take_name(const char *text, size_t len, char name[NAME_MAX + 1]);

enum vm_outcome vm_machine_judge(const struct vm_machine *machine,
				 char reason[VM_MACHINE_TEXT]);
/* Has every result come, as far as what has come tells? false: see @reason. */
bool vm_machine_all_came(const struct vm_machine *machine,
			 char reason[VM_MACHINE_TEXT]);

/* Lines that looked like frames and were none that count. */
uint64_t vm_machine_forged(const struct vm_machine *machine);

int vm_machine_write_result(const struct vm_machine *machine,
			    enum vm_outcome outcome, const char *reason)
	MUST_CHECK;

#endif
