/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 10,000 random lines: bytes, words of the language in any order, and good
 * lines with changes. Each that counts is answered once, and the interpreter
 * goes on.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "client/steps.h"
#include "common/clock.h"
#include "common/compiler.h"
#include "common/parse.h"

#include "steps-bench.h"

/* xorshift64: the same lines on every machine. */
static uint64_t random_state = 0x9e3779b97f4a7c15;

static size_t below(size_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (size_t)(random_state % bound);
}

static size_t random_bytes(char *line)
{
	size_t len = below(120);

	for (size_t i = 0; i < len; i++)
		line[i] = (char)below(256);
	for (size_t i = 0; i < len; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	return len;
}

/* A step that would end the test, or do something to the whole machine. */
static bool reaches_further(const char *verb)
{
	return strcmp(verb, "exit") == 0 || strcmp(verb, "compact") == 0 ||
	       strcmp(verb, "drop-caches") == 0 || strcmp(verb, "freeze") == 0;
}

/* Words of the language in any order; a pipe never blocks. */
static size_t random_words(char *line)
{
	static const char *const words[] = {
		"fd=t", "fd=u", "fd=p", "fd=p.r", "fd=p.w", "mem=m", "mem=b",
		"path=t", "path=u", "path=none/x", "mode=r", "mode=rw",
		"direct", "append", "trunc", "excl", "size=8192", "gen=1",
		"gen=2", "off=0", "off=4096", "off=100", "len=1", "len=4096",
		"len=5000", "len=0", "private", "from=m", "into=b", "at=0",
		"at=100", "in=p.r", "in=t", "out=p.w", "out=t", "in-off=0",
		"file=t", "file-off=4096", "writer=z", "step=3", "timeout=1ms",
		"text=hello", "segments=m:0:8", "segments=b:0:100,m:8:8", "&", "\"", "#", "=",
	};
	size_t nverbs = 0, nwords = below(7);
	const char *verb;

	while (steps_verb_at(nverbs))
		nverbs++;
	do
		verb = steps_verb_at(below(nverbs))->name;
	while (reaches_further(verb));
	strcpy(line, verb);
	if (strcmp(verb, "pipe") == 0)
		strcat(line, " nonblock");
	for (size_t i = 0; i < nwords; i++) {
		strcat(line, " ");
		strcat(line, words[below(ARRAY_SIZE(words))]);
	}
	return strlen(line);
}

/* A good line with some characters changed; sizes stay small. */
static size_t random_change(char *line)
{
	static const char *const lines[] = {
		"create fd=t path=t size=8192 gen=1", "open fd=u path=t mode=r",
		"map mem=m fd=t off=0 len=8192", "anon mem=b len=4096",
		"store mem=m off=0 len=4096 gen=2", "close fd=t",
		"munmap mem=m", "pipe nonblock fd=p", "fdatasync fd=t",
		"splice in=p.r out=t off=0 len=4096",
		"sendfile in=t out=u in-off=0 off=0 len=100",
		"vmsplice mem=m off=0 len=4096 out=p.w",
		"pread fd=t off=0 len=100 into=m at=0 &",
		"pwrite fd=t off=0 len=100 from=b at=0", "truncate fd=t len=1",
		"read-into fd=p.r len=100 into=m at=0",
		"aio-read fd=t off=0 len=100 into=b at=0 &",
		"uring-read fd=t off=0 len=100 into=b at=0 &",
		"preadv fd=t off=0 segments=m:0:100,b:1:9",
		"pwritev fd=t off=0 segments=m:0:100,b:1:9",
		"vm-writev into=m at=8 segments=b:1:9,m:0:100",
		"proc-mem into=m at=8 len=100 gen=3", "dontneed fd=t off=0",
		"uring-fixed fd=t off=0 len=100 into=b at=0 &",
		"kvm-guest fd=g into=b at=0 len=100 gen=3", "kvm-store fd=g &",
		"close fd=g", "munmap mem=g", "gup-test fd=h into=m len=100",
		"send-zerocopy mem=m off=0 len=100 out=p.w",
		"copy-range in=t out=u in-off=0 off=0 len=100",
		/* Once more: so many lines need what these make. */
		"create fd=t path=t size=8192 gen=1", "anon mem=b len=4096",
		"map mem=m fd=t off=0 len=8192", "pipe nonblock fd=p",
		"check mem=m off=0 len=4096 gen=1", "digest fd=t len=8192",
		"read fd=p.r len=10 &", "write fd=p.w len=10 gen=1 &",
		"unlink path=t", "wait timeout=1ms", "pageflags mem=m off=0",
		"punch fd=t off=0 len=4096", "madvise mem=b advice=pageout",
		"mprotect mem=b off=0 mode=rw", "cached mem=m len=8192",
		"migrate mem=b off=0", "fork-touch mem=b off=0 len=4096",
	};
	static const char others[] = "abc=&\"\\# 019-\x80";
	size_t nchanges = below(4);

	strcpy(line, lines[below(ARRAY_SIZE(lines))]);
	for (size_t i = 0; i < nchanges; i++)
		line[below(strlen(line))] = others[below(sizeof(others) - 1)];
	return strlen(line);
}

/* Does the line count? As the reader of lines sees it. */
static bool counts(const char *line, size_t len)
{
	struct parse_line parsed;
	bool empty;

	if (strlen(line) != len || parse_line_init(&parsed, line))
		return true;
	empty = !parsed.verb;
	parse_line_deinit(&parsed);
	return !empty;
}

/* Answers that end a step: one for each line that counts. */
static unsigned int count_ends(struct bench *bench)
{
	unsigned int ends = 0;
	char answer[ANSWER];

	while (next_answer(bench, answer))
		ends += strstr(answer, " started tid=") == NULL;
	return ends;
}

static void anything_is_answered(void **state UNUSED)
{
	static size_t (*const makers[])(char *line) = {
		random_bytes, random_words, random_change, random_change,
	};
	const struct rlimit limit = { 64 << 20, 64 << 20 };
	struct steps_totals totals;
	unsigned int counted = 0;
	struct bench bench;

	make_bench(&bench, false);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 10000; i++) {
		char line[512];
		size_t len = makers[below(ARRAY_SIZE(makers))](line);

		line[len] = '\0';
		counted += counts(line, len);
		assert_int_equal(steps_line(bench.steps, line, len), 0);
	}
	assert_int_equal(steps_wait(bench.steps, clock_deadline_ns(
					    10 * CLOCK_NS_PER_SEC)), 0);
	assert_int_equal(count_ends(&bench), counted);
	totals = steps_totals(bench.steps);
	assert_int_equal(totals.ok + totals.failed + totals.bad, counted);
	/* The lines must not all have been refused. */
	assert_true(totals.ok > 500 && totals.failed > 50 && totals.bad > 500);
	assert_int_equal(steps_line(bench.steps, "anon mem=last len=1", 19),
			 0);
	assert_int_equal(steps_totals(bench.steps).ok, totals.ok + 1);
	end_bench(&bench);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
