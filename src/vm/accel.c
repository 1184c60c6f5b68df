/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what this process knows of KVM. The trial is a machine of one vCPU and
 * little memory, with a kernel and nothing to run: it has come through all of the
 * kernel's own start when the kernel says that it has no root file system.
 */
#include "vm/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/tool.h"
#include "vm/console.h"
#include "vm/qemu.h"

enum { TRIAL_SECONDS = 20, MEMORY_MIB = 256, READ_SIZE = 1 << 14 };

enum { WHY_SIZE = 256 };

static struct {
	bool tried;
	bool works;
	char why[WHY_SIZE];
} kvm;

static bool has_booted(const struct vm_console_facts *facts)
{
	return *facts->no_init || facts->init;
}

/* Until it has booted, or QEMU has ended, or for long enough. */
static void look_on(struct vm_qemu *qemu, struct vm_console *console)
{
	const struct vm_console_facts *facts = vm_console_facts(console);
	uint64_t deadline = clock_deadline_ns(TRIAL_SECONDS * CLOCK_NS_PER_SEC);
	char bytes[READ_SIZE];

	while (!has_booted(facts)) {
		struct pollfd fds[] = {
			{ .fd = qemu->lines[VM_QEMU_CONSOLE], .events = POLLIN },
			{ .fd = qemu->ended ? -1 : qemu->told,
			  .events = POLLIN },
		};
		ssize_t n;

		if (poll(fds, 2, clock_left_ms(deadline)) == 0)
			return;
		n = read(fds[0].fd, bytes, sizeof(bytes));
		if (n > 0 && vm_console_feed(console, bytes, (size_t)n))
			return;
		if (n == 0)
			return;
		if (fds[1].revents)
			vm_qemu_listen(qemu);
	}
}

static void tell_why(int said, const struct vm_console_facts *facts)
{
	char text[WHY_SIZE] = "";
	ssize_t n = fdio_pread(said, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	tool_cut_line(text);
	if (*text)
		snprintf(kvm.why, sizeof(kvm.why), "%.240s", text);
	else if (*facts->last)
		snprintf(kvm.why, sizeof(kvm.why),
			 "a guest's kernel stops with \"%.160s\"", facts->last);
	else
		snprintf(kvm.why, sizeof(kvm.why),
			 "a guest's kernel says nothing in %d s",
			 (int)TRIAL_SECONDS);
}

static int run_trial(const char *program, const char *image)
{
	autoclose int said = memfd_create("qemu", MFD_CLOEXEC);
	autoclose int log = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct vm_console *console = vm_console_create(log, READ_SIZE);
	const struct vm_qemu_config config = {
		.program = program,
		.accel = "kvm",
		.cpus = 1,
		.threads = 1,
		.memory_mib = MEMORY_MIB,
		.image = image,
		.append = "console=ttyS0 panic=-1",
		.said = said,
	};
	struct vm_qemu qemu;
	int err = console && said >= 0 && log >= 0 ?
		vm_qemu_start(&config, &qemu) : -ENOMEM;

	if (!err) {
		look_on(&qemu, console);
		vm_qemu_end(&qemu);
		kvm.works = has_booted(vm_console_facts(console));
		if (!kvm.works)
			tell_why(said, vm_console_facts(console));
	}
	vm_console_destroy(console);
	return err;
}

static void try_kvm(const char *program, const char *image)
{
	int err;

	kvm.tried = true;
	if (access("/dev/kvm", R_OK | W_OK)) {
		snprintf(kvm.why, sizeof(kvm.why), "/dev/kvm: %s",
			 strerror(errno));
		return;
	}
	err = run_trial(program, image);
	if (err)
		snprintf(kvm.why, sizeof(kvm.why), "%s: %s", program,
			 strerror(-err));
}

const char *vm_accel_find(const char *qemu, const char *image,
			  const char *wanted, char *why_ret, size_t size)
{
	*why_ret = '\0';
	if (wanted && strcmp(wanted, "tcg") == 0)
		return "tcg";
	if (wanted && strcmp(wanted, "kvm") != 0) {
		snprintf(why_ret, size, "there is no accelerator '%s'", wanted);
		return NULL;
	}
	if (!kvm.tried)
		try_kvm(qemu, image);
	if (kvm.works)
		return "kvm";
	snprintf(why_ret, size, "KVM does not work here: %s", kvm.why);
	return wanted ? NULL : "tcg";
}
