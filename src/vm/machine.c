/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the order of things: is there room, what the guest is given, the machine,
 * and what came of it. Whatever fails before a guest runs is an outcome as well,
 * VM_HARNESS, so that one kernel's trouble is a row among the others.
 */
#include "vm/machine-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "vm/accel.h"
#include "vm/image.h"

/* What QEMU needs besides the guest's memory, for TCG's code most of all. */
enum { QEMU_MIB = 256 };

/*
 * printk.time: the console's lines are told from programs' by it. loglevel=7:
 * shows "Run /init as init process" (init/main.c:run_init_process()).
 */
static const char command_line[] =
	"console=ttyS0 loglevel=7 panic=-1 printk.time=1 sysrq_always_enabled "
	"mitigations=off random.trust_cpu=on";

static PRINTF(2, 3) int fail(struct vm_machine *machine, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(machine->harness, sizeof(machine->harness), fmt, args);
	va_end(args);
	return -ECANCELED;
}

static void fill_options(struct vm_machine_options *options)
{
	if (!options->qemu)
		options->qemu = VM_MACHINE_QEMU;
	if (!options->cpus)
		options->cpus = VM_MACHINE_CPUS;
	if (!options->memory_mib)
		options->memory_mib = VM_MACHINE_MEMORY_MIB;
	if (!options->boot_ns)
		options->boot_ns = VM_MACHINE_BOOT_S * CLOCK_NS_PER_SEC;
	if (!options->silence_ns)
		options->silence_ns = VM_MACHINE_SILENCE_S * CLOCK_NS_PER_SEC;
	if (!options->total_ns)
		options->total_ns = VM_MACHINE_TOTAL_S * CLOCK_NS_PER_SEC;
}

/* ------------------------------------------------------------- before it runs */

static int check_memory(struct vm_machine *machine)
{
	autofree char *text = NULL;
	const char *at = fdio_read_file("/proc/meminfo", &text) ?
		NULL : strstr(text, "MemAvailable:");
	unsigned long long kib;

	if (!at || sscanf(at, "MemAvailable: %llu", &kib) != 1)
		return 0;
	if (kib / 1024 >= machine->options.memory_mib + QEMU_MIB)
		return 0;
	return fail(machine, "a guest of %u MiB needs %u MiB of memory, and %llu "
		    "MiB are available", machine->options.memory_mib,
		    machine->options.memory_mib + QEMU_MIB, kib / 1024);
}

static int choose_accel(struct vm_machine *machine)
{
	const struct vm_machine_options *options = &machine->options;
	char why[VM_MACHINE_TEXT - 64];

	machine->version = vm_qemu_version(options->qemu);
	machine->accel = vm_accel_find(options->qemu, machine->kernel->image,
				       options->accel, why, sizeof(why));
	if (!machine->accel)
		return fail(machine, "%s", why);
	if (*why)
		log_debug("%s", why);
	machine->threads = strcmp(machine->accel, "kvm") == 0 ?
		options->cpus : vm_qemu_threads(machine->version, options->cpus);
	return 0;
}

static int make_append(struct vm_machine *machine)
{
	const char *more = machine->options.append;

	if (asprintf(&machine->append, "%s%s%s", command_line, more ? " " : "",
		     more ? more : "") < 0) {
		machine->append = NULL;
		return fail(machine, "%s", strerror(ENOMEM));
	}
	return 0;
}

/* In the machine's own directory, and gone when it has ended. */
static int make_initrd(struct vm_machine *machine)
{
	const struct vm_job job = {
		.run = machine->options.run,
		.evidence_max = VM_MACHINE_EVIDENCE_MAX,
	};
	struct vm_job own = job;
	autofree char *base = NULL;
	const char *image = machine->options.initrd;
	int err;

	snprintf(own.nonce, sizeof(own.nonce), "%s", machine->nonce);
	if (asprintf(&base, "%s.base", machine->initrd) < 0) {
		base = NULL;
		return fail(machine, "%s", strerror(ENOMEM));
	}
	if (!image) {
		image = base;
		err = vm_image_build(machine->kernel, base);
		if (err)
			return fail(machine, "the guest's files could not be "
				    "put together: %s", strerror(-err));
	}
	err = vm_image_add_job(image, &own, machine->initrd);
	unlink(base);
	if (err)
		return fail(machine, "%s: %s", image, strerror(-err));
	return 0;
}

