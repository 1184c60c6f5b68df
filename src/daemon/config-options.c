/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The option table, and how a value gets from its text into struct config.
 *
 * What libfuse takes is in its lib/mount.c, fuse_mount_opts[] (3.14); it does
 * not know the rest of the generic words and would refuse them.
 *
 * Relative paths are made absolute here, before the daemon leaves the working
 * directory.
 */
#include "daemon/config-options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

#define AT(member) .offset = offsetof(struct config, member)

const struct config_option config_options[] = {
	{ "cache", "writeback|through|none", KIND_CHOICE, AT(cache),
	  .value = "writeback", .help = "how the kernel caches writes" },
	{ "live", "auto|require|off", KIND_CHOICE, AT(live), .value = "auto",
	  .help = "look twice; require: or do not mount" },
	{ "policy", "report|rewrite|fail|zerocopy", KIND_CHOICE, AT(policy),
	  .value = "report", .help = "if a page has changed" },
	{ "verify", "fail|report|off", KIND_CHOICE, AT(verify),
	  .value = "fail", .help = "compare reads with checksums" },
	{ "csum", "on|off", KIND_CHOICE, AT(csum), .value = "on",
	  .help = "keep checksums of what is written" },
	{ "peek", "auto|on|off", KIND_CHOICE, AT(peek), .value = "auto",
	  .help = "look into O_DIRECT writers' buffers" },
	{ "suspects", "on|off", KIND_CHOICE, AT(suspects), .value = "on",
	  .help = "look for who has changed a page" },
	{ "trace", "auto|on|off", KIND_CHOICE, AT(trace), .value = "auto",
	  .help = "record the calls that change pages" },
	{ "window", "DURATION", KIND_DURATION, AT(window_ns), .value = "0",
	  .help = "least time between the two looks" },
	{ "state", "DIR", KIND_PATH, AT(state),
	  .help = "state directory, SOURCE/.pinfs without it" },
	{ "log", "FILE", KIND_PATH, AT(log),
	  .help = "event log, STATE/events.jsonl without it" },
	{ "evidence", "DIR|off", KIND_PATH_OFF, AT(evidence),
	  .help = "of findings, STATE/evidence without it" },
	{ "evidence_limit", "SIZE", KIND_SIZE, AT(evidence_limit),
	  .value = "64m", .help = "of evidence, all of it" },
	{ "evidence_files", "N", KIND_NUMBER, AT(evidence_files),
	  .max = UINT_MAX, .value = "64",
	  .help = "of evidence, about one file" },
	{ "kmsg", "CLASSES", KIND_EVENTS, AT(alert_events[ALERT_KMSG]),
	  .bare = "finding", .help = "events to the kernel's log" },
	{ "syslog", "CLASSES", KIND_EVENTS, AT(alert_events[ALERT_SYSLOG]),
	  .bare = "finding", .help = "events to syslog" },
	{ "hold_max", "DURATION", KIND_DURATION, AT(hold_max_ns),
	  .value = "30s", .help = "no hold is longer than this" },
	{ "lock_wait", "DURATION", KIND_DURATION, AT(lock_wait_ns),
	  .value = "10s", .help = "wait so long for another daemon's lock" },
	{ "watchdog", "DURATION|off", KIND_DURATION_OFF, AT(watchdog_ns),
	  .min = CLOCK_NS_PER_SEC, .value = "8s",
	  .help = "a daemon stuck for so long is ended" },
	{ "threads", "N", KIND_NUMBER, AT(threads), .max = 256, .value = "0",
	  .help = "workers; 0: one per CPU, 4 to 16" },
	{ "event_limit", "N", KIND_NUMBER, AT(event_limit), .max = UINT_MAX,
	  .value = "1000", .help = "full events per file and second" },
	{ "nosubtype", NULL, KIND_FLAG, AT(nosubtype),
	  .help = "mount as type fuse, not fuse.pinfs" },
	{ "pins_only", NULL, KIND_FLAG, AT(pins_only),
	  .help = "write(2) waits for writeback, pins do not" },
	{ "ready_fd", "N", KIND_DESCRIPTOR, AT(ready_fd), .max = INT_MAX,
	  .help = "write READY to this descriptor once serving" },
	{ "foreground", NULL, KIND_FLAG, 'f', AT(foreground),
	  .help = "stay in the foreground" },
	{ "debug", NULL, KIND_FLAG, 'd', AT(debug),
	  .help = "print debugging messages; implies -f" },
	{ "help", NULL, KIND_HELP, 'h', .help = "print this and end" },
	{ "version", NULL, KIND_VERSION, 'V', .help = "print it and end" },

	{ "allow_other", NULL, KIND_FUSE, .help = "other users may enter" },
	{ "allow_root", NULL, KIND_FUSE, .help = "root may enter" },
	{ "default_permissions", NULL, KIND_FUSE,
	  .help = "the kernel checks permissions" },
	{ "ro", NULL, KIND_FUSE, .help = "read only" },
	{ "rw", NULL, KIND_FUSE, .help = "not read only" },
	{ "dev", NULL, KIND_FUSE, .help = "device files work" },
	{ "nodev", NULL, KIND_FUSE, .help = "they do not" },
	{ "suid", NULL, KIND_FUSE, .help = "set-user-ID bits work" },
	{ "nosuid", NULL, KIND_FUSE, .help = "they do not" },
	{ "exec", NULL, KIND_FUSE, .help = "programs can be run" },
	{ "noexec", NULL, KIND_FUSE, .help = "they cannot" },
	{ "atime", NULL, KIND_FUSE, .help = "see mount(8)" },
	{ "noatime", NULL, KIND_FUSE, .help = "see mount(8)" },
	{ "sync", NULL, KIND_FUSE, .help = "see mount(8)" },
	{ "async", NULL, KIND_FUSE, .help = "see mount(8)" },
	{ "dirsync", NULL, KIND_FUSE, .help = "see mount(8)" },
	{ "max_read", "N", KIND_FUSE, .max = UINT_MAX,
	  .help = "largest read request [bytes]" },
	{ "context", "LABEL", KIND_FUSE, .help = "SELinux, see mount(8)" },
	{ "fscontext", "LABEL", KIND_FUSE, .help = "SELinux, see mount(8)" },
	{ "defcontext", "LABEL", KIND_FUSE, .help = "SELinux, see mount(8)" },
	{ "rootcontext", "LABEL", KIND_FUSE, .help = "SELinux, see mount(8)" },

	{ "defaults", .kind = KIND_DROP }, { "auto", .kind = KIND_DROP },
	{ "noauto", .kind = KIND_DROP }, { "nofail", .kind = KIND_DROP },
	{ "_netdev", .kind = KIND_DROP }, { "user", .kind = KIND_DROP },
	{ "nouser", .kind = KIND_DROP }, { "users", .kind = KIND_DROP },
	{ "nousers", .kind = KIND_DROP }, { "owner", .kind = KIND_DROP },
	{ "noowner", .kind = KIND_DROP }, { "group", .kind = KIND_DROP },
	{ "nogroup", .kind = KIND_DROP }, { "comment", .kind = KIND_DROP },
	{ "x-*", .kind = KIND_DROP }, { "X-*", .kind = KIND_DROP },
	{ "relatime", .kind = KIND_DROP }, { "norelatime", .kind = KIND_DROP },
	{ "strictatime", .kind = KIND_DROP },
	{ "nostrictatime", .kind = KIND_DROP },
	{ "diratime", .kind = KIND_DROP }, { "nodiratime", .kind = KIND_DROP },
	{ "lazytime", .kind = KIND_DROP }, { "nolazytime", .kind = KIND_DROP },
	{ "silent", .kind = KIND_DROP }, { "loud", .kind = KIND_DROP },
	/* The supervisor frees the mount point when the daemon is gone. */
	{ "auto_unmount", .kind = KIND_DROP },

	{ "remount", .kind = KIND_REFUSE,
	  .help = "not supported, unmount and mount again" },
	{ "blkdev", .kind = KIND_REFUSE,
	  .help = "SOURCE is a directory, not a block device" },
	{ "fsname", .kind = KIND_REFUSE, .help = "it is always SOURCE, or pins_only's device" },
	{ "subtype", .kind = KIND_REFUSE,
	  .help = "it is always pinfs, or none with nosubtype" },
	{ .name = NULL },
};

