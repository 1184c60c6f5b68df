/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings where others look.
 *
 * The kernel lets ten lines pass of each descriptor of /dev/kmsg in five seconds
 * (printk.devkmsg=ratelimit, the default; kernel/printk/printk.c:devkmsg_write(),
 * 6.18), and says nothing to who has written the others. So there are never more:
 * a sink may write BURST lines at once and one more a second. A test that begins
 * when a storm is just over waits a second for its first line, not five. What was
 * left out is said in the next line, and at the end in one without "WARNING:",
 * because that may fall into the window of a test that is not to blame.
 *
 * syslog(3) would wait for a syslogd that has no room, and whoever writes an
 * event has the lock of the log. So datagrams are sent as it would send them, and
 * one that has no place is counted with those left out.
 */
#include "daemon/alert.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <pinfs/event.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/utf8.h"

#define KMSG "/dev/kmsg"

enum {
	BURST = 4,
	/* Longer ones are refused (devkmsg_write(): PRINTKRB_RECORD_MAX). */
	LINE_SIZE = 960,
	PATH_SIZE = 512,	/* of a path with its escapes */
	NAME_SIZE = 64,
};

struct sink {
	uint64_t events;
	int fd;
	unsigned int left;	/* lines that may be written now */
	uint64_t since_ns;	/* since when: one more a second from then on */
	uint64_t omitted;	/* lines since the last one that was written */
};

struct alert {
	const char *mountpoint;
	struct sink sinks[ALERT_SINKS];
};

/* ---- classes ---- */

enum class {
#define CLASS(name, keys, help) CLASS_##name,
	PINFS_EVENTS(CLASS)
#undef CLASS
};

#define OR_BIT(name) | UINT64_C(1) << CLASS_##name
#define FINDING (0 PINFS_EVENTS_FINDING(OR_BIT))
#define DOUBT (0 PINFS_EVENTS_DOUBT(OR_BIT))

static const struct {
	const char *name;
	uint64_t events;
} classes[] = {
	{ "finding", FINDING },
	{ "doubt", DOUBT },
	{ "all", FINDING | DOUBT },
#define ROW(name, keys, help) { #name, UINT64_C(1) << CLASS_##name },
	PINFS_EVENTS(ROW)
#undef ROW
};

/* Return: 0: there is none of that name. */
static uint64_t find_class(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (strlen(classes[i].name) == len &&
		    !memcmp(classes[i].name, word, len))
			return classes[i].events;
	return 0;
}

const char *alert_parse(const char *words, uint64_t *events_ret)
{
	static char bad[64];
	uint64_t events = 0;

	for (;;) {
		size_t len = strcspn(words, ",:");
		uint64_t found = find_class(words, len);

		if (!found) {
			snprintf(bad, sizeof(bad), "%.*s", (int)len, words);
			return bad;
		}
		events |= found;
		if (!words[len])
			break;
		words += len + 1;
	}
	*events_ret = events;
	return NULL;
}

/* ---- texts ---- */

/* A text on its way, cut at its end; there is always a NUL. */
struct text {
	char *to;
	size_t size;
	size_t used;
};

PRINTF(2, 3)
static void add(struct text *text, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text->to + text->used, text->size - text->used, fmt, args);
	va_end(args);
	if (n > 0)
		text->used = MIN(text->used + (size_t)n, text->size - 1);
}

