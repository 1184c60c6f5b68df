/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The step language on an ordinary directory: each step does its system call,
 * and a bad line does nothing. tests/unit/stepsfuzz_test.c has random lines.
 */
#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/clock.h"
#include "common/compiler.h"
#include "common/json.h"

#include "steps-bench.h"

/* Cut " us=... start=... end=..." out, after seeing that they make sense. */
static void cut_times(char *answer)
{
	char *us = strstr(answer, " us=");
	unsigned long long took, start, end;
	int len = 0;

	if (!us)
		return;
	assert_int_equal(sscanf(us, " us=%llu start=%llu end=%llu%n", &took,
				&start, &end, &len), 3);
	assert_true(start > 0 && end >= start);
	assert_true(end <= clock_now_ns());
	assert_int_equal(took, (end - start) / 1000);
	memmove(us, us + len, strlen(us + len) + 1);
}

static void send(struct bench *bench, const char *line)
{
	assert_int_equal(steps_line(bench->steps, line, strlen(line)), 0);
}

/* A line and its one answer, which must match without number and times. */
static void expect(struct bench *bench, const char *line, const char *pattern)
{
	char answer[ANSWER], *rest;

	send(bench, line);
	assert_true(next_answer(bench, answer));
	assert_int_equal(strtoul(answer, &rest, 10), ++bench->number);
	assert_int_equal(*rest, ' ');
	cut_times(rest);
	if (fnmatch(pattern, rest + 1, 0) != 0)
		fail_msg("'%s' gave '%s', not '%s'", line, rest + 1, pattern);
	assert_false(next_answer(bench, answer));
}

struct row {
	const char *line;
	const char *pattern;
};

static void expect_all(const struct row *rows, size_t nrows)
{
	struct bench bench;

	make_bench(&bench, false);
	for (size_t i = 0; i < nrows; i++)
		expect(&bench, rows[i].line, rows[i].pattern);
	end_bench(&bench);
}

static void files(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "create fd=t path=t", "create ok ret=65536" },
		{ "check fd=t len=64k gen=1", "check ok ret=0" },
		{ "check fd=t len=4096 gen=1 writer=c", "check ok ret=0" },
		{ "check fd=t len=4096 gen=1 writer=w",
		  "check ok ret=512 first=7 found=\"file t block 0 "
		  "generation 1 writer create\"" },
		{ "create fd=u path=u size=5000 gen=7", "create ok ret=5000" },
		/* What lies behind the end of file differs. */
		{ "check fd=u len=5001 gen=7", "check ok ret=1 short=1" },
		{ "check fd=u len=5000 gen=8",
		  "check ok ret=625 first=6 found=\"file u block 0 "
		  "generation 7 writer create\"" },
		{ "write fd=t off=4096 len=4096 gen=2", "write ok ret=4096" },
		{ "check fd=t off=4096 len=4096 gen=2 writer=w",
		  "check ok ret=0" },
		{ "check fd=t off=0 len=12k gen=1", "check ok ret=512 *" },
		/* Content that names another place. */
		{ "write fd=u len=4096 off=0 gen=3 file=t file-off=8192",
		  "write ok ret=4096" },
		{ "check fd=u len=4096 gen=3",
		  "check ok ret=* found=\"file t block 2 generation 3 "
		  "writer write\"" },
		{ "check fd=u len=4096 gen=3 file=t file-off=8192",
		  "check ok ret=0" },
		{ "read fd=u off=4096 len=4096",
		  "read ok ret=904 digest=????????????????" },
		{ "read fd=u off=5000 len=10", "read ok ret=0 digest=none" },
		{ "digest fd=t len=64k", "digest ok ret=65536 "
		  "digest=*,*,*,*,*,*,*,* more=8" },
		{ "truncate fd=u len=100", "truncate ok ret=0" },
		{ "read fd=u off=0 len=4096", "read ok ret=100 *" },
		{ "fsync fd=u", "fsync ok ret=0" },
		{ "fdatasync fd=u", "fdatasync ok ret=0" },
		{ "sync-range fd=t", "sync-range ok ret=0" },
		{ "sync-range fd=t off=4096 len=4096", "sync-range ok ret=0" },
		{ "close fd=u", "close ok ret=0" },
		{ "open fd=u path=u mode=r", "open ok ret=*" },
		{ "write fd=u off=0 len=1 gen=1", "write fail errno=EBADF" },
		{ "open fd=v path=v", "open fail errno=ENOENT" },
		{ "open fd=v path=v excl", "open ok ret=*" },
		{ "open fd=w path=v excl", "open fail errno=EEXIST" },
		{ "open fd=w path=u mode=w trunc append", "open ok ret=*" },
		{ "write fd=w len=10 gen=1", "write ok ret=10" },
		{ "write fd=w len=10 gen=1", "write ok ret=10" },
		{ "read fd=u off=0 len=100", "read ok ret=20 *" },
		{ "unlink path=u", "unlink ok ret=0" },
		{ "unlink path=u", "unlink fail errno=ENOENT" },
		{ "open fd=x path=\"a \\\"b\\\"\" excl", "open ok ret=*" },
		{ "unlink path=\"a \\\"b\\\"\"", "unlink ok ret=0" },
	};

	expect_all(rows, ARRAY_SIZE(rows));
}

