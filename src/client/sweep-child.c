/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what the process of a kernel does: it finds the kernel, asks for a place,
 * and sees to its machine. It talks in lines: "place WISH", which is answered by
 * a name, "stage TEXT", "results N"; and as soon as the guest is heard of, "accel
 * NAME" and "threads N".
 */
#include "client/sweep-internal.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fdio.h"

static void say(int fd, const char *fmt, ...) PRINTF(2, 3);
static void say(int fd, const char *fmt, ...)
{
	char line[SWEEP_LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	line[strcspn(line, "\n")] = '\0';
	strcat(line, "\n");
	/* Who started this one ends it with itself. */
	if (fdio_write(fd, line, strlen(line)))
		_exit(EXIT_FAILURE);
}

/* @place: OUT/NAME. Return: false: there is none. */
static bool ask_for_place(int fd, const char *out, const char *wish,
			  char name[SWEEPDIR_NAME_SIZE], char place[PATH_MAX])
{
	size_t length = 0;

	say(fd, "place %s", wish);
	while (length < SWEEPDIR_NAME_SIZE - 1 &&
	       read(fd, name + length, 1) == 1 && name[length] != '\n')
		length++;
	name[length] = '\0';
	return length && snprintf(place, PATH_MAX, "%s/%s", out, name) <
			 PATH_MAX;
}

static void tell(void *context, const struct vm_machine_progress *progress)
{
	const int *talk = context;

	say(*talk, "accel %s", progress->accel);
	say(*talk, "threads %u", progress->threads);
	say(*talk, "stage %s", progress->stage);
	say(*talk, "results %u", progress->results);
}

void sweep_child(const struct sweep *sweep, const char *spec, int talk)
{
	const struct sweep_options *options = sweep->options;
	struct vm_machine_options machine = options->machine;
	struct vm_kernel *kernel = NULL;
	char name[SWEEPDIR_NAME_SIZE], place[PATH_MAX];
	enum vm_outcome outcome;
	int err;

	say(talk, "stage looking for it");
	err = vm_kernel_find(spec, &options->find, &kernel);
	if (!ask_for_place(talk, options->out,
			   kernel ? kernel->name : sweep_job_called(spec), name,
			   place) || err)
		_exit(EXIT_FAILURE);
	free(kernel->name);
	kernel->name = strdup(name);
	if (*sweep->accel)
		machine.accel = sweep->accel;
	machine.tell = tell;
	machine.context = &talk;
	say(talk, "stage boot");
	err = kernel->name ? vm_machine_run(kernel, &machine, place, &outcome) :
			     -ENOMEM;
	_exit(err ? EXIT_FAILURE : EXIT_SUCCESS);
}
