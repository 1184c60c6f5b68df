/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the counting of what a mount has found, and its classes and sets. */
#include "client/tally.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/unixsock.h"

enum { LINE_MAX_BYTES = 16 << 20 };

static const char *const names[TALLY_CLASSES] = {
#define NAME(name, keys, help) [TALLY_##name] = #name,
	PINFS_EVENTS(NAME)
#undef NAME
};

/* The daemon's counter of a class. */
static const char *const counters[TALLY_CLASSES] = {
	[TALLY_unstable] = "unstable_blocks",
	[TALLY_media] = "media_blocks",
	[TALLY_adopted] = "adopted_files",
	[TALLY_settled] = "settled_blocks",
	[TALLY_lost] = "lost_blocks",
	[TALLY_declared] = "declared_differing",
	[TALLY_source] = "source_blocks",
	[TALLY_receipt] = "receipt_differing",
	[TALLY_suppressed] = "suppressed_events",
	[TALLY_copied] = "copied_writes",
	[TALLY_expired] = "expired_holds",
	[TALLY_interrupted] = "interrupted_holds",
	[TALLY_injected] = "injections",
	[TALLY_dropped] = "dropped_events",
};

#define BIT(class) (UINT64_C(1) << TALLY_##class)
#define OR_BIT(class) | BIT(class)
#define FINDING (0 PINFS_EVENTS_FINDING(OR_BIT))
#define DOUBT (0 PINFS_EVENTS_DOUBT(OR_BIT))

static const struct {
	const char *name;
	uint64_t classes;
} sets[] = {
	{ "finding", FINDING },
	{ "doubt", DOUBT },
	{ "all", FINDING | DOUBT },
};

/* Every mount has these. */
static const uint64_t never = BIT(mount) | BIT(unmount);

/* Return: 0: there is no such class or set. */
static uint64_t find_classes(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (strlen(sets[i].name) == len &&
		    strncmp(sets[i].name, word, len) == 0)
			return sets[i].classes;
	for (size_t i = 0; i < TALLY_CLASSES; i++)
		if (strlen(names[i]) == len && strncmp(names[i], word, len) == 0)
			return UINT64_C(1) << i & ~never;
	return 0;
}

const char *tally_parse(const char *words, uint64_t *classes_ret)
{
	static char bad[64];
	uint64_t classes = 0;

	for (;;) {
		size_t len = strcspn(words, ",");
		uint64_t found = find_classes(words, len);

		if (!found) {
			snprintf(bad, sizeof(bad), "%.*s", (int)len, words);
			return bad;
		}
		classes |= found;
		if (!words[len])
			break;
		words += len + 1;
	}
	*classes_ret |= classes;
	return NULL;
}

void tally_names(uint64_t classes, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < TALLY_CLASSES && used < size; i++)
		if (classes & UINT64_C(1) << i)
			used += (size_t)snprintf(text + used, size - used,
						 "%s%s", used ? ", " : "",
						 names[i]);
}

void tally_print_sets(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		char text[256];

		tally_names(sets[i].classes, text, sizeof(text));
		printf("  %-10s %s\n", sets[i].name, text);
	}
}

static void raise_to(uint64_t *count, const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	if (value > 0 && (uint64_t)value > *count)
		*count = (uint64_t)value;
}

void tally_add_status(struct tally *tally, const json_t *reply)
{
	const json_t *object = json_object_get(reply, "counters");

	for (size_t i = 0; i < TALLY_CLASSES; i++)
		if (counters[i])
			raise_to(&tally->counts[i], object, counters[i]);
	raise_to(&tally->writes, object, "writes");
	raise_to(&tally->live_writes, object, "live_writes");
}

const char *tally_cause(const char *counter)
{
	static const char prefix[] = "unstable_";
	const char *cause = counter + strlen(prefix);

	if (strncmp(counter, prefix, strlen(prefix)))
		return NULL;
	/* These two count all of them. */
	return strcmp(cause, "blocks") && strcmp(cause, "writes") ? cause : NULL;
}