static void memory(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "create fd=t path=t", "create ok *" },
		{ "map mem=m fd=t off=4096 len=32k", "map ok ret=0" },
		{ "check mem=m len=32k gen=1", "check ok ret=0" },
		{ "store mem=m off=4096 len=4096 gen=2", "store ok ret=4096" },
		{ "check fd=t off=8192 len=4096 gen=2 writer=s",
		  "check ok ret=0" },
		{ "check mem=m off=4096 len=4096 gen=2", "check ok ret=0" },
		{ "digest mem=m len=5000", "digest ok ret=5000 digest=*,*" },
		{ "anon mem=b len=8192", "anon ok ret=0" },
		{ "check mem=b len=8 gen=1", "check ok * found=zeros" },
		{ "store mem=b len=8192 gen=5 file=t file-off=12k",
		  "store ok ret=8192" },
		{ "pwrite fd=t off=12k len=4096 from=b", "pwrite ok ret=4096" },
		{ "check fd=t off=12k len=4096 gen=5", "check ok ret=0" },
		{ "pwrite fd=t off=0 len=100 from=b at=8k", "pwrite bad *" },
		{ "pread fd=t off=0 len=4096 into=b at=4096",
		  "pread ok ret=4096" },
		{ "check mem=b off=4096 len=4096 gen=1 file=t file-off=0",
		  "check ok ret=0" },
		{ "read-into fd=t len=4096 into=b at=4097", "read-into bad *" },
		{ "open fd=q path=t mode=r", "open ok *" },
		/* Where the descriptor is: each reads the next. */
		{ "read-into fd=q len=4096 into=b", "read-into ok ret=4096" },
		{ "check mem=b len=4096 gen=1 file=t file-off=0",
		  "check ok ret=0" },
		{ "read-into fd=q len=4096 into=b at=4096",
		  "read-into ok ret=4096" },
		{ "check mem=b off=4096 len=4096 gen=1 file=t file-off=4096",
		  "check ok ret=0" },
		{ "close fd=q", "close ok ret=0" },
		{ "map mem=p fd=t len=4096 private", "map ok ret=0" },
		{ "store mem=p len=4096 gen=9", "store ok ret=4096" },
		{ "check mem=p len=4096 gen=9", "check ok ret=0" },
		{ "check fd=t len=4096 gen=1", "check ok ret=0" },
		{ "map mem=r fd=t len=4096 mode=r", "map ok ret=0" },
		/* Signals are answers. */
		{ "store mem=r len=8 gen=1",
		  "store fail errno=EFAULT signal=SIGSEGV" },
		{ "pread fd=t off=0 len=8 into=r", "pread fail errno=EFAULT" },
		{ "map mem=l fd=t len=1m", "map ok ret=0" },
		{ "store mem=l off=512k len=8 gen=1",
		  "store fail errno=EFAULT signal=SIGBUS" },
		{ "check mem=l off=512k len=8 gen=1",
		  "check fail errno=EFAULT" },
		{ "map mem=o fd=t off=100 len=4096", "map fail errno=EINVAL" },
		/* Needs root; anyone gets an answer. */
		{ "pageflags mem=m off=4096", "pageflags *" },
		{ "munmap mem=m", "munmap ok ret=0" },
		{ "munmap mem=m", "munmap bad *" },
		{ "close fd=t", "close ok ret=0" },
		{ "check mem=p len=4096 gen=9", "check ok ret=0" },
	};

	expect_all(rows, ARRAY_SIZE(rows));
}

