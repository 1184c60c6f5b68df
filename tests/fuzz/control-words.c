/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See control-words.h. */
#include "control-words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"
#include "common/parse.h"

/* ---- numbers ---- */

static const uint64_t UNTOUCHED = 0x5eed5eed5eed5eed;

static void check_result(int err, uint64_t value)
{
	assert(err == 0 || err == -EINVAL || err == -ERANGE);
	assert(!err || value == UNTOUCHED);
}

/* A plain number is what strtoull(3) makes of it. */
static void check_decimal(const char *text, int err, uint64_t value)
{
	if (!*text || text[strspn(text, "0123456789")])
		return;
	errno = 0;

	unsigned long long known = strtoull(text, NULL, 10);

	assert(err == (errno == ERANGE ? -ERANGE : 0));
	assert(err || value == known);
}

void control_words_check_numbers(const char *text)
{
	uint64_t number = UNTOUCHED, size = UNTOUCHED, ns = UNTOUCHED;
	int number_err = parse_u64(text, &number);
	int size_err = parse_size(text, &size);
	int ns_err = parse_duration(text, &ns);
	uint64_t whole;

	check_result(number_err, number);
	check_result(size_err, size);
	check_result(ns_err, ns);
	check_decimal(text, number_err, number);
	/* A number is a size; and of seconds, when that fits and it is decimal. */
	assert(number_err == -EINVAL || size_err == number_err);
	assert(number_err || size == number);
	if (!number_err && text[strspn(text, "0123456789")] == '\0')
		assert(__builtin_mul_overflow(number, 1000000000ULL, &whole) ?
		       ns_err == -ERANGE : !ns_err && ns == whole);
	assert(size_err || !number_err || size % 1024 == 0);
}

/* ---- words ---- */

/* @word in quotes, behind what @to has already. */
static void append_quoted(char **to, const char *word)
{
	char *out = *to;

	*out++ = '"';
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			*out++ = '\\';
		*out++ = *word;
	}
	*out++ = '"';
	*to = out;
}

/* The words as a line again. */
static char *quoted(const struct parse_line *words, size_t len)
{
	char *line = malloc(2 * len + 8 * PARSE_MAX_WORDS + 8);
	char *to = line;

	assert(line);
	if (words->verb)
		append_quoted(&to, words->verb);
	for (size_t i = 0; i < words->nwords; i++) {
		*to++ = ' ';
		append_quoted(&to, words->words[i].key);
		if (!words->words[i].value)
			continue;
		*to++ = '=';
		append_quoted(&to, words->words[i].value);
	}
	*to = '\0';
	return line;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void check_same(const struct parse_line *a, const struct parse_line *b)
{
	assert(same(a->verb, b->verb) && a->nwords == b->nwords);
	for (size_t i = 0; i < a->nwords; i++)
		assert(same(a->words[i].key, b->words[i].key) &&
		       same(a->words[i].value, b->words[i].value));
}

/* Everybody's words can be got; then none is left but those that came twice. */
static void check_use(struct parse_line *words)
{
	const char *left;

	for (size_t i = 0; i < words->nwords; i++) {
		const char *key = words->words[i].key;
		const char *value = parse_line_get(words, key);

		assert(*key && value);
		if (words->words[i].value)
			control_words_check_numbers(words->words[i].value);
	}
	left = parse_line_unused(words);
	for (size_t i = 0; left && i < words->nwords; i++)
		if (words->words[i].key != left &&
		    !strcmp(words->words[i].key, left))
			return;
	assert(!left);
}

void control_words_check(const char *line)
{
	struct parse_line words, again;
	int err = parse_line_init(&words, line);
	char *copy;

	assert(err == 0 || err == -EINVAL || err == -E2BIG);
	if (err) {
		assert(!words.text && !words.nwords);
		return;
	}
	assert(words.nwords <= PARSE_MAX_WORDS && (words.verb || !words.nwords));
	copy = quoted(&words, strlen(line));
	assert(!parse_line_init(&again, copy));
	check_same(&words, &again);
	check_use(&words);
	parse_line_deinit(&again);
	parse_line_deinit(&words);
	free(copy);
}