_Static_assert(sizeof(enum config_cache) == sizeof(unsigned int) &&
	       sizeof(enum config_live) == sizeof(unsigned int) &&
	       sizeof(enum config_verify) == sizeof(unsigned int) &&
	       sizeof(enum config_csum) == sizeof(unsigned int) &&
	       sizeof(enum config_policy) == sizeof(unsigned int) &&
	       sizeof(enum config_peek) == sizeof(unsigned int) &&
	       sizeof(enum config_suspects) == sizeof(unsigned int) &&
	       sizeof(enum config_trace) == sizeof(unsigned int),
	       "KIND_CHOICE stores an unsigned int");

enum config_action config_bad(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_err("%s", text);
	return CONFIG_BAD;
}

enum config_action config_no_memory(void)
{
	return config_bad("out of memory");
}

/* ---- one value ---- */

static enum config_action set_choice(const struct config_option *option,
				     void *field, const char *value)
{
	size_t len = strlen(value);
	const char *word = option->arg;
	char words[128] = "";
	size_t used = 0;

	for (unsigned int i = 0; ; i++) {
		size_t word_len = strcspn(word, "|");

		if (word_len == len && !memcmp(word, value, len)) {
			memcpy(field, &i, sizeof(i));
			return CONFIG_RUN;
		}
		used += (size_t)snprintf(words + used, sizeof(words) - used,
					 "%s%.*s", i ? ", " : "",
					 (int)word_len, word);
		if (!word[word_len])
			break;
		word += word_len + 1;
	}
	return config_bad("%s=%s: not one of %s", option->name, value, words);
}