/* What the lines say, before it is compared with what the counters say. */
struct count {
	uint64_t counts[TALLY_CLASSES];
	uint64_t lines;
	uint64_t seq;	/* the last one */
};

/* These two are about others, and say how many. */
static uint64_t weight(enum tally_class class, const json_t *line)
{
	if (class != TALLY_suppressed && class != TALLY_dropped)
		return 1;
	return (uint64_t)json_integer_value(json_object_get(line, "count"));
}

static void count_line(struct tally *tally, struct count *count,
		       const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "event"));

	if (!name)
		return;
	count->lines++;
	raise_to(&count->seq, line, "seq");
	for (size_t i = 0; i < TALLY_CLASSES; i++)
		if (strcmp(names[i], name) == 0)
			count->counts[i] += weight((enum tally_class)i, line);
	if (strcmp(name, "unmount") != 0)
		return;
	tally->ended = true;
	raise_to(&tally->writes, line, "writes");
	raise_to(&tally->live_writes, line, "live_writes");
	raise_to(&tally->lost_requests, line, "lost_requests");
	raise_to(&tally->counts[TALLY_unstable], line, "unstable_blocks");
}

static void take_over(struct tally *tally, struct count *count, uint64_t seq)
{
	/* Numbers that no line has. */
	if (count->seq > seq + count->lines)
		count->counts[TALLY_dropped] =
			MAX(count->counts[TALLY_dropped],
			    count->seq - seq - count->lines);
	for (size_t i = 0; i < TALLY_CLASSES; i++)
		tally->counts[i] = MAX(tally->counts[i], count->counts[i]);
}

int tally_add_log(struct tally *tally, int fd, off_t mark, uint64_t seq)
{
	struct unixsock_reader reader;
	struct count count = { .seq = seq };
	struct stat attr;
	int err = 0;

	if (fstat(fd, &attr) < 0)
		return -errno;
	if (attr.st_size < mark)
		return -ESTALE;
	if (lseek(fd, mark, SEEK_SET) < 0)
		return -errno;
	unixsock_reader_init(&reader, fd, LINE_MAX_BYTES);
	while (!err || err == -EILSEQ || err == -EMSGSIZE) {
		char *text = NULL;
		json_t *line;

		err = unixsock_read_line(&reader, CLOCK_NEVER, &text);
		if (err)
			continue;
		line = json_loads(text, 0, NULL);
		count_line(tally, &count, line);
		json_decref(line);
		free(text);
	}
	unixsock_reader_deinit(&reader);
	if (err != -EPIPE)
		return err;
	take_over(tally, &count, seq);
	return 0;
}

uint64_t tally_found(const struct tally *tally, uint64_t classes)
{
	uint64_t found = 0;

	for (size_t i = 0; i < TALLY_CLASSES; i++)
		if (tally->counts[i])
			found |= UINT64_C(1) << i;
	return found & classes;
}

/* Classes that the summary has in any case, or that are no matter of it. */
static const uint64_t elsewhere = BIT(mount) | BIT(unmount) | BIT(mark) |
	BIT(unstable) | BIT(settled) | BIT(lost) | BIT(media);

void tally_describe(const struct tally *tally, char *text, size_t size)
{
	const uint64_t *counts = tally->counts;
	int len = snprintf(text, size, "%llu writes, %llu looked at twice, "
			   "%llu unstable block%s (%llu settled), %llu lost, "
			   "%llu media",
			   (unsigned long long)tally->writes,
			   (unsigned long long)tally->live_writes,
			   (unsigned long long)counts[TALLY_unstable],
			   counts[TALLY_unstable] == 1 ? "" : "s",
			   (unsigned long long)counts[TALLY_settled],
			   (unsigned long long)counts[TALLY_lost],
			   (unsigned long long)counts[TALLY_media]);
	size_t used = len < 0 ? 0 : (size_t)len;

	for (size_t i = 0; i < TALLY_CLASSES && used < size; i++)
		if (counts[i] && !(elsewhere & UINT64_C(1) << i))
			used += (size_t)snprintf(text + used, size - used,
						 ", %llu %s",
						 (unsigned long long)counts[i],
						 names[i]);
}
