/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others see of events: the text of a line whatever its path is, which
 * events get one, and how many of a storm. Time is a fake; the sinks are sockets.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/alert.h"
#include "daemon/config.h"

#include <cmocka.h>	/* last: its macros take common names */

static uint64_t now_ns = 1000 * CLOCK_NS_PER_SEC;

uint64_t clock_now_ns(void)
{
	return now_ns;
}

static struct alert *alert;
static int ends[ALERT_SINKS];	/* where we read */
static char line[4096];

static uint64_t bits(const char *words)
{
	uint64_t events = 0;

	assert_null(alert_parse(words, &events));
	return events;
}

static void begin(const char *kmsg, const char *syslog)
{
	const char *const words[] = { kmsg, syslog };
	struct alert_sink sinks[ALERT_SINKS];

	for (int i = 0; i < ALERT_SINKS; i++) {
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK,
					    0, pair), 0);
		ends[i] = pair[0];
		sinks[i] = (struct alert_sink){
			.events = words[i] ? bits(words[i]) : 0, .fd = pair[1],
		};
	}
	assert_int_equal(alert_create("/mnt/a", sinks, &alert), 0);
}

static void end(void)
{
	alert_destroy(alert);
	alert = NULL;
	for (int i = 0; i < ALERT_SINKS; i++)
		close(ends[i]);
}

/* The next line, into @line. Return: NULL: none. */
static const char *next(enum alert_where where)
{
	ssize_t n = recv(ends[where], line, sizeof(line) - 1, 0);

	if (n < 0) {
		assert_int_equal(errno, EAGAIN);
		return NULL;
	}
	line[n] = '\0';
	return n ? line : NULL;
}

static void happens(const char *name, uint64_t seq, json_t *keys)
{
	alert_event(alert, name, seq, keys);
	json_decref(keys);
}

/* ---- texts ---- */

static const struct {
	const char *path;
	const char *shown;
} paths[] = {
	{ "/a", "/a" },
	{ "/a b", "/a b" },
	{ "/a\nWARNING: b", "/a\\x0aWARNING: b" },
	{ "/q\"\\", "/q\\\"\\\\" },
	{ "/\x1b[2J\x7f", "/\\x1b[2J\\x7f" },
	{ "/\xc3\xa4", "/\xc3\xa4" },
	{ "/\xc2\x9b", "/\\xc2\\x9b" },		/* U+009B begins a sequence, too */
};

static void paths_are_one_word(UNUSED void **state)
{
	char wanted[256];

	begin("finding", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		now_ns += CLOCK_NS_PER_SEC;
		happens("lost", i, json_pack("{s:s, s:i}", "path", paths[i].path,
					     "block", 17));
		snprintf(wanted, sizeof(wanted), "<4>WARNING: pinfs: lost: "
			 "\"%s\" block 17, event %zu of \"/mnt/a\"\n",
			 paths[i].shown, i);
		assert_string_equal(next(ALERT_KMSG), wanted);
	}
	end();
}

static void cause_and_suspect_are_said(UNUSED void **state)
{
	begin("finding", NULL);
	happens("unstable", 3, json_pack(
		"{s:s, s:i, s:s, s:[{s:i, s:s}, {s:i, s:s}]}", "path", "/a",
		"block", 1, "cause", "pin", "suspects", "pid", 12, "comm",
		"a\tb", "pid", 13, "comm", "c"));
	assert_string_equal(next(ALERT_KMSG),
			    "<4>WARNING: pinfs: unstable: \"/a\" block 1, cause "
			    "pin, by \"a\\x09b\" (12), event 3 of \"/mnt/a\"\n");
	happens("unstable", 4, NULL);
	assert_string_equal(next(ALERT_KMSG), "<4>WARNING: pinfs: unstable: "
			    "event 4 of \"/mnt/a\"\n");
	end();
}

