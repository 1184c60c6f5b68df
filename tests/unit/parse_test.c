/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text to values: every row is a text, what must come out, and why. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/parse.h"

struct number_row {
	const char *text;
	int err;
	uint64_t value;
	const char *why;
};

typedef int parse_fn(const char *text, uint64_t *value_ret);

static void check_numbers(parse_fn *parse, const struct number_row *rows,
			  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct number_row *row = &rows[i];
		uint64_t value = 4711;	/* must stay when parsing fails */
		uint64_t expected = row->err ? 4711 : row->value;
		int err = parse(row->text, &value);

		if (err != row->err || value != expected)
			fail_msg("%s: '%s' gave %d and %" PRIu64, row->why,
				 row->text, err, value);
	}
}

static void numbers(void **state UNUSED)
{
	static const struct number_row rows[] = {
		{ "0", 0, 0, "zero" },
		{ "4096", 0, 4096, "decimal" },
		{ "010", 0, 10, "a leading zero is not octal" },
		{ "0x1f", 0, 31, "hexadecimal" },
		{ "0XFf", 0, 255, "hexadecimal in capitals" },
		{ "18446744073709551615", 0, UINT64_MAX, "largest" },
		{ "0xffffffffffffffff", 0, UINT64_MAX, "largest, hex" },
		{ "18446744073709551616", -ERANGE, 0, "one more" },
		{ "18446744073709551620", -ERANGE, 0, "over by the product" },
		{ "0x10000000000000000", -ERANGE, 0, "one more, hex" },
		{ "", -EINVAL, 0, "empty" },
		{ "0x", -EINVAL, 0, "hexadecimal without digits" },
		{ "-1", -EINVAL, 0, "a sign" },
		{ "+1", -EINVAL, 0, "the other sign" },
		{ " 1", -EINVAL, 0, "white space before" },
		{ "1 ", -EINVAL, 0, "white space behind" },
		{ "12a", -EINVAL, 0, "a hex digit in a decimal number" },
		{ "1k", -EINVAL, 0, "sizes have suffixes, numbers have not" },
		{ "1e3", -EINVAL, 0, "no exponents" },
		{ "1,000", -EINVAL, 0, "no grouping" },
	};

	check_numbers(parse_u64, rows, ARRAY_SIZE(rows));
}

static void sizes(void **state UNUSED)
{
	static const struct number_row rows[] = {
		{ "0", 0, 0, "zero" },
		{ "512", 0, 512, "bytes" },
		{ "4k", 0, 4096, "kibibytes" },
		{ "4K", 0, 4096, "either case" },
		{ "1m", 0, 1 << 20, "mebibytes" },
		{ "3G", 0, 3ULL << 30, "gibibytes" },
		{ "2t", 0, 2ULL << 40, "tebibytes" },
		{ "0x10k", 0, 16384, "hexadecimal with a suffix" },
		{ "16777215t", 0, 16777215ULL << 40, "largest in tebibytes" },
		{ "16777216t", -ERANGE, 0, "2 to the 64" },
		{ "99999999999999999999", -ERANGE, 0, "too large as it is" },
		{ "", -EINVAL, 0, "empty" },
		{ "k", -EINVAL, 0, "a suffix alone" },
		{ "4kb", -EINVAL, 0, "more behind the suffix" },
		{ "4kk", -EINVAL, 0, "two suffixes" },
		{ "4p", -EINVAL, 0, "unknown suffix" },
		{ "4 k", -EINVAL, 0, "white space inside" },
		{ "1.5k", -EINVAL, 0, "sizes are whole" },
		{ "-4k", -EINVAL, 0, "negative" },
	};

	check_numbers(parse_size, rows, ARRAY_SIZE(rows));
}

