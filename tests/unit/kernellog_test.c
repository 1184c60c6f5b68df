/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log: what was said before is not heard, what is said afterwards
 * is, and what was lost is not taken for silence. Only root may write to
 * /dev/kmsg, and in some places nobody may.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/kernellog.h"
#include "common/compiler.h"

/* The next read(2) fails with this, as one does when records are overwritten. */
static int next_read_fails;

ssize_t read(int fd, void *buf, size_t len)
{
	if (next_read_fails) {
		errno = next_read_fails;
		next_read_fails = 0;
		return -1;
	}
	return syscall(SYS_read, fd, buf, len);
}

/* A text of this process that nobody else says. */
static const char *mark(const char *what)
{
	static char text[64];

	snprintf(text, sizeof(text), "pinctl test %d: %s", (int)getpid(), what);
	return text;
}

/*
 * A descriptor each time: the kernel counts what one has written
 * (kernel/printk/printk.c: devkmsg_write(), printk.devkmsg=ratelimit).
 */
static bool say(const char *what)
{
	char line[128];
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	int len = snprintf(line, sizeof(line), "<7>%s\n", mark(what));
	bool said = fd >= 0 && write(fd, line, (size_t)len) == len;

	if (fd >= 0)
		close(fd);
	return said;
}

/* Skips when nothing can be said or read here. */
static struct kernellog *listen_after(const char *what)
{
	struct kernellog *log;

	if (!say(what)) {
		print_message("# nobody may write to /dev/kmsg here\n");
		skip();
	}
	if (kernellog_open(&log)) {
		print_message("# nobody may read /dev/kmsg here\n");
		skip();
	}
	return log;
}

static void from_now_on(UNUSED void **state)
{
	struct kernellog *log = listen_after("before");
	char line[KERNELLOG_TEXT_SIZE] = "untouched";

	assert_int_equal(kernellog_find(log, mark(""), line), -ENOENT);
	assert_string_equal(line, "untouched");
	assert_true(say("one"));
	assert_true(say("two"));
	assert_int_equal(kernellog_find(log, mark("two"), line), 0);
	/* The text, whole and alone. */
	assert_string_equal(line, mark("two"));
	/* Both were read on the way there. */
	assert_int_equal(kernellog_find(log, mark("one"), line), -ENOENT);
	kernellog_close(log);
}

static bool take_one(const char *text, void *context)
{
	if (!strstr(text, mark("")))
		return false;
	snprintf(context, KERNELLOG_TEXT_SIZE, "%s", text);
	return true;
}

static void one_after_another(UNUSED void **state)
{
	struct kernellog *log = listen_after("before");
	char line[KERNELLOG_TEXT_SIZE];

	assert_true(say("first"));
	assert_true(say("second"));
	assert_int_equal(kernellog_read(log, take_one, line), 1);
	assert_string_equal(line, mark("first"));
	assert_int_equal(kernellog_read(log, take_one, line), 1);
	assert_string_equal(line, mark("second"));
	assert_int_equal(kernellog_read(log, take_one, line), 0);
	kernellog_close(log);
}

static void lost_records(UNUSED void **state)
{
	struct kernellog *log = listen_after("before");
	char line[KERNELLOG_TEXT_SIZE];

	/* What is left is read all the same. */
	assert_true(say("left"));
	next_read_fails = EPIPE;
	assert_int_equal(kernellog_find(log, mark("left"), line), 0);
	/* It may have been in what was lost. */
	assert_int_equal(kernellog_find(log, mark("gone"), line), -EPIPE);
	kernellog_close(log);
}

static void unreadable(UNUSED void **state)
{
	struct kernellog *log = listen_after("before");
	char line[KERNELLOG_TEXT_SIZE];

	next_read_fails = EIO;
	assert_int_equal(kernellog_find(log, mark("gone"), line), -EIO);
	kernellog_close(log);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_now_on),
		cmocka_unit_test(one_after_another),
		cmocka_unit_test(lost_records),
		cmocka_unit_test(unreadable),
	};

	return cmocka_run_group_tests_name("kernellog", tests, NULL, NULL);
}
