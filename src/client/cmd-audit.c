/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl audit: the page cache of a mount against its store. The daemon
 * compares; what differs is suspect until the file has come to rest, which the
 * walker's process sees to, and the daemon has looked again (daemon/audit.c
 * tells why that proves it). This side asks both in turn, and decides when it
 * has asked often enough.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/walker.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

#define LOOK_NS (5 * CLOCK_NS_PER_SEC)		/* one look of the daemon */
#define REPLY_NS (10 * CLOCK_NS_PER_SEC)	/* beyond what it was given */

/* One run of the command. */
struct audit_run {
	const char *mountpoint;
	bool json;
	uint64_t tries;
	uint64_t timeout_ns;	/* for one file */
	struct ctlclient *client;
	struct walker *walker;

	struct walker_file file;	/* the one at work */
	uint64_t deadline_ns;		/* for it */
	bool unsure;		/* something could not be looked at */
	uint64_t files;
	uint64_t compared;	/* blocks */
	uint64_t absent;
	uint64_t suspects;	/* at a first look */
	uint64_t lost;
	uint64_t undecided;
};

/* ---- output ---- */

static void print_line(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

/* On one line; nothing that a terminal would obey. */
static void print_path(const char *path)
{
	for (; *path; path++)
		putchar((unsigned char)*path < ' ' || *path == 0x7f ? '?' :
			*path);
}

static long long number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "?";
}

static void print_lost(const struct audit_run *run, json_t *block)
{
	if (run->json) {
		json_t *object = json_pack("{s:s, s:I}", "path",
					   run->file.path, "ino",
					   (json_int_t)run->file.ino);

		json_object_update(object, block);
		print_line(json_pack("{s:o}", "lost", object));
		return;
	}
	printf("lost: ");
	print_path(run->file.path);
	printf(" block %lld (offset %lld, %lld bytes): page cache %s, store "
	       "%s%s\n", number(block, "block"), number(block, "offset"),
	       number(block, "length"), text(block, "cache"),
	       text(block, "store"),
	       json_is_true(json_object_get(block, "unstable")) ?
	       ", was unstable" : "");
}

static void print_undecided(const struct audit_run *run, long long blocks)
{
	if (run->json) {
		print_line(json_pack("{s:{s:s, s:I, s:I}}", "undecided",
				     "path", run->file.path,
				     "ino", (json_int_t)run->file.ino,
				     "blocks", (json_int_t)blocks));
		return;
	}
	printf("undecided: ");
	print_path(run->file.path);
	printf(" %lld block%s changed at each look\n", blocks,
	       blocks == 1 ? "" : "s");
}

static void print_summary(const struct audit_run *run, int status)
{
	if (run->json) {
		print_line(json_pack(
			"{s:{s:I, s:I, s:I, s:I, s:I, s:I, s:i}}", "summary",
			"files", (json_int_t)run->files,
			"compared", (json_int_t)run->compared,
			"absent", (json_int_t)run->absent,
			"suspects", (json_int_t)run->suspects,
			"lost", (json_int_t)run->lost,
			"undecided", (json_int_t)run->undecided,
			"status", status));
		return;
	}
	printf("%llu files, %llu cached blocks compared: %llu lost, %llu "
	       "undecided%s\n", (unsigned long long)run->files,
	       (unsigned long long)run->compared,
	       (unsigned long long)run->lost,
	       (unsigned long long)run->undecided,
	       run->unsure ? "; not all could be told" : "");
}

/* ---- asking ---- */

/* Say once why the walker's answer did not come or is no good. */
static int walker_failed(struct audit_run *run, int err, const char *doing)
{
	const char *why = walker_why(run->walker);

	run->unsure = true;
	if (err == -ETIMEDOUT)
		log_err("%s '%s' took longer than allowed: is a request held, "
			"or the mount paused? (pinctl gate %s list)", doing,
			run->file.path ? run->file.path : run->mountpoint,
			run->mountpoint);
	else
		log_err("%s '%s': %s", doing, run->file.path ?
			run->file.path : run->mountpoint,
			*why ? why : strerror(-err));
	return err;
}