static enum config_action set_duration(const struct config_option *option,
				       uint64_t *field, const char *value)
{
	if (parse_duration(value, field))
		return config_bad("%s=%s: not a duration, like 50ms or 2s",
				  option->name, value);
	return CONFIG_RUN;
}

static enum config_action set_duration_or_off(
	const struct config_option *option, uint64_t *field, const char *value)
{
	enum config_action action;

	if (!strcmp(value, "off")) {
		*field = 0;
		return CONFIG_RUN;
	}
	action = set_duration(option, field, value);
	if (action == CONFIG_RUN && *field < option->min)
		return config_bad("%s=%s: shorter than %llus; 'off' is possible",
				  option->name, value,
				  (unsigned long long)(option->min /
						       CLOCK_NS_PER_SEC));
	return action;
}

static enum config_action set_size(const struct config_option *option,
				   uint64_t *field, const char *value)
{
	if (parse_size(value, field))
		return config_bad("%s=%s: not a size, like 512k or 64m",
				  option->name, value);
	return CONFIG_RUN;
}

static enum config_action check_number(const struct config_option *option,
				       const char *value, uint64_t *number_ret)
{
	if (parse_u64(value, number_ret) || *number_ret > option->max)
		return config_bad("%s=%s: not a number from 0 to %llu",
				  option->name, value,
				  (unsigned long long)option->max);
	return CONFIG_RUN;
}

static enum config_action set_number(const struct config_option *option,
				     unsigned int *field, const char *value)
{
	uint64_t number;
	enum config_action action = check_number(option, value, &number);

	if (action == CONFIG_RUN)
		*field = (unsigned int)number;
	return action;
}

static enum config_action set_descriptor(const struct config_option *option,
					 int *field, const char *value)
{
	uint64_t number;
	enum config_action action = check_number(option, value, &number);

	if (action != CONFIG_RUN)
		return action;
	if (fcntl((int)number, F_GETFD) < 0)
		return config_bad("%s=%s: not an open descriptor",
				  option->name, value);
	*field = (int)number;
	return CONFIG_RUN;
}

char *config_absolute(const char *path)
{
	autofree char *cwd = NULL;
	char *text;

	if (path[0] == '/')
		return strdup(path);
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&text, "%s/%s", cwd, path) < 0)
		return NULL;
	return text;
}