/* Control characters, those of U+0080 to U+009F as well. */
static bool is_control(const unsigned char *at, size_t len)
{
	return (len == 1 && (*at < ' ' || *at == 0x7f)) ||
	       (len == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

/* As one word that a reader can take apart again; what is too long ends in "...". */
static void escape(char *to, size_t size, const char *from)
{
	const unsigned char *at = (const unsigned char *)from;
	struct text text = { .to = to, .size = size };

	*to = '\0';
	while (*at && text.used + sizeof("\\xNN\\xNN...") < size) {
		size_t len = MAX(utf8_length(at), (size_t)1);

		if (is_control(at, len) || (len == 1 && *at >= 0x80))
			for (size_t i = 0; i < len; i++)
				add(&text, "\\x%02x", at[i]);
		else
			add(&text, "%s%.*s", strchr("\"\\", *at) ? "\\" : "",
			    (int)len, (const char *)at);
		at += len;
	}
	if (*at)
		add(&text, "...");
}

static void add_suspect(struct text *text, const json_t *keys)
{
	const json_t *suspect = json_array_get(json_object_get(keys, "suspects"),
					       0);
	const char *comm = json_string_value(json_object_get(suspect, "comm"));
	char name[NAME_SIZE];

	if (!comm)
		return;
	escape(name, sizeof(name), comm);
	add(text, ", by \"%s\" (%lld)", name, (long long)
	    json_integer_value(json_object_get(suspect, "pid")));
}

static void describe(struct text *text, const struct alert *alert,
		     const char *name, uint64_t seq, const json_t *keys)
{
	const char *path = json_string_value(json_object_get(keys, "path"));
	const char *cause = json_string_value(json_object_get(keys, "cause"));
	const json_t *block = json_object_get(keys, "block");
	char word[PATH_SIZE];

	add(text, "%s:", name);
	if (path) {
		escape(word, sizeof(word), path);
		add(text, " \"%s\"", word);
	}
	if (block)
		add(text, " block %lld", (long long)json_integer_value(block));
	if (cause) {
		escape(word, NAME_SIZE, cause);
		add(text, ", cause %s", word);
	}
	add_suspect(text, keys);
	escape(word, sizeof(word) / 2, alert->mountpoint);
	add(text, "%s event %llu of \"%s\"", path ? "," : "",
	    (unsigned long long)seq, word);
}

/* ---- sinks ---- */

static int connect_syslog(int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = _PATH_LOG };

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) ?
		-errno : 0;
}

static int open_syslog(void)
{
	autoclose int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC |
				  SOCK_NONBLOCK, 0);
	int err = fd < 0 ? -errno : connect_syslog(fd);

	return err ? err : steal_fd(&fd);
}