/* A look of the daemon. @words: of the verb. Return: 0 or -errno, said. */
static int look(struct audit_run *run, json_t **reply_ret, const char *words)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t left_ns = run->deadline_ns > now_ns ?
		run->deadline_ns - now_ns : 0;
	json_t *reply;
	int err = ctlclient_call(run->client, clock_deadline_ns(REPLY_NS),
				 &reply, "audit %s timeout=%lluns", words,
				 (unsigned long long)MIN(left_ns, LOOK_NS));

	if (err) {
		log_err("no reply from the daemon of '%s': %s",
			run->mountpoint, strerror(-err));
	} else {
		err = ctlclient_reply_error(reply);
		if (err)
			log_err("'%s': %s", run->file.path,
				text(reply, "message"));
	}
	if (err)
		run->unsure = true;
	*reply_ret = err ? NULL : reply;
	return err;
}

static json_t *offsets_of(const json_t *suspects)
{
	json_t *offsets = json_array();
	json_t *suspect;
	size_t i;

	json_array_foreach(suspects, i, suspect)
		json_array_append(offsets, json_object_get(suspect, "offset"));
	return offsets;
}

/* Let the file come to rest and look again. *pending_ret: what is undecided. */
static int look_again(struct audit_run *run, long long id,
		      const json_t *offsets, long long *pending_ret)
{
	char words[32];
	json_t *reply, *block;
	size_t i;
	int err = walker_settle(run->walker, run->deadline_ns, offsets);

	if (err)
		return walker_failed(run, err, "writing back");
	snprintf(words, sizeof(words), "id=%lld", id);
	err = look(run, &reply, words);
	if (err)
		return err;
	json_array_foreach(json_object_get(reply, "lost"), i, block) {
		run->lost++;
		print_lost(run, block);
	}
	*pending_ret = number(reply, "pending");
	json_decref(reply);
	return 0;
}

/* Until nothing is suspect any more, or often enough. */
static int decide(struct audit_run *run, long long id, const json_t *suspects)
{
	json_t *offsets = offsets_of(suspects);
	long long pending = (long long)json_array_size(suspects);
	int err = 0;

	for (uint64_t i = 0; i < run->tries && pending && !err; i++)
		err = look_again(run, id, offsets, &pending);
	if (!err && pending) {
		run->undecided += (uint64_t)pending;
		print_undecided(run, pending);
	}
	json_decref(offsets);
	return err;
}

/* A first look from @off on. *next_ret: where that ended. */
static int look_first(struct audit_run *run, uint64_t off, uint64_t end,
		      uint64_t *next_ret)
{
	char words[128];
	json_t *reply, *next;
	int err;

	snprintf(words, sizeof(words), "ino=%llu off=%llu len=%llu",
		 (unsigned long long)run->file.ino, (unsigned long long)off,
		 (unsigned long long)(end - off));
	err = look(run, &reply, words);
	if (err)
		return err;
	run->compared += (uint64_t)number(reply, "compared");
	run->absent += (uint64_t)number(reply, "absent");
	run->suspects += json_array_size(json_object_get(reply, "suspects"));
	next = json_object_get(reply, "next");
	*next_ret = json_is_integer(next) ?
		(uint64_t)json_integer_value(next) : end;
	if (number(reply, "id"))
		err = decide(run, number(reply, "id"),
			     json_object_get(reply, "suspects"));
	json_decref(reply);
	return err;
}

static int audit_file(struct audit_run *run)
{
	uint64_t off = 0, len;
	int err = walker_settle(run->walker, run->deadline_ns, NULL);

	if (err)
		return walker_failed(run, err, "writing back");
	run->files++;
	for (;;) {
		uint64_t end;

		err = walker_cached(run->walker, run->deadline_ns, off, &off,
				    &len);
		if (err == -ENOENT)
			return 0;
		if (err)
			return walker_failed(run, err, "looking at");
		for (end = off + len; off < end && !err;)
			err = look_first(run, off, end, &off);
		if (err)
			return err;
	}
}

