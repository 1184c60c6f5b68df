/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's init: what its parts share. There is one thread, and one way out,
 * the channel. What stands on the console is for people.
 */
#ifndef PIN_VM_GUEST_GUEST_H
#define PIN_VM_GUEST_GUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "vm/channel.h"
#include "vm/job.h"

enum {
	GUEST_SCENARIO_SIZE = 128,
	/* Documentation/admin-guide/tainted-kernels.rst */
	GUEST_TAINT_DIE = 1 << 7,
	GUEST_TAINT_WARN = 1 << 9,
};

struct guest {
	struct vm_job job;
	struct vm_writer channel;
	const char *port;	/* "virtio", "serial"; NULL: no way out yet */
	bool broken;		/* it has failed: nothing more is sent */
	char scenario[GUEST_SCENARIO_SIZE];	/* that runs; "": none */
	json_t *kept;		/* the summary's; NULL: there was no summary */
	uint64_t warned;	/* reports of the kernel */
	uint64_t oopsed;
	uint64_t cut_events;	/* left out [bytes] */
	uint64_t cut_evidence;	/* left out [files] */
};

/* Does nothing any more once it has failed. */
void guest_send(struct guest *guest, enum vm_frame_kind kind, const void *bytes,
		size_t len);
void guest_send_json(struct guest *guest, enum vm_frame_kind kind,
		     const json_t *object);
void guest_send_stage(struct guest *guest, const char *stage);
/* kernel.tainted */
uint64_t guest_tainted(void);

/* setup.c: file systems; */
void guest_mount(void);
/* and, when modules are there, what is set in /proc/sys, and the loopback
 * interface. */
void guest_setup(void);

/**
 * guest_open_channel() - port.c: the way out, once its driver is there
 * @last: no more drivers will come: a serial line will do
 * Return: 0; -ENOENT there is none (yet); -errno.
 */
int guest_open_channel(struct guest *guest, bool last) MUST_CHECK;
/* When all is said: until the host has it all, or for a while. */
void guest_farewell(struct guest *guest);

/**
 * guest_load_modules() - modules.c: those that cannot wait, in their order
 * @loaded: is called after each
 * Return: what became of them, for hello; the caller's.
 */
json_t *guest_load_modules(struct guest *guest,
			   void (*loaded)(struct guest *guest)) MUST_CHECK;
/* As the kernel's modprobe(8). Return: an exit status. */
int guest_modprobe(const char *name);
/* What was loaded since by guest_modprobe(), for the end; the caller's. */
json_t *guest_modules_asked_for(void) MUST_CHECK;

/**
 * guest_run() - run.c: the scenarios, and what they say, as it comes
 * Return: pinctl's exit status, or 128 and the number of a signal.
 */
int guest_run(struct guest *guest) MUST_CHECK;

/* kept.c: the logs and the evidence that the run has left. */
void guest_send_kept(struct guest *guest);

#endif