static void durations(void **state UNUSED)
{
	static const struct number_row rows[] = {
		{ "0", 0, 0, "zero" },
		{ "5", 0, 5000000000, "no unit: seconds" },
		{ "7ns", 0, 7, "nanoseconds" },
		{ "7us", 0, 7000, "microseconds" },
		{ "7ms", 0, 7000000, "milliseconds" },
		{ "7s", 0, 7000000000, "seconds" },
		{ "7m", 0, 420000000000, "minutes" },
		{ "7h", 0, 25200000000000, "hours" },
		{ "0.5", 0, 500000000, "half a second" },
		{ "1.5ms", 0, 1500000, "a fraction of a unit" },
		{ "0.25m", 0, 15000000000, "a fraction of a minute" },
		{ "1.000000001s", 0, 1000000001, "down to a nanosecond" },
		{ "0.0000000000003h", 0, 1, "13 digits of an hour, cut" },
		{ "0.9ns", 0, 0, "less than a nanosecond is dropped" },
		{ "0.33333333333333333333333s", 0, 333333333,
		  "more digits than can matter" },
		{ "0.99999999999999999999999h", 0, 3599999999999,
		  "the digits cut off do not round up" },
		{ "18446744073709551615ns", 0, UINT64_MAX, "largest" },
		{ "18446744073.709551615s", 0, UINT64_MAX, "the same in s" },
		{ "18446744073.709551616s", -ERANGE, 0,
		  "the fraction is too much" },
		{ "5124096h", -ERANGE, 0, "584 years and more" },
		{ "18446744073709551616ns", -ERANGE, 0, "too many digits" },
		{ "", -EINVAL, 0, "empty" },
		{ "s", -EINVAL, 0, "a unit alone" },
		{ ".5s", -EINVAL, 0, "no digit before the point" },
		{ "5.s", -EINVAL, 0, "no digit behind the point" },
		{ "1.2.3s", -EINVAL, 0, "two points" },
		{ "1,5s", -EINVAL, 0, "a comma is no point" },
		{ "5S", -EINVAL, 0, "units are lower case" },
		{ "5sec", -EINVAL, 0, "unknown unit" },
		{ "5 s", -EINVAL, 0, "white space inside" },
		{ "5d", -EINVAL, 0, "no days" },
		{ "0x5s", -EINVAL, 0, "no hexadecimal durations" },
		{ "-5s", -EINVAL, 0, "negative" },
	};

	check_numbers(parse_duration, rows, ARRAY_SIZE(rows));
}

/* verb|key=value|flag, so that one text says all that a line was cut into. */
static void describe(const struct parse_line *parsed, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "%s", parsed->verb ?
				       parsed->verb : "(none)");

	for (size_t i = 0; i < parsed->nwords && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "|%s%s%s",
					 parsed->words[i].key,
					 parsed->words[i].value ? "=" : "",
					 parsed->words[i].value ?
						 parsed->words[i].value : "");
}

static const struct {
	const char *line;
	int err;
	const char *words;
	const char *why;
} line_rows[] = {
	{ "", 0, "(none)", "empty" },
	{ " \t ", 0, "(none)", "only white space" },
	{ "# hold op=write", 0, "(none)", "only a comment" },
	{ "list", 0, "list", "a verb alone" },
	{ "hold op=write off=4096", 0, "hold|op=write|off=4096",
	  "a verb and words" },
	{ "  hold\top=write  ", 0, "hold|op=write",
	  "white space anywhere" },
	{ "open fd=t direct &", 0, "open|fd=t|direct|&",
	  "words without a value" },
	{ "hold path=", 0, "hold|path=", "an empty value" },
	{ "mark text=a=b", 0, "mark|text=a=b", "only the first =" },
	{ "a=b c=d", 0, "a=b|c=d", "a verb is not cut at =" },
	{ "list # all of them", 0, "list", "a comment at the end" },
	{ "open path=a#b", 0, "open|path=a#b",
	  "# inside a word is no comment" },
	{ "open path=\"a b\"", 0, "open|path=a b", "quoted value" },
	{ "open \"path=a b\"", 0, "open|path=a b",
	  "a quoted = does not separate (seen as a flag)" },
	{ "mark text=\"#1\"", 0, "mark|text=#1", "quoted comment" },
	{ "mark \"#1\"", 0, "mark|#1",
	  "a quote at the start of a word, then #" },
	{ "mark text=\"say \\\"hi\\\"\"", 0, "mark|text=say \"hi\"",
	  "quotes inside quotes" },
	{ "mark text=\"a\\\\b\"", 0, "mark|text=a\\b",
	  "a backslash inside quotes" },
	{ "mark text=\"a\\nb\"", 0, "mark|text=a\\nb",
	  "no other escape inside quotes" },
	{ "mark text=a\\\\b", 0, "mark|text=a\\\\b",
	  "no escape outside quotes" },
	{ "mark text=\"\"", 0, "mark|text=", "quoted and empty" },
	{ "mark text=\"a\"b\"c\"", 0, "mark|text=abc",
	  "quotes in the middle of a word" },
	{ "mark text=\"a\tb\"", 0, "mark|text=a\tb", "quoted tab" },
	{ "mark text=\303\244", 0, "mark|text=\303\244", "UTF-8" },
	{ "mark text=\377", 0, "mark|text=\377", "a path's odd byte" },
	{ "list\n", 0, "list", "newline at the end" },
	{ "list\r\n", 0, "list", "newline of a telnet client" },
	{ "mark text=\"a", -EINVAL, NULL, "open quote" },
	{ "mark text=a\"", -EINVAL, NULL, "open quote at the end" },
	{ "mark text=\"a\\\"", -EINVAL, NULL,
	  "an escaped quote does not close" },
	{ "list\nlist", -EINVAL, NULL, "two lines" },
	{ "list\n\n", -EINVAL, NULL, "two newlines" },
	{ "mark text=a\033[2J", -EINVAL, NULL, "escape sequence" },
	{ "mark text=a\177", -EINVAL, NULL, "delete" },
	{ "mark text=\"\001\"", -EINVAL, NULL, "quoted control" },
	{ "list # \001", -EINVAL, NULL, "control in a comment" },
	{ "hold =write", -EINVAL, NULL, "no key" },
	{ "hold \"\"", -EINVAL, NULL, "an empty word" },
};

