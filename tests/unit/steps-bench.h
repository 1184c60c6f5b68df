/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interpreter of steps in a directory of its own. Its answers go into a
 * memfd, where a test finds them in their order and nobody has to wait.
 */
#ifndef PIN_STEPS_BENCH_H
#define PIN_STEPS_BENCH_H

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/clock.h"
#include "common/compiler.h"

enum { ANSWER = 1024 };

struct bench {
	struct steps *steps;
	char dir[64];
	int out;
	off_t seen;		/* answers read so far [bytes] */
	unsigned int number;	/* of the last line that counts */
};

static inline void make_bench(struct bench *bench, bool json)
{
	struct steps_config config = { .json = json };

	memset(bench, 0, sizeof(*bench));
	strcpy(bench->dir, "/tmp/pinfs-steps.XXXXXX");
	assert_non_null(mkdtemp(bench->dir));
	assert_int_equal(chdir(bench->dir), 0);
	bench->out = memfd_create("answers", MFD_CLOEXEC);
	assert_true(bench->out >= 0);
	config.out = bench->out;
	assert_int_equal(steps_create(&config, &bench->steps), 0);
}

static inline void end_bench(struct bench *bench)
{
	char command[128];

	assert_int_equal(steps_wait(bench->steps, clock_deadline_ns(
					    10 * CLOCK_NS_PER_SEC)), 0);
	steps_destroy(bench->steps);
	close(bench->out);
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", bench->dir);
	assert_int_equal(system(command), 0);
}

/* The next answer without its newline. Return: is there one? */
static inline bool next_answer(struct bench *bench, char answer[ANSWER])
{
	ssize_t n = pread(bench->out, answer, ANSWER - 1, bench->seen);
	char *end;

	assert_true(n >= 0);
	answer[n] = '\0';
	end = strchr(answer, '\n');
	if (!end)
		return false;
	*end = '\0';
	bench->seen += end + 1 - answer;
	return true;
}

/* The one answer to a line. */
static inline void bench_ask(struct bench *bench, const char *line,
			     char answer[ANSWER])
{
	assert_int_equal(steps_line(bench->steps, line, strlen(line)), 0);
	assert_true(next_answer(bench, answer));
}

/* The same, which must match. */
static inline void bench_expect(struct bench *bench, const char *line,
				const char *pattern)
{
	char answer[ANSWER];

	bench_ask(bench, line, answer);
	if (fnmatch(pattern, answer, 0) != 0)
		fail_msg("'%s' gave '%s', not '%s'", line, answer, pattern);
}

#endif