static int prepare(struct vm_machine *machine)
{
	int err = access(machine->kernel->image, R_OK) ? -errno : 0;

	if (err)
		return fail(machine, "%s: %s", machine->kernel->image,
			    strerror(-err));
	err = check_memory(machine);
	if (!err)
		err = choose_accel(machine);
	if (!err)
		err = make_append(machine);
	return err ? err : make_initrd(machine);
}

/* --------------------------------------------------------------- while it runs */

static int start(struct vm_machine *machine)
{
	const struct vm_qemu_config config = {
		.program = machine->options.qemu,
		.accel = machine->accel,
		.cpus = machine->options.cpus,
		.threads = machine->threads,
		.memory_mib = machine->options.memory_mib,
		.image = machine->kernel->image,
		.initrd = machine->initrd,
		.append = machine->append,
		.said = machine->said_fd,
	};
	int err;

	machine->start_ns = clock_now_ns();
	err = vm_qemu_start(&config, &machine->qemu);
	if (err)
		return fail(machine, "%s: %s", config.program, strerror(-err));
	return 0;
}

static void run(struct vm_machine *machine)
{
	int err;

	if (prepare(machine) || start(machine))
		return;
	err = vm_machine_watch(machine);
	vm_qemu_end(&machine->qemu);
	if (!err)
		err = vm_console_finish(machine->console);
	if (err)
		fail(machine, "what came from the guest could not be kept: %s",
		     strerror(-err));
}

/* ---------------------------------------------------------------------- all of it */

static int open_file(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC |
			O_NOFOLLOW, 0644);

	return fd < 0 ? -errno : fd;
}

static int open_all(struct vm_machine *machine, const char *dir, int console_fd)
{
	int err = vm_job_new_nonce(machine->nonce);

	if (!err)
		err = vm_machine_take_init(&machine->taken);
	if (asprintf(&machine->initrd, "%s/initrd", dir) < 0)
		machine->initrd = NULL;
	machine->said_fd = open_file(machine->dir_fd, "qemu.log");
	machine->console = vm_console_create(console_fd,
					     VM_MACHINE_CONSOLE_MAX);
	for (int line = VM_QEMU_PORT; line <= VM_QEMU_SERIAL; line++) {
		machine->readers[line] = vm_reader_create(machine->nonce);
		if (!machine->readers[line])
			return -ENOMEM;
	}
	if (err || machine->said_fd < 0)
		return err ? err : machine->said_fd;
	return machine->console && machine->initrd ? 0 : -ENOMEM;
}

static void close_all(struct vm_machine *machine)
{
	vm_machine_take_deinit(&machine->taken);
	vm_console_destroy(machine->console);
	for (int line = 0; line < VM_QEMU_LINES; line++)
		vm_reader_destroy(machine->readers[line]);
	if (machine->initrd)
		unlink(machine->initrd);
	free(machine->initrd);
	if (machine->said_fd >= 0)
		close(machine->said_fd);
	free(machine->append);
	free(machine->version);
}

/* With all descriptors and memory that it needs. */
static int run_and_write(struct vm_machine *machine,
			 enum vm_outcome *outcome_ret)
{
	char reason[VM_MACHINE_TEXT];
	enum vm_outcome outcome;
	int err;

	run(machine);
	outcome = vm_machine_judge(machine, reason);
	err = vm_machine_write_result(machine, outcome, reason);
	if (!err)
		*outcome_ret = outcome;
	return err;
}

int vm_machine_run(const struct vm_kernel *kernel,
		   const struct vm_machine_options *options, const char *dir,
		   enum vm_outcome *outcome_ret)
{
	autoclose int dir_fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	autoclose int console_fd = dir_fd < 0 ?
		-errno : open_file(dir_fd, "console.log");
	struct vm_machine machine = {
		.kernel = kernel,
		.options = *options,
		.dir_fd = dir_fd,
		.said_fd = -1,
		.speaker = -1,
	};
	int err = console_fd < 0 ? console_fd : 0;

	if (err) {
		log_err("%s: %s", dir, strerror(-err));
		return err;
	}
	fill_options(&machine.options);
	err = open_all(&machine, dir, console_fd);
	if (err)
		log_err("%s: %s", dir, strerror(-err));
	else
		err = run_and_write(&machine, outcome_ret);
	close_all(&machine);
	return err;
}
