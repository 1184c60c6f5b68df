/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: what it makes of good words, and the one line that it says
 * about bad ones.
 */
#include "capture-bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/config.h"

#include <cmocka.h>	/* last: its macros take common names */

#define SEC CLOCK_NS_PER_SEC

static struct config config;

enum { MAX_ARGS = 24 };

static enum config_action parse(char *const args[MAX_ARGS])
{
	char *argv[MAX_ARGS + 1] = { "pinfs" };
	enum config_action action;
	int argc = 1;
	int memory;
	int saved;

	for (; argc <= MAX_ARGS && args[argc - 1]; argc++)
		argv[argc] = args[argc - 1];
	saved = start_capture(STDERR_FILENO, &memory);
	action = config_parse(&config, argc, argv);
	end_capture(STDERR_FILENO, saved, memory);
	return action;
}

#define ARGS(...) ((char *const[MAX_ARGS]){ __VA_ARGS__ })

/* "pinfs / /mnt", and @args. */
static enum config_action parse_good(char *const args[MAX_ARGS])
{
	char *all[MAX_ARGS] = { "/", "/mnt" };
	enum config_action action;

	for (int i = 0; i < MAX_ARGS - 2 && args[i]; i++)
		all[i + 2] = args[i];
	action = parse(all);
	if (action != CONFIG_RUN)
		fail_msg("%s: %s", args[0], said);
	assert_string_equal(said, "");
	return action;
}

static void defaults(UNUSED void **state)
{
	parse_good(ARGS(NULL));
	assert_string_equal(config.source, "/");
	assert_string_equal(config.source_path, "/");
	assert_string_equal(config.mountpoint, "/mnt");
	assert_int_equal(config.cache, CONFIG_CACHE_WRITEBACK);
	assert_int_equal(config.live, CONFIG_LIVE_AUTO);
	assert_int_equal(config.policy, CONFIG_POLICY_REPORT);
	assert_int_equal(config.verify, CONFIG_VERIFY_FAIL);
	assert_int_equal(config.csum, CONFIG_CSUM_ON);
	assert_int_equal(config.peek, CONFIG_PEEK_AUTO);
	assert_int_equal(config.window_ns, 0);
	assert_null(config.state);
	assert_null(config.log);
	assert_null(config.evidence);
	assert_int_equal(config.evidence_limit, 64 << 20);
	assert_int_equal(config.evidence_files, 64);
	assert_int_equal(config.hold_max_ns, 30 * SEC);
	assert_int_equal(config.watchdog_ns, 8 * SEC);
	assert_int_equal(config.lock_wait_ns, 10 * SEC);
	assert_int_equal(config.threads, 0);
	assert_int_equal(config.event_limit, 1000);
	assert_int_equal(config.alert_events[ALERT_KMSG], 0);
	assert_int_equal(config.alert_events[ALERT_SYSLOG], 0);
	assert_false(config.nosubtype);
	assert_false(config.pins_only);
	assert_false(config.foreground);
	assert_false(config.debug);
	assert_false(config.read_only);
	assert_int_equal(config.ready_fd, -1);
	assert_string_equal(config.mount_options, "");
	config_deinit(&config);
	assert_null(config.source);
	config_deinit(&config);
}

static void expect_all_set(void)
{
	assert_int_equal(config.cache, CONFIG_CACHE_NONE);
	assert_int_equal(config.live, CONFIG_LIVE_REQUIRE);
	assert_int_equal(config.policy, CONFIG_POLICY_ZEROCOPY);
	assert_int_equal(config.verify, CONFIG_VERIFY_OFF);
	assert_int_equal(config.csum, CONFIG_CSUM_OFF);
	assert_int_equal(config.peek, CONFIG_PEEK_OFF);
	assert_int_equal(config.window_ns, SEC / 2);
	assert_string_equal(config.state, "/s");
	assert_string_equal(config.log, "/l");
	assert_string_equal(config.evidence, "/e");
	assert_int_equal(config.evidence_limit, 512 << 10);
	assert_int_equal(config.evidence_files, 9);
	assert_int_equal(config.hold_max_ns, 60 * SEC);
	assert_int_equal(config.lock_wait_ns, 0);
	assert_int_equal(config.watchdog_ns, 0);
	assert_int_equal(config.threads, 7);
	assert_int_equal(config.event_limit, 0);
	assert_int_equal(config.ready_fd, 1);
	config_deinit(&config);
}

