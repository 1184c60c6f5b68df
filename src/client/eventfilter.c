/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the choice among events, and the reading of times for it. */
#include "client/eventfilter.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pinfs/event.h>

#include "client/tally.h"
#include "common/parse.h"

#define US_PER_SEC INT64_C(1000000)

static const char *const names[] = {
#define NAME(name, keys, help) #name,
	PINFS_EVENTS(NAME)
#undef NAME
};

/* ---- classes ---- */

/* The bit of an event; 0: there is none of that name. */
static uint64_t find_event(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return UINT64_C(1) << i;
	return 0;
}

/* tally.h has no bits for the events that every mount has. */
const char *eventfilter_classes(struct eventfilter *filter, const char *words)
{
	for (;;) {
		size_t len = strcspn(words, ",");
		char word[32];
		uint64_t bit;
		const char *bad;

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		bit = find_event(word);
		bad = bit ? NULL : tally_parse(word, &bit);
		if (bad)
			return bad;
		filter->classes |= bit;
		if (!words[len])
			return NULL;
		words += len + 1;
	}
}

/* ---- times ---- */

/* ".25" as [us]; what is finer is dropped. Return: behind it. */
static const char *take_fraction(const char *text, int64_t *us_ret)
{
	int64_t unit = US_PER_SEC / 10;

	*us_ret = 0;
	if (*text != '.' || !isdigit((unsigned char)text[1]))
		return text;
	for (text++; isdigit((unsigned char)*text); text++, unit /= 10)
		*us_ret += (*text - '0') * unit;
	return text;
}

/* "Z", "+01:00", or nothing for local time. Return: 0 or -EINVAL. */
static int take_zone(const char *text, struct tm *when, time_t *seconds_ret)
{
	int hours, minutes;

	errno = 0;
	if (!*text) {
		when->tm_isdst = -1;
		*seconds_ret = mktime(when);
		return *seconds_ret == -1 && errno ? -EINVAL : 0;
	}
	*seconds_ret = timegm(when);
	if (!strcmp(text, "Z"))
		return 0;
	if (fnmatch("[+-][0-9][0-9]:[0-9][0-9]", text, 0) ||
	    sscanf(text + 1, "%d:%d", &hours, &minutes) != 2)
		return -EINVAL;
	*seconds_ret -= (*text == '-' ? -60 : 60) *
			(time_t)(hours * 60 + minutes);
	return 0;
}

/* Return: behind the date, and the time if there is one; NULL: it is none. */
static const char *take_date(const char *text, struct tm *when)
{
	static const char *const times[] = { "%H:%M:%S", "%H:%M" };
	const char *rest;

	/* Only digits begin it, and not the blanks that strptime(3) skips. */
	if (!isdigit((unsigned char)*text))
		return NULL;
	rest = strptime(text, "%Y-%m-%d", when);
	if (!rest || (*rest != 'T' && *rest != ' '))
		return rest;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		const char *end = strptime(rest + 1, times[i], when);

		if (end)
			return end;
	}
	return NULL;
}

int eventfilter_time(const char *text, int64_t now_us, int64_t *us_ret)
{
	struct tm when = { 0 };
	uint64_t ns;
	time_t seconds;
	int64_t us;
	const char *rest;
	int err;

	if (!parse_duration(text, &ns)) {
		*us_ret = now_us - (int64_t)(ns / 1000);
		return 0;
	}
	rest = take_date(text, &when);
	if (!rest)
		return -EINVAL;
	rest = take_fraction(rest, &us);
	err = take_zone(rest, &when, &seconds);
	if (!err)
		*us_ret = seconds * US_PER_SEC + us;
	return err;
}

/* ---- the choice ---- */

static bool is_in_time(const struct eventfilter *filter, const json_t *event)
{
	const char *text = json_string_value(json_object_get(event, "time"));
	int64_t us;

	if (filter->since_us == INT64_MIN && filter->until_us == INT64_MAX)
		return true;
	return text && !eventfilter_time(text, 0, &us) &&
	       us >= filter->since_us && us < filter->until_us;
}

static bool is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;; list++) {
		size_t n = strcspn(list, ",");

		if (n == len && !memcmp(list, word, len))
			return true;
		list += n;
		if (!*list)
			return false;
	}
}

bool eventfilter_wants(const struct eventfilter *filter, const json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "event"));
	const char *path = json_string_value(json_object_get(event, "path"));
	const char *cause = json_string_value(json_object_get(event, "cause"));

	if (filter->classes && !(name && find_event(name) & filter->classes))
		return false;
	if (filter->path && !(path && !fnmatch(filter->path, path, 0)))
		return false;
	if (filter->causes && !(cause && is_listed(filter->causes, cause)))
		return false;
	return is_in_time(filter, event);
}
