/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many kernels, each in a machine of its own: which of them run now, where what
 * they leave behind is, and who is told how far they are.
 */
#ifndef PIN_SWEEP_H
#define PIN_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "vm/kernel.h"
#include "vm/machine.h"

struct sweep_options {
	char *const *specs;	/* of kernels, as for vm_kernel_find() */
	size_t count;
	struct vm_kernel_options find;
	struct vm_machine_options machine;	/* but for tell and context */
	const char *out;	/* directory; made when it is not there */
	unsigned int keep;	/* previous places of each kernel */
	unsigned int jobs;	/* at once; 0: what processors are there for */
	bool quiet;		/* nothing about how far it is */
	bool verbose;		/* each stage of each kernel */
};

struct sweep_done {
	char **dirs;		/* of those that have a result.json */
	size_t count;
	int signal;		/* that has stopped it; 0: none */
};

/**
 * sweep_run() - boot all of them
 * A process for each, so that whatever happens in one, or to it, becomes its own
 * result.json and the others go on. SIGINT, SIGTERM and SIGHUP end all machines;
 * what was ready before is in @done_ret.
 *
 * Context: no other children are waited for meanwhile.
 * Return: 0: sweep_done_release() frees @done_ret; -errno: nothing has run
 * (message logged).
 */
int sweep_run(const struct sweep_options *options, struct sweep_done *done_ret)
	MUST_CHECK;
void sweep_done_release(struct sweep_done *done);

#endif