/* In one -o, as long options with and without '=', before the paths. */
static void every_option_in_every_form(UNUSED void **state)
{
	parse_good(ARGS("-o", "cache=none,live=require,policy=zerocopy,"
			"verify=off,csum=off,window=500ms,state=/s,log=/l,"
			"evidence=/e,peek=off,hold_max=1m,lock_wait=0,threads=7,"
			"event_limit=0,ready_fd=1,watchdog=off,"
			"evidence_limit=512k,evidence_files=9"));
	expect_all_set();
	parse_good(ARGS("--cache=none", "--live=require", "--window=0.5s",
			"--policy=zerocopy", "--verify=off", "--csum=off",
			"--state=/s", "--log=/l", "--hold-max=1m",
			"--evidence=/e", "--peek=off",
			"--lock-wait=0", "--threads=7",
			"-oevent-limit=0,ready-fd=1,watchdog=off,"
			"evidence-limit=512k,evidence-files=9"));
	expect_all_set();
	parse_good(ARGS("--cache", "none", "--window", "500000us", "--log",
			"/l", "--hold_max", "60", "--evidence", "/e",
			"-olive=require,state=/s,threads=7,peek=off", "--policy",
			"zerocopy", "--verify", "off", "-o", "csum=off,"
			"lock_wait=0ns,,event_limit=0,ready_fd=1,"
			"evidence_limit=524288,evidence_files=9",
			"--watchdog", "off"));
	expect_all_set();
	assert_int_equal(parse(ARGS("-fo", "nosubtype,pins-only", "--debug", "--",
				    "/", "/mnt")), CONFIG_RUN);
	assert_true(config.nosubtype && config.pins_only);
	assert_true(config.foreground && config.debug);
	config_deinit(&config);
	parse_good(ARGS("-d"));
	assert_true(config.foreground && config.debug);
	config_deinit(&config);
}

/* Each word of an option is what it says of itself afterwards. */
static void words_are_told_again(UNUSED void **state)
{
	static const struct {
		const char *option;
		const char *words[5];
	} options[] = {
		{ "cache", { "writeback", "through", "none" } },
		{ "live", { "auto", "require", "off" } },
		{ "policy", { "report", "rewrite", "fail", "zerocopy" } },
		{ "verify", { "fail", "report", "off" } },
		{ "csum", { "on", "off" } },
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const char *option = options[i].option;

		parse_good(ARGS(NULL));
		assert_string_equal(config_word(&config, option),
				    options[i].words[0]);
		config_deinit(&config);
		for (size_t at = 0; options[i].words[at]; at++) {
			snprintf(text, sizeof(text), "%s=%s", option,
				 options[i].words[at]);
			parse_good(ARGS("-o", text));
			assert_string_equal(config_word(&config, option),
					    options[i].words[at]);
			config_deinit(&config);
		}
	}
}

static void the_last_one_counts(UNUSED void **state)
{
	parse_good(ARGS("-o", "cache=none,state=/a,ro", "--state=/b",
			"--cache=through"));
	assert_int_equal(config.cache, CONFIG_CACHE_THROUGH);
	assert_string_equal(config.state, "/b");
	assert_true(config.read_only);
	config_deinit(&config);
	parse_good(ARGS("-o", "evidence=/e,evidence=off"));
	assert_string_equal(config.evidence, "");
	config_deinit(&config);
	parse_good(ARGS("-o", "ro,rw"));
	assert_false(config.read_only);
	assert_string_equal(config.mount_options, "ro,rw");
	config_deinit(&config);
}

static void words_for_libfuse(UNUSED void **state)
{
	static char all[] = "allow_other,allow_root,default_permissions,ro,"
		"rw,dev,nodev,suid,nosuid,exec,noexec,atime,noatime,sync,async,"
		"dirsync,max_read=65536";

	parse_good(ARGS("-o", all));
	assert_string_equal(config.mount_options, all);
	config_deinit(&config);

	/* A comma in a value is no end of it, here and in libfuse. */
	parse_good(ARGS("-o", "context=\"u:r:c0\\,c1\",ro",
			"--fscontext=a\\b"));
	assert_string_equal(config.mount_options,
			    "context=\"u:r:c0\\,c1\",ro,fscontext=a\\\\b");
	config_deinit(&config);
	parse_good(ARGS("-o", "log=/a\\,b\\\\c,ro"));
	assert_string_equal(config.log, "/a,b\\c");
	assert_string_equal(config.mount_options, "ro");
	config_deinit(&config);
}

/* What fstab(5), systemd and mount(8) have for themselves. */
static void words_that_are_tolerated(UNUSED void **state)
{
	parse_good(ARGS("-o", "defaults,auto,noauto,nofail,_netdev,user,"
			"user=joe,nouser,users,owner,group,comment=a b,"
			"x-systemd.automount,x-gvfs-name=Test,"
			"X-mount.mkdir=755,"
			"relatime,strictatime,lazytime,auto_unmount"));
	assert_string_equal(config.mount_options, "");
	config_deinit(&config);
}