static void pipes(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "create fd=t path=t", "create ok *" },
		{ "create fd=u path=u gen=3", "create ok *" },
		{ "pipe fd=p size=64k", "pipe ok ret=65536" },
		{ "pipe fd=p", "pipe bad message=*p.r*" },
		{ "write fd=p.w len=4096 gen=4 file=t file-off=4096",
		  "write ok ret=4096" },
		{ "splice in=p.r out=t off=4096 len=4096",
		  "splice ok ret=4096" },
		{ "check fd=t off=4096 len=4096 gen=4", "check ok ret=0" },
		{ "splice in=u in-off=8192 out=p.w len=4096",
		  "splice ok ret=4096" },
		{ "splice in=p.r out=t off=8192 len=4096",
		  "splice ok ret=4096" },
		{ "check fd=t off=8192 len=4096 gen=3 file=u",
		  "check ok ret=0" },
		{ "sendfile in=u out=t in-off=12k off=12k len=4096",
		  "sendfile ok ret=4096" },
		{ "check fd=t off=12k len=4096 gen=3 file=u",
		  "check ok ret=0" },
		{ "copy-range in=u out=t in-off=16k off=20k len=4096",
		  "copy-range ok ret=4096" },
		{ "check fd=t off=20k len=4096 gen=3 file=u file-off=16k",
		  "check ok ret=0" },
		{ "copy-range in=u out=p.w len=1",
		  "copy-range fail errno=EINVAL" },
		{ "anon mem=b len=4096", "anon ok *" },
		{ "store mem=b len=4096 gen=6", "store ok *" },
		{ "vmsplice mem=b len=4096 out=p.w", "vmsplice ok ret=4096" },
		/* The pipe has the page, not a copy. */
		{ "store mem=b len=4096 gen=7", "store ok *" },
		{ "anon mem=c len=4096", "anon ok *" },
		{ "splice in=p.r out=t off=0 len=4096", "splice ok ret=4096" },
		{ "check fd=t len=4096 gen=7 file=b", "check ok ret=0" },
		{ "close fd=p.w", "close ok ret=0" },
		{ "read fd=p.r len=10", "read ok ret=0 digest=none" },
		{ "close fd=p.r", "close ok ret=0" },
		{ "pipe fd=p nonblock", "pipe ok *" },
		{ "read fd=p.r len=10", "read fail errno=EAGAIN" },
		{ "close fd=p.r", "close ok ret=0" },
		/* No SIGPIPE. */
		{ "write fd=p.w len=10 gen=1", "write fail errno=EPIPE" },
	};

	expect_all(rows, ARRAY_SIZE(rows));
}

/* O_DIRECT where the directory has it; the words work in any case. */
static void direct(void **state UNUSED)
{
	struct bench bench;
	char answer[ANSWER];

	make_bench(&bench, false);
	expect(&bench, "create fd=t path=t", "create ok *");
	expect(&bench, "map mem=m fd=t len=64k", "map ok *");
	send(&bench, "open fd=s path=t direct mode=r");
	bench.number++;
	assert_true(next_answer(&bench, answer));
	if (strstr(answer, " fail "))
		assert_non_null(strstr(answer, "errno=EINVAL"));
	else
		expect(&bench, "pread fd=s off=8192 len=4096 into=m",
		       "pread ok ret=4096");
	end_bench(&bench);
}

