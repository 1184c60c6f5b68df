/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the looks at devices, sysctls and system calls of this machine. */
#include "client/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "client/pageinfo.h"
#include "common/cleanup.h"
#include "common/compiler.h"
#include "common/fdio.h"

enum { PIPE_WANTED = 1 << 20 };	/* by each worker of a daemon [bytes] */

static void say(struct facts_fact *fact, const char *value, const char *text)
{
	snprintf(fact->value, sizeof(fact->value), "%s", value);
	snprintf(fact->text, sizeof(fact->text), "%s", text);
}

/* The number in a file under /proc or /sys; -1: it is not there. */
static long read_number(const char *path)
{
	autofree char *text = NULL;

	return fdio_read_file(path, &text) ? -1 : atol(text);
}

static long say_number(struct facts_fact *fact, const char *path)
{
	long number = read_number(path);

	if (number < 0)
		say(fact, "absent", "");
	else
		snprintf(fact->value, sizeof(fact->value), "%ld", number);
	return number;
}

static void look_kernel(struct facts_fact *fact)
{
	struct utsname name;

	uname(&name);
	snprintf(fact->value, sizeof(fact->value), "%.31s", name.release);
	snprintf(fact->text, sizeof(fact->text), "%.64s, for the record: "
		 "nothing is decided by it", name.machine);
}

static void look_privilege(struct facts_fact *fact)
{
	if (geteuid() == 0)
		say(fact, "root", "");
	else
		say(fact, "user", "mounts by fusermount3; page flags and "
		    "pin counters need root");
}

static void look_fuse(struct facts_fact *fact)
{
	autoclose int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	say(fact, fd < 0 ? "no" : "yes", fd < 0 ? strerror(errno) :
	    "/dev/fuse can be opened");
}

static void look_fusectl(struct facts_fact *fact)
{
	static const char path[] = "/sys/fs/fuse/connections";
	autofree char *mounts = NULL;

	if (fdio_read_file("/proc/self/mounts", &mounts) == 0 &&
	    strstr(mounts, path))
		say(fact, "yes", "a stuck mount can be aborted");
	else if (access(path, F_OK) == 0)
		say(fact, "unmounted", "mounted by those who abort a mount");
	else
		say(fact, "no", "a stuck mount cannot be aborted");
}

static void look_loop(struct facts_fact *fact)
{
	autoclose int fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	say(fact, fd < 0 ? "no" : "yes", fd < 0 ? strerror(errno) :
	    "/dev/loop-control can be opened: for pins_only");
}

/* fs/pipe.c: pipe_set_size() (v6.18) asks it of those without privilege. */
static void look_pipe_max(struct facts_fact *fact)
{
	long size = say_number(fact, "/proc/sys/fs/pipe-max-size");

	if (size < 0 || size >= PIPE_WANTED)
		return;
	if (geteuid() == 0)
		snprintf(fact->text, sizeof(fact->text),
			 "a limit for users only");
	else
		snprintf(fact->text, sizeof(fact->text), "smaller than the %d "
			 "of a request pipe: no live view on a user's mount",
			 PIPE_WANTED);
}

static void say_timeout(struct facts_fact *fact, const char *path)
{
	if (say_number(fact, path) > 0)
		snprintf(fact->text, sizeof(fact->text), "seconds: a request "
			 "held longer makes the kernel abort the connection");
}

static void look_default_timeout(struct facts_fact *fact)
{
	say_timeout(fact, "/proc/sys/fs/fuse/default_request_timeout");
}

static void look_max_timeout(struct facts_fact *fact)
{
	say_timeout(fact, "/proc/sys/fs/fuse/max_request_timeout");
}

static void look_hung_task(struct facts_fact *fact)
{
	long panics = read_number("/proc/sys/kernel/hung_task_panic");

	if (say_number(fact, "/proc/sys/kernel/hung_task_timeout_secs") > 0)
		snprintf(fact->text, sizeof(fact->text), "seconds: who waits "
			 "longer for a held request %s", panics > 0 ?
			 "makes the kernel panic" : "shows in the kernel log");
}

static void look_bgreq(struct facts_fact *fact)
{
	say_number(fact, "/sys/module/fuse/parameters/max_user_bgreq");
	if (geteuid() != 0 && fact->value[0] != 'a')
		snprintf(fact->text, sizeof(fact->text), "background requests "
			 "that can be held on a user's mount");
}

static void look_page_flags(struct facts_fact *fact)
{
	uint64_t flags = 0;
	int err = pageinfo_flags(&flags, &flags);

	say(fact, err ? "no" : "yes", err ? strerror(-err) :
	    "/proc/self/pagemap and /proc/kpageflags");
}

static void look_aio(struct facts_fact *fact)
{
	unsigned long context = 0;

	if (syscall(SYS_io_setup, 1, &context) < 0) {
		say(fact, "no", strerror(errno));
		return;
	}
	syscall(SYS_io_destroy, context);
	say(fact, "yes", "io_setup(2)");
}

static void look_uring(struct facts_fact *fact)
{
	struct io_uring_params params = { 0 };
	long fd = syscall(SYS_io_uring_setup, 1, &params);

	say(fact, fd < 0 ? "no" : "yes", fd < 0 ? strerror(errno) :
	    "io_uring_setup(2)");
	if (fd >= 0)
		close((int)fd);
}

static const struct {
	const char *name;
	void (*look)(struct facts_fact *fact);
} facts[] = {
	{ "kernel", look_kernel },
	{ "privilege", look_privilege },
	{ "fuse-device", look_fuse },
	{ "fusectl", look_fusectl },
	{ "loop-devices", look_loop },
	{ "pipe-max-size", look_pipe_max },
	{ "default-request-timeout", look_default_timeout },
	{ "max-request-timeout", look_max_timeout },
	{ "hung-task-timeout", look_hung_task },
	{ "max-user-bgreq", look_bgreq },
	{ "page-flags", look_page_flags },
	{ "linux-aio", look_aio },
	{ "io-uring", look_uring },
};

size_t facts_count(void)
{
	return ARRAY_SIZE(facts);
}

void facts_look(size_t index, struct facts_fact *fact_ret)
{
	*fact_ret = (struct facts_fact){ .name = facts[index].name };
	facts[index].look(fact_ret);
}
