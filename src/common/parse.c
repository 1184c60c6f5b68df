/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to values. Numbers are plain: no sign, no white space, no octal, no
 * locale. A duration is computed in integers, and what is less than a
 * nanosecond of it is dropped.
 *
 * A line is checked for control characters first and then cut in place in one
 * pass: since removing quotes only shortens a word, the copy needs no second
 * buffer.
 */
#include "common/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* The digits at *@text, which moves behind them; at least one. */
static int take_digits(const char **text, int base, uint64_t *value_ret)
{
	uint64_t value = 0;
	const char *c = *text;

	if (digit_value(*c) >= base)
		return -EINVAL;
	for (; digit_value(*c) < base; c++)
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit_value(*c),
					   &value))
			return -ERANGE;
	*text = c;
	*value_ret = value;
	return 0;
}

/* A decimal or hexadecimal number at *@text, which moves behind it. */
static int take_number(const char **text, uint64_t *value_ret)
{
	const char *c = *text;

	if (c[0] == '0' && (c[1] == 'x' || c[1] == 'X')) {
		*text = c + 2;
		return take_digits(text, 16, value_ret);
	}
	return take_digits(text, 10, value_ret);
}

int parse_u64(const char *text, uint64_t *value_ret)
{
	uint64_t value;
	int err = take_number(&text, &value);

	if (err)
		return err;
	if (*text)
		return -EINVAL;
	*value_ret = value;
	return 0;
}

int parse_size(const char *text, uint64_t *bytes_ret)
{
	static const char suffixes[] = "kmgt";
	uint64_t value;
	int err = take_number(&text, &value);

	if (err)
		return err;
	if (*text) {
		const char *suffix = strchr(suffixes,
					    tolower((unsigned char)*text));
		uint64_t unit;

		if (!suffix || text[1])
			return -EINVAL;
		unit = 1ULL << (10 * (suffix - suffixes + 1));
		if (__builtin_mul_overflow(value, unit, &value))
			return -ERANGE;
	}
	*bytes_ret = value;
	return 0;
}

/* The unit named by all of @text [ns], 0 when there is no such unit. */
static uint64_t duration_unit(const char *text)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "", 1000000000 },
		{ "ns", 1 },
		{ "us", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "m", 60000000000 },
		{ "h", 3600000000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(text, units[i].name) == 0)
			return units[i].ns;
	return 0;
}

/*
 * @unit times the decimal fraction of @ndigits @digits. An hour has 13 digits
 * of nanoseconds; what stands behind the 18th digit cannot matter.
 */
static uint64_t fraction_of(uint64_t unit, const char *digits, size_t ndigits)
{
	unsigned __int128 value = 0;
	uint64_t scale = 1;

	for (size_t i = 0; i < ndigits && i < 18; i++) {
		value = value * 10 + (unsigned int)digit_value(digits[i]);
		scale *= 10;
	}
	return (uint64_t)(value * unit / scale);
}

int parse_duration(const char *text, uint64_t *ns_ret)
{
	const char *fraction = "";
	size_t ndigits = 0;
	uint64_t whole, unit, ns;
	int err = take_digits(&text, 10, &whole);

	if (err)
		return err;
	if (*text == '.') {
		fraction = text + 1;
		ndigits = strspn(fraction, "0123456789");
		if (ndigits == 0)
			return -EINVAL;
		text = fraction + ndigits;
	}
	unit = duration_unit(text);
	if (unit == 0)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, unit, &ns) ||
	    __builtin_add_overflow(ns, fraction_of(unit, fraction, ndigits),
				   &ns))
		return -ERANGE;
	*ns_ret = ns;
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut the end of line off; is the rest free of control characters? */
static bool is_clean(char *text)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len > 0 && text[len - 1] == '\r')
		text[--len] = '\0';
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 0x7f)
			return false;
	return true;
}

/*
 * Take the quotes off the word at *@from and end it with a NUL; *@from moves
 * behind it. @value_ret: behind the first '=' outside quotes, or NULL.
 */
static int cut_word(char **from, char **value_ret)
{
	char *in = *from;
	char *out = in;
	bool quoted = false;

	*value_ret = NULL;
	for (; *in && (quoted || !is_space(*in)); in++) {
		if (*in == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && in[0] == '\\' && (in[1] == '"' || in[1] == '\\'))
			in++;
		else if (!quoted && *in == '=' && !*value_ret)
			*value_ret = out + 1;
		*out++ = *in;
	}
	if (quoted)
		return -EINVAL;
	/* Looked at before the NUL below may fall on it. */
	*from = *in ? in + 1 : in;
	*out = '\0';
	return 0;
}

static int add_word(struct parse_line *parsed, char *word, char *value)
{
	if (!parsed->verb) {
		parsed->verb = word;
		return 0;
	}
	if (parsed->nwords == PARSE_MAX_WORDS)
		return -E2BIG;
	if (value)
		value[-1] = '\0';
	if (!*word)
		return -EINVAL;
	parsed->words[parsed->nwords].key = word;
	parsed->words[parsed->nwords].value = value;
	parsed->nwords++;
	return 0;
}

static int cut_line(struct parse_line *parsed, char *text)
{
	for (;;) {
		char *word, *value;
		int err;

		while (is_space(*text))
			text++;
		if (!*text || *text == '#')
			return 0;
		word = text;
		err = cut_word(&text, &value);
		if (!err)
			err = add_word(parsed, word, value);
		if (err)
			return err;
	}
}

void parse_line_deinit(struct parse_line *parsed)
{
	free(parsed->text);
	memset(parsed, 0, sizeof(*parsed));
}

int parse_line_init(struct parse_line *parsed, const char *line)
{
	memset(parsed, 0, sizeof(*parsed));

	char *text = strdup(line);

	if (!text)
		return -ENOMEM;
	parsed->text = text;

	int err = is_clean(text) ? cut_line(parsed, text) : -EINVAL;

	if (err)
		parse_line_deinit(parsed);
	return err;
}

const char *parse_line_get(struct parse_line *parsed, const char *key)
{
	for (size_t i = 0; i < parsed->nwords; i++) {
		if (strcmp(parsed->words[i].key, key) != 0)
			continue;
		parsed->words[i].used = true;
		return parsed->words[i].value ? parsed->words[i].value : "";
	}
	return NULL;
}

const char *parse_line_unused(const struct parse_line *parsed)
{
	for (size_t i = 0; i < parsed->nwords; i++)
		if (!parsed->words[i].used)
			return parsed->words[i].key;
	return NULL;
}
