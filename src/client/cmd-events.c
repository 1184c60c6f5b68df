/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl events: the event log of a mount, its lines as they are (JSON). The
 * daemon says where the log is; then only the file is read. Whoever follows
 * keeps the control connection open: when it ends, so has the mount.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include <pinfs/event.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/eventfilter.h"
#include "client/tally.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/unixsock.h"

#define REPLY_NS (10 * CLOCK_NS_PER_SEC)

enum { LINE_MAX_BYTES = 16 << 20 };

struct options {
	const char *mountpoint;
	struct eventfilter filter;
	bool filtered;		/* else lines pass as they are, whatever they are */
	bool follow;
};

struct row {
	const char *name;
	const char *help;
};

static const struct row events[] = {
#define EVENT(name, keys, help) { #name, help },
	PINFS_EVENTS(EVENT)
#undef EVENT
};

static int64_t realtime_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int take_time(const char *name, int64_t *us_ret)
{
	if (!eventfilter_time(optarg, realtime_us(), us_ret))
		return CMD_OK;
	return cmd_usage(&cmd_events, "--%s=%s is neither a duration, like 5m, "
			 "nor a time, like 2026-11-23T04:26:00Z", name, optarg);
}

static int take_classes(struct eventfilter *filter)
{
	const char *bad = eventfilter_classes(filter, optarg);

	return bad ? cmd_usage(&cmd_events, "'%s' is not an event", bad) : CMD_OK;
}

/* Return: CMD_OK or CMD_USAGE. */
static int take_option(struct options *options, int c)
{
	options->filtered |= c != 'f';
	switch (c) {
	case 'f':
		options->follow = true;
		return CMD_OK;
	case 'e':
		return take_classes(&options->filter);
	case 'p':
		options->filter.path = optarg;
		return CMD_OK;
	case 'c':
		options->filter.causes = optarg;
		return CMD_OK;
	case 's':
		return take_time("since", &options->filter.since_us);
	default:
		return take_time("until", &options->filter.until_us);
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "class", required_argument, NULL, 'e' },
		{ "event", required_argument, NULL, 'e' },
		{ "path", required_argument, NULL, 'p' },
		{ "cause", required_argument, NULL, 'c' },
		{ "since", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ 0 },
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) >= 0) {
		int status = c == ':' || c == '?' ?
			cmd_bad_option(&cmd_events, c, argv[optind - 1]) :
			take_option(options, c);

		if (status)
			return status;
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_events, "one MNT is needed");
	options->mountpoint = argv[optind];
	return CMD_OK;
}

static bool is_wanted(const struct options *options, const char *line)
{
	json_t *event;
	bool wanted;

	if (!options->filtered)
		return true;
	event = json_loads(line, 0, NULL);
	wanted = event && eventfilter_wants(&options->filter, event);
	json_decref(event);
	return wanted;
}

/* Print the complete lines that are there now. Return: -EPIPE at the end. */
static int print_lines(struct unixsock_reader *reader,
		       const struct options *options)
{
	int err = 0;

	while (!err || err == -EILSEQ || err == -EMSGSIZE) {
		autofree char *line = NULL;

		err = unixsock_read_line(reader, CLOCK_NEVER, &line);
		if (!err && is_wanted(options, line))
			puts(line);
	}
	fflush(stdout);
	return err;
}

/* For poll(2): how long until nothing more is wanted; -1: without end. */
static int left_ms(const struct options *options)
{
	int64_t until_us = options->filter.until_us;

	if (until_us == INT64_MAX)
		return -1;
	return (int)MIN(MAX(until_us - realtime_us(), INT64_C(0)) / 1000 + 1,
			(int64_t)INT_MAX);
}

/*
 * Wait until the log has grown, the daemon has gone or the time is over. Return:
 * may there be more? A log that a test has renamed or removed is read to its end.
 */
static bool wait_for_more(int notify, int control,
			  const struct options *options)
{
	struct pollfd fds[] = {
		{ .fd = notify, .events = POLLIN },
		{ .fd = control, .events = POLLIN },
	};
	char buf[4096];

	if (poll(fds, ARRAY_SIZE(fds), left_ms(options)) < 0)
		return errno == EINTR;
	if (fds[0].revents && read(notify, buf, sizeof(buf)) < 0)
		return false;
	return !fds[1].revents && realtime_us() < options->filter.until_us;
}

static int print_log(const char *path, const struct options *options,
		     int control)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	autoclose int notify = inotify_init1(IN_CLOEXEC);
	struct unixsock_reader reader;
	int err;

	if (fd < 0 || notify < 0 ||
	    inotify_add_watch(notify, path, IN_MODIFY) < 0) {
		log_err("cannot read the log '%s': %s", path, strerror(errno));
		return CMD_UNSURE;
	}
	unixsock_reader_init(&reader, fd, LINE_MAX_BYTES);
	err = print_lines(&reader, options);
	while (err == -EPIPE && options->follow &&
	       wait_for_more(notify, control, options))
		err = print_lines(&reader, options);
	if (err == -EPIPE && options->follow)
		err = print_lines(&reader, options);
	unixsock_reader_deinit(&reader);
	if (err == -EPIPE)
		return CMD_OK;
	log_err("cannot read the log '%s': %s", path, strerror(-err));
	return CMD_UNSURE;
}

/* Where the log is, with all that has happened in it; caller frees. */
static char *log_path(struct ctlclient *client)
{
	uint64_t deadline_ns = clock_deadline_ns(REPLY_NS);
	json_t *reply = NULL;
	const char *path;
	char *copy;

	if (ctlclient_ask(client, deadline_ns, NULL, "sync") < 0 ||
	    ctlclient_call(client, deadline_ns, &reply, "status"))
		return NULL;
	path = json_string_value(json_object_get(reply, "log"));
	copy = path ? strdup(path) : NULL;
	json_decref(reply);
	return copy;
}

static int run(int argc, char **argv)
{
	struct options options = { .filter = EVENTFILTER_ALL };
	struct ctlclient *client;
	autofree char *path = NULL;
	int status = parse_options(argc, argv, &options);

	if (status)
		return status;
	if (ctlclient_open(options.mountpoint, &client))
		return CMD_UNSURE;
	path = log_path(client);
	if (path) {
		status = print_log(path, &options, ctlclient_fd(client));
	} else {
		log_err("the daemon of '%s' does not say where its log is",
			options.mountpoint);
		status = CMD_UNSURE;
	}
	ctlclient_close(client);
	return status;
}

static void more(void)
{
	printf("\n  --follow         wait for more until the mount ends\n"
	       "  --class=CLASSES  only these events, and sets of them\n"
	       "  --event=CLASSES  the same\n"
	       "  --path=GLOB      only of files whose path it matches\n"
	       "  --cause=CAUSES   only with one of these causes\n"
	       "  --since=TIME     not what was before; 5m: five minutes ago\n"
	       "  --until=TIME     only what was before; 2026-11-23T04:26:00Z\n");
	printf("\nSets:\n");
	tally_print_sets();
	printf("\nEvents:\n");
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		printf("  %-11s %s\n", events[i].name, events[i].help);
}

const struct cmd cmd_events = {
	.name = "events",
	.args = "MNT [OPTIONS]",
	.help = "the event log of a mount, one JSON object a line",
	.run = run,
	.more = more,
};