static int audit_next(struct audit_run *run)
{
	int err;

	walker_file_deinit(&run->file);
	run->deadline_ns = clock_deadline_ns(run->timeout_ns);
	err = walker_next(run->walker, run->deadline_ns, &run->file);
	if (err == -ENOENT)
		return err;
	if (err)
		return walker_failed(run, err, "walking");
	err = audit_file(run);
	/* About this file, and said: there may be others. */
	return err == -ENOENT ? -EIO : err;
}

/* A paused mount answers nothing: say so at once. */
static int check_paused(struct audit_run *run)
{
	json_t *reply;
	int err = ctlclient_call(run->client, clock_deadline_ns(REPLY_NS),
				 &reply, "status");

	if (err) {
		log_err("no reply from the daemon of '%s': %s",
			run->mountpoint, strerror(-err));
		return err;
	}
	if (json_is_true(json_object_get(reply, "paused"))) {
		log_err("'%s' is paused: nothing can be told about its page "
			"cache before 'pinctl resume'", run->mountpoint);
		err = -EBUSY;
	}
	json_decref(reply);
	return err;
}

static int run_audit(struct audit_run *run, char *const paths[])
{
	int err = check_paused(run);

	if (!err) {
		err = walker_create(run->mountpoint, paths, &run->walker);
		if (err)
			log_err("cannot start the walk: %s", strerror(-err));
	}
	while (!err || err == -EIO)
		err = audit_next(run);
	walker_file_deinit(&run->file);
	walker_destroy(run->walker);
	if (err != -ENOENT)
		run->unsure = true;	/* that is the end; else there is more */
	if (run->lost)
		return CMD_FOUND;
	return run->unsure || run->undecided ? CMD_UNSURE : CMD_OK;
}

/* ---- the command ---- */

static int parse(int argc, char **argv, struct audit_run *run)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "timeout", required_argument, NULL, 't' },
		{ "tries", required_argument, NULL, 'n' },
		{ 0 },
	};
	int c, err = 0;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) >= 0) {
		if (c == 'j')
			run->json = true;
		else if (c == 't')
			err = parse_duration(optarg, &run->timeout_ns);
		else if (c == 'n')
			err = parse_u64(optarg, &run->tries);
		else
			return cmd_bad_option(&cmd_audit, c,
					      argv[optind - 1]);
		if (err)
			return cmd_usage(&cmd_audit, "'%s' is not a valid "
					 "value", optarg);
	}
	if (!argv[optind])
		return cmd_usage(&cmd_audit, "MNT is needed");
	run->mountpoint = argv[optind++];
	return CMD_OK;
}

static int cmd_audit_main(int argc, char **argv)
{
	struct audit_run run = {
		.tries = 10,
		.timeout_ns = 30 * CLOCK_NS_PER_SEC,
	};
	int status = parse(argc, argv, &run);

	if (status)
		return status;
	if (ctlclient_open(run.mountpoint, &run.client))
		return CMD_UNSURE;
	status = run_audit(&run, argv + optind);
	print_summary(&run, status);
	ctlclient_close(run.client);
	return status;
}

static void print_more(void)
{
	printf("\n  --json              one object a line\n"
	       "  --timeout=DURATION  longest time for one file (30s)\n"
	       "  --tries=N           looks at what differs and changes (10)\n\n"
	       "PATH is a file or a directory of the mount; without one, all of "
	       "it.\nExit status: 0 nothing is lost, 1 something is, 2 usage, 3 "
	       "could not tell.\n");
}

const struct cmd cmd_audit = {
	.name = "audit",
	.args = "MNT [PATH...] [--json] [--timeout=DURATION] [--tries=N]",
	.help = "compare the page cache with the store, and say what is lost",
	.run = cmd_audit_main,
	.more = print_more,
};