static void lines(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(line_rows); i++) {
		struct parse_line parsed;
		char words[256] = "";
		int err = parse_line_init(&parsed, line_rows[i].line);

		if (!err)
			describe(&parsed, words, sizeof(words));
		if (err != line_rows[i].err ||
		    (!err && strcmp(words, line_rows[i].words) != 0))
			fail_msg("%s: '%s' gave %d and %s", line_rows[i].why,
				 line_rows[i].line, err, words);
		if (!err)
			parse_line_deinit(&parsed);
	}
}

static void quoted_word_is_a_flag(void **state UNUSED)
{
	struct parse_line parsed;

	assert_int_equal(parse_line_init(&parsed, "open \"path=t\""), 0);
	assert_null(parse_line_get(&parsed, "path"));
	assert_string_equal(parse_line_get(&parsed, "path=t"), "");
	parse_line_deinit(&parsed);
}

static void number_of_words(void **state UNUSED)
{
	char line[8 + 2 * (PARSE_MAX_WORDS + 1)] = "verb";
	struct parse_line parsed;

	for (size_t i = 0; i < PARSE_MAX_WORDS; i++)
		strcat(line, " x");
	assert_int_equal(parse_line_init(&parsed, line), 0);
	assert_int_equal(parsed.nwords, PARSE_MAX_WORDS);
	parse_line_deinit(&parsed);

	strcat(line, " x");
	assert_int_equal(parse_line_init(&parsed, line), -E2BIG);
	assert_null(parsed.verb);
}

static void asked_and_not_asked(void **state UNUSED)
{
	struct parse_line parsed;

	assert_int_equal(parse_line_init(&parsed,
					 "hold op=write sync of=1 op=read"), 0);
	assert_string_equal(parse_line_unused(&parsed), "op");
	assert_string_equal(parse_line_get(&parsed, "op"), "write");
	assert_string_equal(parse_line_get(&parsed, "sync"), "");
	assert_null(parse_line_get(&parsed, "off"));
	assert_string_equal(parse_line_unused(&parsed), "of");
	assert_string_equal(parse_line_get(&parsed, "of"), "1");
	/* The second op= would be ignored: it has to be complained about. */
	assert_string_equal(parse_line_get(&parsed, "op"), "write");
	assert_string_equal(parse_line_unused(&parsed), "op");
	parse_line_deinit(&parsed);

	assert_int_equal(parse_line_init(&parsed, "list"), 0);
	assert_null(parse_line_unused(&parsed));
	parse_line_deinit(&parsed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(lines),
		cmocka_unit_test(quoted_word_is_a_flag),
		cmocka_unit_test(number_of_words),
		cmocka_unit_test(asked_and_not_asked),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