static enum config_action set_path(const struct config_option *option,
				   char **field, const char *value)
{
	if (!*value)
		return config_bad("%s=: empty", option->name);
	free(*field);
	*field = config_absolute(value);
	if (!*field)
		return config_bad("%s=%s: %s", option->name, value,
				  strerror(errno));
	return CONFIG_RUN;
}

static enum config_action set_path_or_off(const struct config_option *option,
					  char **field, const char *value)
{
	if (strcmp(value, "off"))
		return set_path(option, field, value);
	free(*field);
	*field = strdup("");
	return *field ? CONFIG_RUN : config_no_memory();
}

static enum config_action set_events(const struct config_option *option,
				     uint64_t *field, const char *value)
{
	const char *bad = alert_parse(value, field);

	return bad ? config_bad("%s=%s: '%s' is neither an event nor a set of "
				"them", option->name, value, bad) : CONFIG_RUN;
}

/* @text with a backslash before what would end a word. NULL: no memory. */
static char *escape(const char *text)
{
	char *copy = malloc(2 * strlen(text) + 1);
	char *to = copy;

	if (!copy)
		return NULL;
	for (; *text; text++) {
		if (*text == ',' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '\0';
	return copy;
}

static enum config_action add_for_fuse(const struct config_option *option,
				       struct config *config, const char *value)
{
	autofree char *escaped = escape(value ? value : "");
	uint64_t number;
	char *joined;

	if (option->max && check_number(option, value, &number) != CONFIG_RUN)
		return CONFIG_BAD;
	if (!escaped ||
	    asprintf(&joined, "%s%s%s%s%s", config->mount_options,
		     config->mount_options[0] ? "," : "", option->name,
		     value ? "=" : "", escaped) < 0)
		return config_no_memory();
	free(config->mount_options);
	config->mount_options = joined;
	if (!strcmp(option->name, "ro"))
		config->read_only = true;
	if (!strcmp(option->name, "rw"))
		config->read_only = false;
	return CONFIG_RUN;
}

enum config_action config_set(const struct config_option *option,
				     struct config *config, const char *value)
{
	void *field = (char *)config + option->offset;

	switch (option->kind) {
	case KIND_CHOICE:
		return set_choice(option, field, value);
	case KIND_DURATION:
		return set_duration(option, field, value);
	case KIND_DURATION_OFF:
		return set_duration_or_off(option, field, value);
	case KIND_SIZE:
		return set_size(option, field, value);
	case KIND_NUMBER:
		return set_number(option, field, value);
	case KIND_DESCRIPTOR:
		return set_descriptor(option, field, value);
	case KIND_PATH:
		return set_path(option, field, value);
	case KIND_PATH_OFF:
		return set_path_or_off(option, field, value);
	case KIND_EVENTS:
		return set_events(option, field, value ? value : option->bare);
	case KIND_FLAG:
		*(bool *)field = true;
		return CONFIG_RUN;
	case KIND_HELP:
		return CONFIG_HELP;
	case KIND_VERSION:
		return CONFIG_VERSION;
	case KIND_FUSE:
		return add_for_fuse(option, config, value);
	case KIND_DROP:
		return CONFIG_RUN;
	case KIND_REFUSE:
	default:
		return config_bad("option '%s': %s", option->name,
				  option->help);
	}
}

/* ---- names ---- */

static char plain(char c)
{
	return c == '-' ? '_' : c;
}

static bool is_named(const struct config_option *option, const char *name,
		     size_t len)
{
	const char *own = option->name;

	for (size_t i = 0; i < len; i++) {
		if (own[i] == '*')
			return true;
		if (plain(own[i]) != plain(name[i]))
			return false;
	}
	return !own[len];
}

const struct config_option *config_find(const char *word)
{
	size_t len = strcspn(word, "=");

	for (const struct config_option *option = config_options; option->name;
	     option++)
		if (is_named(option, word, len))
			return option;
	return NULL;
}

const char *config_word(const struct config *config, const char *name)
{
	static _Thread_local char word[16];
	const struct config_option *option = config_find(name);
	const char *at = option->arg;
	unsigned int value;

	assert(option->kind == KIND_CHOICE);
	memcpy(&value, (const char *)config + option->offset, sizeof(value));
	while (value--)
		at += strcspn(at, "|") + 1;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, "|"), at);
	return word;
}
