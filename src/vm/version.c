/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the order of versions: that of Debian's packages (Debian Policy Manual,
 * 5.6.12), but that "-rc3" is read as "~rc3": a kernel that was just built, and a
 * package that the kernel's own makefiles have made, have upstream's name for it.
 *
 * Texts of non-digits and numbers take turns. In a text letters come before all
 * else, and '~' before everything, the end included.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vm/kernel.h"

/* Does "-rc3" begin there? */
static bool is_candidate(const char *text)
{
	return strncmp(text, "-rc", 3) == 0 && isdigit((unsigned char)text[3]);
}

static int rank_at(const char *text)
{
	char c = *text;

	if (isdigit((unsigned char)c) || c == '\0')
		return 0;
	if (c == '~' || is_candidate(text))
		return -1;
	if (isalpha((unsigned char)c))
		return (unsigned char)c;
	return (unsigned char)c + 256;
}

static bool is_digit_at(const char *text, const char *end)
{
	return text < end && isdigit((unsigned char)*text);
}

/* Numbers of any length: without zeros in front the longer one is larger. */
static int compare_numbers(const char **a, const char *a_end, const char **b,
			   const char *b_end)
{
	int first = 0;

	while (*a < a_end && **a == '0')
		(*a)++;
	while (*b < b_end && **b == '0')
		(*b)++;
	while (is_digit_at(*a, a_end) && is_digit_at(*b, b_end)) {
		if (!first)
			first = **a - **b;
		(*a)++;
		(*b)++;
	}
	if (is_digit_at(*a, a_end))
		return 1;
	return is_digit_at(*b, b_end) ? -1 : first;
}

static int compare_parts(const char *a, const char *a_end, const char *b,
			 const char *b_end)
{
	while (a < a_end || b < b_end) {
		int difference;

		while ((a < a_end && !is_digit_at(a, a_end)) ||
		       (b < b_end && !is_digit_at(b, b_end))) {
			difference = rank_at(a < a_end ? a : "") -
				     rank_at(b < b_end ? b : "");
			if (difference)
				return difference;
			a++;
			b++;
		}
		difference = compare_numbers(&a, a_end, &b, b_end);
		if (difference)
			return difference;
	}
	return 0;
}

/* [EPOCH:]UPSTREAM[-REVISION]; none is like 0. */
struct version {
	const char *epoch, *epoch_end;
	const char *upstream, *upstream_end;
	const char *revision, *revision_end;
};

static struct version cut(const char *text)
{
	const char *end = text + strlen(text);
	const char *colon = strchr(text, ':');
	const char *dash = strrchr(text, '-');
	const char *start = colon ? colon + 1 : text;

	if (dash && (dash < start || is_candidate(dash)))
		dash = NULL;
	return (struct version){
		.epoch = text,
		.epoch_end = colon ? colon : text,
		.upstream = start,
		.upstream_end = dash ? dash : end,
		.revision = dash ? dash + 1 : end,
		.revision_end = end,
	};
}

int vm_version_compare(const char *a, const char *b)
{
	struct version first = cut(a);
	struct version second = cut(b);
	int difference = compare_parts(first.epoch, first.epoch_end,
				       second.epoch, second.epoch_end);

	if (!difference)
		difference = compare_parts(first.upstream, first.upstream_end,
					   second.upstream,
					   second.upstream_end);
	if (!difference)
		difference = compare_parts(first.revision, first.revision_end,
					   second.revision,
					   second.revision_end);
	return difference;
}