static void relative_paths(UNUSED void **state)
{
	char expected[4096];
	char *cwd = getcwd(NULL, 0);

	assert_non_null(cwd);
	parse_good(ARGS("-o", "state=a,log=../b"));
	snprintf(expected, sizeof(expected), "%s/a", cwd);
	assert_string_equal(config.state, expected);
	snprintf(expected, sizeof(expected), "%s/../b", cwd);
	assert_string_equal(config.log, expected);
	config_deinit(&config);

	/* SOURCE shows as given; "." is where we are. */
	assert_int_equal(parse(ARGS(".", "mnt")), CONFIG_RUN);
	snprintf(expected, sizeof(expected), "%s/mnt", cwd);
	assert_string_equal(config.source, ".");
	assert_string_equal(config.source_path, cwd);
	assert_string_equal(config.mountpoint, expected);
	config_deinit(&config);
	free(cwd);

	/* After "--" everything is a path. */
	assert_int_equal(parse(ARGS("/", "--", "-f")), CONFIG_RUN);
	assert_non_null(strstr(config.mountpoint, "/-f"));
	config_deinit(&config);
}

static void help_and_version(UNUSED void **state)
{
	static const struct {
		char *arg;
		enum config_action action;
	} rows[] = {
		{ "-h", CONFIG_HELP }, { "--help", CONFIG_HELP },
		{ "-V", CONFIG_VERSION }, { "--version", CONFIG_VERSION },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(ARGS(rows[i].arg)), rows[i].action);
		assert_string_equal(said, "");
		config_deinit(&config);
		/* Even without a mount point, and with what comes later. */
		assert_int_equal(parse(ARGS("/", rows[i].arg, "--nonsense")),
				 rows[i].action);
		config_deinit(&config);
	}
}

/* ---- bad input ---- */

static const struct {
	char *args[MAX_ARGS];
	const char *message;
} bad[] = {
	{ { NULL }, "SOURCE and MOUNTPOINT are missing; 'pinfs --help' shows "
	  "what there is" },
	{ { "/" }, "MOUNTPOINT is missing; 'pinfs --help' shows what there "
	  "is" },
	{ { "/", "/mnt", "/x" }, "too many arguments: '/x'" },
	{ { "", "/mnt" }, "SOURCE is empty" },
	{ { "/", "" }, "MOUNTPOINT is empty" },
	{ { "/", "/mnt", "-o", "foo" }, "unknown option 'foo'" },
	{ { "/", "/mnt", "-o", "ro,foo=bar" }, "unknown option 'foo'" },
	{ { "/", "/mnt", "--foo=1" }, "unknown option '--foo'" },
	{ { "/", "/mnt", "--cach=none" }, "unknown option '--cach'" },
	{ { "/", "/mnt", "--cache2=none" }, "unknown option '--cache2'" },
	{ { "/", "/mnt", "-x" }, "unknown option '-x'" },
	{ { "/", "/mnt", "-fx" }, "unknown option '-x'" },
	{ { "/", "/mnt", "-o", "=1" }, "unknown option ''" },
	{ { "/", "/mnt", "-o" }, "option '-o' needs a value" },
	{ { "/", "/mnt", "-o", "cache=bar" },
	  "cache=bar: not one of writeback, through, none" },
	{ { "/", "/mnt", "-o", "cache=" },
	  "cache=: not one of writeback, through, none" },
	{ { "/", "/mnt", "-o", "cache=write" },
	  "cache=write: not one of writeback, through, none" },
	{ { "/", "/mnt", "--live=maybe" },
	  "live=maybe: not one of auto, require, off" },
	{ { "/", "/mnt", "-o", "cache" }, "option 'cache' needs a value: "
	  "cache=writeback|through|none" },
	{ { "/", "/mnt", "-o", "kmsg=foo" },
	  "kmsg=foo: 'foo' is neither an event nor a set of them" },
	{ { "/", "/mnt", "--syslog=lost:" },
	  "syslog=lost:: '' is neither an event nor a set of them" },
	{ { "/", "/mnt", "--log" }, "option 'log' needs a value: log=FILE" },
	{ { "/", "/mnt", "-o", "log=" }, "log=: empty" },
	{ { "/", "/mnt", "-o", "nosubtype=1" },
	  "option 'nosubtype' takes no value" },
	{ { "/", "/mnt", "-o", "allow_other=yes" },
	  "option 'allow_other' takes no value" },
	{ { "/", "/mnt", "-o", "window=5q" },
	  "window=5q: not a duration, like 50ms or 2s" },
	{ { "/", "/mnt", "-o", "window=-1s" },
	  "window=-1s: not a duration, like 50ms or 2s" },
	{ { "/", "/mnt", "-o", "window=2s,hold_max=1s" },
	  "window= is longer than hold_max=" },
	{ { "/", "/mnt", "-o", "watchdog=900ms" },
	  "watchdog=900ms: shorter than 1s; 'off' is possible" },
	{ { "/", "/mnt", "-o", "watchdog=0" },
	  "watchdog=0: shorter than 1s; 'off' is possible" },
	{ { "/", "/mnt", "-o", "watchdog=never" },
	  "watchdog=never: not a duration, like 50ms or 2s" },
	{ { "/", "/mnt", "-o", "hold_max=0" },
	  "hold_max=0: nothing could be held" },
	{ { "/", "/mnt", "-o", "threads=257" },
	  "threads=257: not a number from 0 to 256" },
	{ { "/", "/mnt", "-o", "threads=two" },
	  "threads=two: not a number from 0 to 256" },
	{ { "/", "/mnt", "-o", "evidence_limit=64x" },
	  "evidence_limit=64x: not a size, like 512k or 64m" },
	{ { "/", "/mnt", "-o", "event_limit=4294967296" },
	  "event_limit=4294967296: not a number from 0 to 4294967295" },
	{ { "/", "/mnt", "-o", "max_read=big" },
	  "max_read=big: not a number from 0 to 4294967295" },
	{ { "/", "/mnt", "-o", "max_read" },
	  "option 'max_read' needs a value: max_read=N" },
	{ { "/", "/mnt", "--ready-fd=987654" },
	  "ready_fd=987654: not an open descriptor" },
	{ { "/", "/mnt", "-o", "remount" },
	  "option 'remount': not supported, unmount and mount again" },
	{ { "/", "/mnt", "-o", "fsname=x" },
	  "option 'fsname': it is always SOURCE, or pins_only's device" },
	{ { "/", "/mnt", "-o", "blkdev" },
	  "option 'blkdev': SOURCE is a directory, not a block device" },
};