static void bad_lines(void **state UNUSED)
{
	static const struct row rows[] = {
		{ "nonsense", "nonsense bad message=\"'nonsense' is not*" },
		{ "Open fd=t", "[?] bad *" },
		{ "\"two words\" x", "[?] bad *" },
		{ "open \"fd=t", "[?] bad *" },
		{ "open fd=t path=a\001b", "[?] bad *" },
		{ "open fd=t =x", "[?] bad *" },
		{ "open fd=t", "open bad message=\"path= is missing\"" },
		{ "open fd= path=t", "open bad message=\"fd= is empty\"" },
		{ "open fd=t path=t excl x",
		  "open bad message=\"word 'x' is not known to open\"" },
		{ "open fd=t path=t mode=x excl", "open bad *mode=x*" },
		{ "open fd=t path=t excl=1", "open bad *takes no value*" },
		{ "open fd=t path=t & excl", "open bad *'&' is not known*" },
		{ "open fd=a234567890123456789012345678901 path=t excl",
		  "open bad *longer*" },
		{ "open path=t path=u excl", "open bad *fd= is missing*" },
		{ "unlink path=t", "unlink fail errno=ENOENT" },
		{ "close fd=t", "close bad *no descriptor 't'*" },
		{ "create fd=t path=t", "create ok *" },
		{ "create fd=t path=u", "create bad *open already*" },
		{ "unlink path=u", "unlink fail errno=ENOENT" },
		/* A line with a mistake does nothing. */
		{ "close fd=t now", "close bad *" },
		{ "close fd=t now &", "close bad *" },
		{ "fsync fd=t", "fsync ok ret=0" },
		{ "write fd=t off=0 len=x gen=1", "write bad *len=x*" },
		{ "write fd=t off=-1 len=1 gen=1", "write bad *off=-1*" },
		{ "write fd=t off=16e len=1 gen=1", "write bad *" },
		{ "write fd=t off=9223372036854775808 len=1 gen=1",
		  "write bad *too large*" },
		{ "write fd=t off=0 len=0 gen=1", "write bad *len=*" },
		{ "write fd=t off=0 len=2g gen=1", "write bad *len=*" },
		{ "write fd=t off=0 len=1", "write bad *gen= is missing*" },
		{ "write fd=t off=0 len=1 gen=65536", "write bad *gen=65536*" },
		{ "write fd=t off=0 len=1 gen=1 writer=ab", "write bad *" },
		{ "anon mem=b len=4096", "anon ok *" },
		{ "anon mem=b len=4096", "anon bad *mapped already*" },
		{ "munmap mem=b now", "munmap bad *'now'*" },
		{ "munmap mem=c", "munmap bad *no memory 'c'*" },
		{ "store mem=b off=1 len=4096 gen=1", "store bad *inside*" },
		{ "store mem=b off=8k len=1 gen=1", "store bad *inside*" },
		{ "check mem=b fd=t len=1 gen=1", "check bad *either*" },
		{ "check len=1 gen=1", "check bad *either*" },
		{ "wait step=2", "wait bad *step 2 was not started*" },
		{ "wait step=0", "wait bad *" },
		{ "wait &", "wait bad *" },
		{ "wait timeout=x", "wait bad *timeout=x*" },
		{ "mark text=hello", "mark bad *mount*" },
		{ "&", "[?] bad *" },
		{ "digest mem=b len=1 a b c d e f g h i j k l m n o p q r s t "
		  "u v w x y z A B C D E F G", "[?] bad *32 words*" },
	};

	expect_all(rows, ARRAY_SIZE(rows));
}

static void started(void **state UNUSED)
{
	struct bench bench;
	char answer[ANSWER];
	int tid = 0;

	make_bench(&bench, false);
	expect(&bench, "pipe fd=p", "pipe ok *");
	send(&bench, "read fd=p.r len=100 &");
	assert_true(next_answer(&bench, answer));
	assert_int_equal(sscanf(answer, "2 read started tid=%d", &tid), 1);
	assert_true(tid > 0 && tid != getpid());
	bench.number = 2;
	send(&bench, "wait step=2 timeout=50ms");
	assert_true(next_answer(&bench, answer));
	assert_non_null(strstr(answer, "3 wait fail errno=ETIMEDOUT "));
	assert_non_null(strstr(answer, " running=1"));
	send(&bench, "write fd=p.w len=8 gen=1");
	send(&bench, "wait");
	for (int i = 0; i < 2; i++) {	/* in any order */
		assert_true(next_answer(&bench, answer));
		assert_true(strstr(answer, "2 read ok ret=8 ") == answer ||
			    strstr(answer, "4 write ok ret=8 ") == answer);
	}
	assert_true(next_answer(&bench, answer));
	assert_true(strstr(answer, "5 wait ok ret=1 ") == answer);
	bench.number = 5;
	expect(&bench, "wait step=2", "wait ok ret=1");
	/* Ends with an error: it has ended, but not ok. */
	send(&bench, "open fd=x path=none/x &");
	bench.number++;
	assert_int_equal(steps_wait(bench.steps, CLOCK_NEVER), 0);
	assert_true(next_answer(&bench, answer));
	assert_non_null(strstr(answer, " started tid="));
	assert_true(next_answer(&bench, answer));
	assert_non_null(strstr(answer, " fail errno=ENOENT "));
	expect(&bench, "wait step=7", "wait ok ret=0");
	end_bench(&bench);
}