/* A record of the kernel holds less than a path. */
static void long_paths_are_cut(UNUSED void **state)
{
	char path[4000];

	memset(path, '\n', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	begin("finding", NULL);
	happens("lost", 1, json_pack("{s:s, s:i}", "path", path, "block", 17));
	assert_non_null(next(ALERT_KMSG));
	assert_true(strlen(line) < 1000);
	assert_non_null(strstr(line, "\\x0a...\" block 17, event 1 of"));
	end();
}

/* As syslog(3) writes it: <daemon.warning>, time, ident. */
static void syslog_gets_its_form(UNUSED void **state)
{
	char wanted[128];

	begin(NULL, "mark");
	happens("mark", 9, json_pack("{s:s}", "text", "t"));
	assert_null(next(ALERT_KMSG));
	assert_non_null(next(ALERT_SYSLOG));
	assert_memory_equal(line, "<28>", 4);
	assert_int_equal(line[10], ' ');
	snprintf(wanted, sizeof(wanted), " pinfs[%d]: mark: event 9 of "
		 "\"/mnt/a\"", (int)getpid());
	assert_string_equal(line + strlen("<28>Mmm dd hh:mm:ss"), wanted);
	end();
}

/* ---- classes ---- */

static const char *const findings[] = {
	"unstable", "media", "lost", "declared", "source", "receipt",
};

static void only_chosen_events_are_said(UNUSED void **state)
{
	begin("finding", "copied:lost,mark");
	for (size_t i = 0; i < ARRAY_SIZE(findings); i++) {
		now_ns += CLOCK_NS_PER_SEC;
		happens(findings[i], i, NULL);
		assert_non_null(next(ALERT_KMSG));
		assert_int_equal(next(ALERT_SYSLOG) != NULL,
				 !strcmp(findings[i], "lost"));
	}
	now_ns += 9 * CLOCK_NS_PER_SEC;
	happens("dropped", 1, NULL);
	happens("settled", 1, NULL);
	assert_null(next(ALERT_KMSG));
	assert_null(next(ALERT_SYSLOG));
	happens("copied", 1, NULL);
	assert_null(next(ALERT_KMSG));
	assert_non_null(next(ALERT_SYSLOG));
	end();
	assert_true(bits("all") == (bits("finding") | bits("doubt")));
	assert_true(bits("doubt") & bits("dropped"));
	alert_event(NULL, "lost", 1, NULL);
}

static const struct {
	const char *words;
	const char *bad;
} wrong[] = {
	{ "", "" }, { "lost,", "" }, { "lost:foo", "foo" }, { "los", "los" },
	{ "losts", "losts" }, { "finding lost", "finding lost" },
};

static void wrong_words_are_named(UNUSED void **state)
{
	uint64_t events = 5;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *bad = alert_parse(wrong[i].words, &events);

		assert_non_null(bad);
		assert_string_equal(bad, wrong[i].bad);
	}
	assert_int_equal(events, 5);
}

static void parse(struct config *config, const char *first, const char *words)
{
	char *argv[] = { "pinfs", "/", "/mnt", (char *)first, "-o",
			 (char *)words, NULL };

	assert_int_equal(config_parse(config, ARRAY_SIZE(argv) - 1, argv),
			 CONFIG_RUN);
}

/* Of options a value is only what stands behind a '='. */
static void options_have_a_default(UNUSED void **state)
{
	struct config config;

	parse(&config, "--kmsg", "syslog=lost:mark");
	assert_true(config.alert_events[ALERT_KMSG] == bits("finding"));
	assert_true(config.alert_events[ALERT_SYSLOG] == bits("lost,mark"));
	config_deinit(&config);
	parse(&config, "--kmsg=lost", "ro,syslog,kmsg=lost\\,mark");
	assert_true(config.alert_events[ALERT_KMSG] == bits("lost,mark"));
	assert_true(config.alert_events[ALERT_SYSLOG] == bits("finding"));
	config_deinit(&config);
}

/* ---- storms ---- */

/* @n events @gap_ns apart. Return: lines that came. */
static unsigned int storm(unsigned int n, uint64_t gap_ns)
{
	unsigned int lines = 0;

	while (n--) {
		happens("lost", 1, NULL);
		if (next(ALERT_KMSG))
			lines++;
		now_ns += gap_ns;
	}
	return lines;
}

/*
 * The kernel lets ten of a descriptor pass in five seconds, whenever these begin,
 * and a jiffy later begins to count again.
 */