static void bad_input_gets_one_line(UNUSED void **state)
{
	char expected[256];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(bad[i].args), CONFIG_BAD);
		snprintf(expected, sizeof(expected), "%s\n", bad[i].message);
		assert_string_equal(said, expected);
		config_deinit(&config);
	}
}

/* ---- help ---- */

static void capture_help(void)
{
	int memory;
	int saved;

	fflush(stdout);
	saved = start_capture(STDOUT_FILENO, &memory);
	config_print_help();
	fflush(stdout);
	end_capture(STDOUT_FILENO, saved, memory);
}

/* Of an option that takes a value, one that is right. */
static const char *good_value(const char *shape)
{
	if (!strncmp(shape, "N ", 2))
		return "1";
	if (!strncmp(shape, "SIZE ", 5))
		return "1m";
	if (!strncmp(shape, "DURATION", 8))
		return "1s";
	if (shape[0] >= 'A' && shape[0] <= 'Z')
		return "/x";
	return NULL;
}

/* Every "  -o NAME[=VALUE]" of the help is an option that works. */
static void what_help_shows_works(UNUSED void **state)
{
	char name[64];
	char word[128];
	char value[64];
	char help[sizeof(said)];
	size_t count = 0;

	capture_help();
	memcpy(help, said, sizeof(help));
	assert_non_null(strstr(help, "  -f, --foreground "));
	assert_non_null(strstr(help, "\n  -o cache=writeback|through|none "));
	assert_non_null(strstr(help, "(writeback)\n"));
	assert_non_null(strstr(help, "x-*"));
	for (char *at = help; (at = strstr(at, "\n  -o ")); count++) {
		const char *right;

		at += strlen("\n  -o ");
		assert_int_equal(sscanf(at, "%63[a-z_]", name), 1);
		snprintf(word, sizeof(word), "%s", name);
		at += strlen(name);
		if (*at == '=') {
			right = good_value(at + 1);
			assert_int_equal(sscanf(at + 1, "%63[a-z]", value) == 1,
					 !right);
			snprintf(word, sizeof(word), "%s=%s", name,
				 right ? right : value);
		}
		parse_good(ARGS("-o", word));
		config_deinit(&config);
	}
	assert_true(count > 20);
}

static void help_is_narrow(UNUSED void **state)
{
	char *save;

	capture_help();
	for (char *one = strtok_r(said, "\n", &save); one;
	     one = strtok_r(NULL, "\n", &save))
		if (strlen(one) > 80)
			fail_msg("%s", one);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_option_in_every_form),
		cmocka_unit_test(words_are_told_again),
		cmocka_unit_test(the_last_one_counts),
		cmocka_unit_test(words_for_libfuse),
		cmocka_unit_test(words_that_are_tolerated),
		cmocka_unit_test(relative_paths),
		cmocka_unit_test(help_and_version),
		cmocka_unit_test(bad_input_gets_one_line),
		cmocka_unit_test(what_help_shows_works),
		cmocka_unit_test(help_is_narrow),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
