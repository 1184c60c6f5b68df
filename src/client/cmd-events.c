/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl events: the event log of a mount, its lines as they are (JSON). The
 * daemon says where the log is; then only the file is read. Whoever follows
 * keeps the control connection open: when it ends, so has the mount.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <pinfs/event.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/unixsock.h"

#define REPLY_NS (10 * CLOCK_NS_PER_SEC)

enum { LINE_MAX_BYTES = 16 << 20 };

struct options {
	const char *mountpoint;
	const char *event;	/* NULL: all */
	bool follow;
};

struct name {
	const char *name;
	const char *help;
};

static const struct name names[] = {
#define EVENT(name, keys, help) { #name, help },
	PINFS_EVENTS(EVENT)
#undef EVENT
};

static bool is_event(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return true;
	return false;
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "event", required_argument, NULL, 'e' },
		{ 0 },
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) >= 0) {
		if (c == 'f')
			options->follow = true;
		else if (c == 'e')
			options->event = optarg;
		else
			return cmd_bad_option(&cmd_events, c,
					      argv[optind - 1]);
	}
	if (options->event && !is_event(options->event))
		return cmd_usage(&cmd_events, "'%s' is not an event",
				 options->event);
	if (argc - optind != 1)
		return cmd_usage(&cmd_events, "one MNT is needed");
	options->mountpoint = argv[optind];
	return CMD_OK;
}

/* The "event" of a line; caller frees. */
static char *event_name(const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	const char *name = json_string_value(json_object_get(object, "event"));
	char *copy = name ? strdup(name) : NULL;

	json_decref(object);
	return copy;
}

/* Print the complete lines that are there now. Return: -EPIPE at the end. */
static int print_lines(struct unixsock_reader *reader,
		       const struct options *options)
{
	int err = 0;

	while (!err || err == -EILSEQ || err == -EMSGSIZE) {
		autofree char *line = NULL;
		autofree char *name = NULL;

		err = unixsock_read_line(reader, CLOCK_NEVER, &line);
		if (err)
			continue;
		if (options->event)
			name = event_name(line);
		if (!options->event ||
		    (name && strcmp(name, options->event) == 0))
			puts(line);
	}
	fflush(stdout);
	return err;
}

/*
 * Wait until the log has grown or the daemon has gone. Return: is it still
 * there? A log that a test has renamed or removed is read to its end.
 */
static bool wait_for_more(int notify, int control)
{
	struct pollfd fds[] = {
		{ .fd = notify, .events = POLLIN },
		{ .fd = control, .events = POLLIN },
	};
	char buf[4096];

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno == EINTR;
	if (fds[0].revents && read(notify, buf, sizeof(buf)) < 0)
		return false;
	return fds[1].revents == 0;
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
	       wait_for_more(notify, control))
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
	struct options options = { 0 };
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
	printf("\n--follow waits for more until the mount ends. Events:\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		printf("  %-10s %s\n", names[i].name, names[i].help);
}

const struct cmd cmd_events = {
	.name = "events",
	.args = "MNT [--follow] [--event=NAME]",
	.help = "the event log of a mount, one JSON object a line",
	.run = run,
	.more = more,
};