static void never_more_than_the_kernel_takes(UNUSED void **state)
{
	begin("finding", NULL);
	for (unsigned int offset = 0; offset < 20; offset++) {
		now_ns += 60 * CLOCK_NS_PER_SEC;
		storm(offset % 5, 313 * CLOCK_NS_PER_MS);
		now_ns += offset * 77 * CLOCK_NS_PER_MS;

		unsigned int lines = storm(5020, CLOCK_NS_PER_MS);

		assert_in_range(lines, 5, 10);
	}
	end();
}

static void what_is_left_out_is_counted(UNUSED void **state)
{
	begin("finding", NULL);
	assert_int_equal(storm(100, 0), 4);
	now_ns += CLOCK_NS_PER_SEC - 1;
	assert_int_equal(storm(1, 0), 0);
	now_ns += 1;
	happens("lost", 7, NULL);
	assert_string_equal(next(ALERT_KMSG), "<4>WARNING: pinfs: lost: event 7 "
			    "of \"/mnt/a\" (97 before it not shown)\n");
	assert_int_equal(storm(1, 0), 0);

	/* At the end without the word that makes a test fail. */
	int kept = dup(ends[ALERT_KMSG]);

	end();
	ends[ALERT_KMSG] = kept;
	assert_string_equal(next(ALERT_KMSG),
			    "<4>pinfs: 1 events more are not shown\n");
	assert_null(next(ALERT_KMSG));
	close(kept);
}

/* Nobody reads: no wait, and none is forgotten. */
static void a_full_sink_costs_no_time(UNUSED void **state)
{
	unsigned int lines = 0;

	begin(NULL, "finding");
	for (unsigned int i = 0; i < 5000; i++) {
		now_ns += CLOCK_NS_PER_SEC;
		happens("lost", 1, NULL);
	}
	while (next(ALERT_SYSLOG))
		lines++;
	assert_in_range(lines, 1, 4999);
	now_ns += CLOCK_NS_PER_SEC;
	happens("lost", 1, NULL);
	assert_non_null(next(ALERT_SYSLOG));

	char wanted[64];

	snprintf(wanted, sizeof(wanted), "(%u before it not shown)",
		 5000 - lines);
	assert_non_null(strstr(line, wanted));
	end();
}

static const struct sockaddr_un syslog_address = { AF_UNIX, "/dev/log" };

static int start_syslogd(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	unlink(syslog_address.sun_path);
	return bind(fd, (const struct sockaddr *)&syslog_address,
		    sizeof(syslog_address)) ? -1 : fd;
}

/* In a child with its own /dev. Return: 0, or what was not as it should be. */
static int meet_syslogds(void)
{
	const uint64_t events[ALERT_SINKS] = { 0, bits("lost") };
	char buf[200];
	int fd;

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/dev", "tmpfs", 0, NULL))
		return 1;
	if (alert_open("/mnt/a", events, &alert) != -ENOENT || alert)
		return 2;
	fd = start_syslogd();
	if (fd < 0 || alert_open("/mnt/a", events, &alert))
		return 3;
	alert_event(alert, "lost", 1, NULL);
	if (recv(fd, buf, sizeof(buf), 0) < 0)
		return 4;
	close(fd);
	alert_event(alert, "lost", 2, NULL);
	fd = start_syslogd();
	alert_event(alert, "lost", 3, NULL);

	ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);

	buf[MAX(n, (ssize_t)0)] = '\0';
	return strstr(buf, "event 3 of \"/mnt/a\" (1 before it not shown)") ?
		0 : 5;
}

/* A daemon outlives the syslogd that was there when it began. */
static void a_new_syslogd_is_found(UNUSED void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) ? 77 : meet_syslogds());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("only root can have a /dev of its own\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_one_word),
		cmocka_unit_test(cause_and_suspect_are_said),
		cmocka_unit_test(long_paths_are_cut),
		cmocka_unit_test(syslog_gets_its_form),
		cmocka_unit_test(only_chosen_events_are_said),
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(options_have_a_default),
		cmocka_unit_test(never_more_than_the_kernel_takes),
		cmocka_unit_test(what_is_left_out_is_counted),
		cmocka_unit_test(a_full_sink_costs_no_time),
		cmocka_unit_test(a_new_syslogd_is_found),
	};

	return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