static int open_kmsg(void)
{
	int fd = open(KMSG, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

/* Return: the descriptor or -errno; a message has been logged. */
static int open_sink(enum alert_where where)
{
	static const struct {
		int (*open)(void);
		const char *option;
		const char *file;
	} kinds[] = {
		[ALERT_KMSG] = { open_kmsg, "kmsg", KMSG },
		[ALERT_SYSLOG] = { open_syslog, "syslog", _PATH_LOG },
	};
	int fd = kinds[where].open();

	/* devkmsg_open() (6.18) says EPERM, a file's mode EACCES. */
	if (fd < 0)
		log_err("%s: cannot write to '%s': %s%s", kinds[where].option,
			kinds[where].file, strerror(-fd),
			where == ALERT_KMSG && fd == -EPERM ?
			" (printk.devkmsg=off?)" : "");
	return fd;
}

static int send_syslog(int fd, const char *text)
{
	char line[LINE_SIZE + 64];
	char stamp[32];
	time_t now = time(NULL);
	struct tm local;
	int len;

	localtime_r(&now, &local);
	strftime(stamp, sizeof(stamp), "%b %e %T", &local);
	len = snprintf(line, sizeof(line), "<%d>%s pinfs[%d]: %s",
		       LOG_DAEMON | LOG_WARNING, stamp, (int)getpid(), text);
	for (int tries = 0; ; tries++) {
		if (send(fd, line, (size_t)len, MSG_NOSIGNAL) >= 0)
			return 0;
		/* It has been started anew, and its socket is another. */
		if ((errno != ECONNREFUSED && errno != ENOTCONN) || tries)
			return -errno;
		if (connect_syslog(fd))
			return -errno;
	}
}

/* @warning: a finding, and not what is left to be said of some */
static int send_line(const struct alert *alert, enum alert_where where,
		     const char *text, bool warning)
{
	int fd = alert->sinks[where].fd;
	char line[LINE_SIZE + 32];
	int len;

	if (where == ALERT_SYSLOG)
		return send_syslog(fd, text);
	len = snprintf(line, sizeof(line), "<%d>%spinfs: %s\n", LOG_WARNING,
		       warning ? "WARNING: " : "", text);
	return write(fd, line, (size_t)len) < 0 ? -errno : 0;
}

/* May one more line be written now? */
static bool take_turn(struct sink *sink)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t seconds = (now_ns - sink->since_ns) / CLOCK_NS_PER_SEC;

	if (seconds >= BURST || sink->left == BURST) {
		sink->left = BURST;
		sink->since_ns = now_ns;
	} else {
		sink->left = MIN(sink->left + (unsigned int)seconds,
				 (unsigned int)BURST);
		sink->since_ns += seconds * CLOCK_NS_PER_SEC;
	}
	if (!sink->left)
		return false;
	sink->left--;
	return true;
}

void alert_event(struct alert *alert, const char *name, uint64_t seq,
		 const json_t *keys)
{
	uint64_t event = find_class(name, strlen(name));

	for (int i = 0; alert && i < ALERT_SINKS; i++) {
		struct sink *sink = &alert->sinks[i];
		char line[LINE_SIZE];
		struct text text = { .to = line, .size = sizeof(line) };

		if (sink->fd < 0 || !(sink->events & event))
			continue;
		if (!take_turn(sink)) {
			sink->omitted++;
			continue;
		}
		describe(&text, alert, name, seq, keys);
		if (sink->omitted)
			add(&text, " (%llu before it not shown)",
			    (unsigned long long)sink->omitted);
		if (send_line(alert, (enum alert_where)i, line, true))
			sink->omitted++;
		else
			sink->omitted = 0;
	}
}

/* ---- construction ---- */

int alert_create(const char *mountpoint,
		 const struct alert_sink sinks[ALERT_SINKS],
		 struct alert **alert_ret)
{
	struct alert *alert = calloc(1, sizeof(*alert));

	for (int i = 0; i < ALERT_SINKS; i++) {
		if (alert)
			alert->sinks[i] = (struct sink){
				.events = sinks[i].events, .fd = sinks[i].fd,
				.left = BURST,
			};
		else if (sinks[i].fd >= 0)
			close(sinks[i].fd);
	}
	if (!alert)
		return -ENOMEM;
	alert->mountpoint = mountpoint;
	*alert_ret = alert;
	return 0;
}

int alert_open(const char *mountpoint, const uint64_t events[ALERT_SINKS],
	       struct alert **alert_ret)
{
	struct alert_sink sinks[ALERT_SINKS];
	bool wanted = false;
	int err = 0;

	for (int i = 0; i < ALERT_SINKS; i++) {
		sinks[i] = (struct alert_sink){ .events = events[i], .fd = -1 };
		if (!events[i] || err)
			continue;
		wanted = true;
		sinks[i].fd = open_sink((enum alert_where)i);
		err = MIN(sinks[i].fd, 0);
	}
	if (wanted && !err)
		return alert_create(mountpoint, sinks, alert_ret);
	for (int i = 0; i < ALERT_SINKS; i++)
		if (sinks[i].fd >= 0)
			close(sinks[i].fd);
	return err;
}

void alert_destroy(struct alert *alert)
{
	if (!alert)
		return;
	for (int i = 0; i < ALERT_SINKS; i++) {
		const struct sink *sink = &alert->sinks[i];
		char text[64];

		if (sink->fd < 0)
			continue;
		snprintf(text, sizeof(text), "%llu events more are not shown",
			 (unsigned long long)sink->omitted);
		/* Nobody is left to be told when that has no room either. */
		if (sink->omitted)
			(void)!send_line(alert, (enum alert_where)i, text,
					 false);
		close(sink->fd);
	}
	free(alert);
}
