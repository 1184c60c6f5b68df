/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of JSON in one write(2), and text that may not be UTF-8. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/json.h"

enum { LONG = 20000 };	/* bytes of text that do not fit into a page */

/* A socket that keeps the borders of writes: one receive is one write(2). */
static void make_record_socket(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
				    SOCK_NONBLOCK, 0, ends), 0);
}

static void one_write_a_line(void **state UNUSED)
{
	json_t *object = json_pack("{s:s, s:i, s:[i,i]}", "path", "/t\n\"",
				   "ino", 7, "changed", 1, 2);
	char got[200] = "";
	int ends[2];

	assert_non_null(object);
	make_record_socket(ends);
	for (int i = 0; i < 2; i++)
		assert_int_equal(json_write_line(ends[0], object), 0);
	for (int i = 0; i < 2; i++) {
		ssize_t n = recv(ends[1], got, sizeof(got) - 1, 0);

		assert_true(n > 0);
		got[n] = '\0';
		/* Keys in the order in which they were put in. */
		assert_string_equal(got, "{\"path\":\"/t\\n\\\"\","
				    "\"ino\":7,\"changed\":[1,2]}\n");
	}
	assert_int_equal(recv(ends[1], got, sizeof(got), 0), -1);
	json_decref(object);
	close(ends[0]);
	close(ends[1]);
}

static void long_lines_too(void **state UNUSED)
{
	char *text = malloc(LONG + 1);
	char *got = malloc(2 * LONG);
	int ends[2];

	assert_non_null(text);
	assert_non_null(got);
	memset(text, 'x', LONG);
	text[LONG] = '\0';

	json_t *object = json_pack("{s:s}", "k", text);

	make_record_socket(ends);
	assert_int_equal(json_write_line(ends[0], object), 0);
	assert_int_equal(recv(ends[1], got, 2 * LONG, 0),
			 (ssize_t)strlen("{'k':''}\n") + LONG);
	json_decref(object);
	close(ends[0]);
	close(ends[1]);
	free(got);
	free(text);
}

static void what_cannot_be_written(void **state UNUSED)
{
	json_t *object = json_pack("{s:i}", "k", 1);
	json_t *array = json_pack("[i]", 1);
	autoclose int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int ends[2];

	assert_int_equal(json_write_line(full, object), -ENOSPC);
	assert_int_equal(json_write_line(-1, object), -EBADF);
	assert_int_equal(json_write_line(full, NULL), -EINVAL);
	assert_int_equal(json_write_line(full, array), -EINVAL);
	make_record_socket(ends);
	close(ends[1]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(json_write_line(ends[0], object), -EPIPE);
	signal(SIGPIPE, SIG_DFL);
	close(ends[0]);
	json_decref(array);
	json_decref(object);
}

static void a_short_write_is_an_error(void **state UNUSED)
{
	char *text = malloc(LONG + 1);
	int ends[2];

	assert_non_null(text);
	memset(text, 'x', LONG);
	text[LONG] = '\0';

	json_t *object = json_pack("{s:s}", "k", text);

	/* A pipe of one page that does not wait takes one page. */
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
	assert_int_equal(json_write_line(ends[1], object), -EIO);
	assert_int_equal(json_write_line(ends[1], object), -EAGAIN);
	json_decref(object);
	close(ends[0]);
	close(ends[1]);
	free(text);
}

static void text_of_any_bytes(void **state UNUSED)
{
	static const struct {
		const char *bytes;
		const char *text;
		const char *why;
	} rows[] = {
		{ "", "", "empty" },
		{ "/a b\t\n", "/a b\t\n", "ASCII, controls included" },
		{ "\303\244\342\202\254\360\237\230\200",
		  "\303\244\342\202\254\360\237\230\200",
		  "characters of 2, 3 and 4 bytes" },
		{ "a\\x41", "a\\x41", "a backslash in good text stays" },
		{ "\377", "\\xff", "never a lead byte" },
		{ "a\200b", "a\\x80b", "a continuation alone" },
		{ "\303", "\\xc3", "cut off" },
		{ "\342\202", "\\xe2\\x82", "cut off later" },
		{ "\342\202z", "\\xe2\\x82z", "cut off by a letter" },
		{ "\303\244\351", "\303\244\\xe9",
		  "what is good before a bad byte stays" },
		{ "\351\303\244", "\\xe9\303\244", "and what is good behind" },
		{ "\300\257", "\\xc0\\xaf", "overlong in 2 bytes" },
		{ "\340\200\257", "\\xe0\\x80\\xaf", "overlong in 3 bytes" },
		{ "\360\200\200\257", "\\xf0\\x80\\x80\\xaf",
		  "overlong in 4 bytes" },
		{ "\355\240\200", "\\xed\\xa0\\x80", "a surrogate" },
		{ "\355\237\277", "\355\237\277", "the last before them" },
		{ "\356\200\200", "\356\200\200", "the first behind them" },
		{ "\364\217\277\277", "\364\217\277\277", "U+10FFFF" },
		{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80", "one more" },
		{ "\365\200\200\200", "\\xf5\\x80\\x80\\x80", "far more" },
		{ "\370\200\200\200\200", "\\xf8\\x80\\x80\\x80\\x80",
		  "5 bytes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* In each table's row alone, and behind a byte that is bad. */
		char bytes[32], text[64];
		json_t *alone = json_text(rows[i].bytes);

		if (!alone ||
		    strcmp(json_string_value(alone), rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].why,
				 alone ? json_string_value(alone) : "nothing");
		json_decref(alone);

		snprintf(bytes, sizeof(bytes), "\376%s", rows[i].bytes);
		snprintf(text, sizeof(text), "\\xfe%s", rows[i].text);

		json_t *behind = json_text(bytes);

		if (!behind || strcmp(json_string_value(behind), text) != 0)
			fail_msg("behind a bad byte, %s: %s", rows[i].why,
				 behind ? json_string_value(behind) :
					  "nothing");
		json_decref(behind);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_write_a_line),
		cmocka_unit_test(long_lines_too),
		cmocka_unit_test(what_cannot_be_written),
		cmocka_unit_test(a_short_write_is_an_error),
		cmocka_unit_test(text_of_any_bytes),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