/* More steps at once than threads were made beforehand. */
static void many_started(void **state UNUSED)
{
	enum { MANY = 40 };
	struct bench bench;
	char answer[ANSWER];
	unsigned int ok = 0;

	make_bench(&bench, false);
	expect(&bench, "pipe fd=p", "pipe ok *");
	for (int i = 0; i < MANY; i++)
		send(&bench, "read fd=p.r len=1 &");
	assert_int_equal(steps_wait(bench.steps, clock_now_ns()), MANY);
	for (int i = 0; i < MANY; i++)
		send(&bench, "write fd=p.w len=1 gen=1");
	send(&bench, "wait");
	while (next_answer(&bench, answer))
		ok += strstr(answer, " read ok ret=1 ") != NULL;
	assert_int_equal(ok, MANY);
	assert_int_equal(steps_totals(bench.steps).ok, 2 * MANY + 2);
	end_bench(&bench);
}

static void objects(void **state UNUSED)
{
	static const struct {
		const char *line;
		const char *key;
		const char *text;	/* NULL: there, whatever it is */
	} rows[] = {
		{ "create fd=t path=t", "result", "ok" },
		{ "write fd=t off=0 len=1 gen=1", "start_ns", NULL },
		{ "read fd=t off=0 len=1", "digest", NULL },
		{ "open fd=u path=none", "errno", "ENOENT" },
		{ "open \"x\xffy\"", "message", NULL },
		{ "a\xff", "verb", "?" },
	};
	struct bench bench;
	char answer[ANSWER];

	make_bench(&bench, true);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *object, *value;

		send(&bench, rows[i].line);
		assert_true(next_answer(&bench, answer));
		object = json_loads(answer, 0, NULL);
		assert_non_null(object);
		assert_int_equal(json_integer_value(
				json_object_get(object, "step")), i + 1);
		value = json_object_get(object, rows[i].key);
		assert_non_null(value);
		if (rows[i].text)
			assert_string_equal(json_string_value(value),
					    rows[i].text);
		json_decref(object);
	}
	end_bench(&bench);
}

static void streams(void **state UNUSED)
{
	static char text[] = "# a comment\n\n  \t\nanon mem=b len=1\r\n"
		"close fd=x\nanon mem=n len=1\0x\nopen fd=x path=none # why\n"
		"anon mem=c len=1";
	FILE *in = fmemopen(text, sizeof(text) - 1, "r");
	struct steps_totals totals;
	struct bench bench;
	char answer[ANSWER];

	make_bench(&bench, false);
	assert_int_equal(steps_stream(bench.steps, in), 0);
	totals = steps_totals(bench.steps);
	assert_int_equal(totals.ok, 2);
	assert_int_equal(totals.failed, 1);
	assert_int_equal(totals.bad, 2);
	for (unsigned int i = 1; i <= 5; i++) {
		assert_true(next_answer(&bench, answer));
		assert_int_equal(strtoul(answer, NULL, 10), i);
	}
	assert_false(next_answer(&bench, answer));
	fclose(in);
	end_bench(&bench);
}

/* Nobody reads the answers any more: the caller is told. */
static void lost_output(void **state UNUSED)
{
	struct steps_config config = { 0 };
	struct steps *steps;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	config.out = fds[1];
	assert_int_equal(steps_create(&config, &steps), 0);
	assert_int_equal(steps_line(steps, "anon mem=b len=1", 16), -EPIPE);
	steps_destroy(steps);
	close(fds[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(memory),
		cmocka_unit_test(pipes),
		cmocka_unit_test(direct),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(started),
		cmocka_unit_test(many_started),
		cmocka_unit_test(objects),
		cmocka_unit_test(streams),
		cmocka_unit_test(lost_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
