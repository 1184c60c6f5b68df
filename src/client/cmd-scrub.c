/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl scrub: compare what SOURCE has with its checksums, by way of the daemon
 * when the argument is a mount point of pinfs, else offline.
 *
 * Exit status: 0 all match; 1 a block does not; 2 usage; 3 it could not be told
 * (a file that cannot be read, a SOURCE that is mounted, a signal).
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/mountref.h"
#include "client/scrub.h"
#include "common/cleanup.h"
#include "common/log.h"

static int parse_options(int argc, char **argv, struct scrub_options *options)
{
	static const struct option longs[] = {
		{ "adopt", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "state", required_argument, NULL, 's' },
		{ 0 },
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":q", longs, NULL)) >= 0) {
		if (c == 'a')
			options->adopt = true;
		else if (c == 'j')
			options->json = true;
		else if (c == 'q')
			options->quiet = true;
		else if (c == 's')
			options->state = optarg;
		else
			return cmd_bad_option(&cmd_scrub, c, argv[optind - 1]);
	}
	if (optind == argc)
		return cmd_usage(&cmd_scrub, "MNT or SOURCE is needed");
	options->state_given = options->state;
	options->root = argv[optind];
	options->paths = argv + optind + 1;
	return CMD_OK;
}

/*
 * The pinfs mount that an absolute path is, or lies in. @at_ret: where it is
 * mounted, NULL for none; caller frees.
 */
static void find_mount(const char *path, char **at_ret)
{
	autofree char *at = strdup(path);
	struct mountref ref;
	char *slash;
	int err = at ? mountref_look(at, &ref) : -ENOMEM;

	while (err == -ENOENT && (slash = strrchr(at, '/')) && slash != at) {
		*slash = '\0';
		err = mountref_look(at, &ref);
	}
	*at_ret = NULL;
	if (err)
		return;
	mountref_deinit(&ref);
	*at_ret = steal_ptr(at);
}

/*
 * Return: a CMD_ status. @root: absolute, without symbolic links. @mounted_ret:
 * it is a mount of pinfs.
 */
static int choose(const struct scrub_options *options, const char *root,
		  bool *mounted_ret)
{
	autofree char *mount = NULL;

	find_mount(root, &mount);
	*mounted_ret = mount;
	if (mount && strcmp(mount, root))
		return cmd_usage(&cmd_scrub, "'%s' lies in the mount '%s', "
				 "which has to come first", options->root,
				 mount);
	if (mount && options->state_given)
		return cmd_usage(&cmd_scrub, "--state is for a SOURCE, and "
				 "'%s' is a mount", options->root);
	return CMD_OK;
}

static int count_file(struct scrub *scrub, const struct scrub_file *file)
{
	scrub_bar_count(scrub, file);
	return 0;
}

static int scrub_one(struct scrub *scrub, const struct scrub_file *file)
{
	int err = scrub->offline ? scrub_offline_file(scrub, file) :
				   scrub_mount_file(scrub, file);

	if (!err)
		scrub_bar_file_done(scrub, file);
	return err;
}

static int walk(struct scrub *scrub)
{
	int err = 0;

	if (!scrub->options.quiet)
		scrub_bar_begin(&scrub->bar);
	if (scrub->bar.line.shown)
		err = scrub_walk(scrub, false, count_file);
	scrub_bar_start(&scrub->bar);
	scrub_report_begin(scrub);
	if (!err)
		err = scrub_walk(scrub, true, scrub_one);
	if (!err && scrub_is_over())
		err = -EINTR;
	scrub_report_end(scrub);
	return err;
}

static int judge(const struct scrub *scrub, int err)
{
	if (err)
		log_err("'%s' was not scrubbed to the end: %s",
			scrub->options.root, err == -ENOTTY ?
			"its daemon does not know how" : strerror(-err));
	if (scrub->sums.bad)
		return CMD_FOUND;
	return err || scrub->sums.errors ? CMD_UNSURE : CMD_OK;
}

/* The root is the working directory from here on. */
static int run_in_root(struct scrub *scrub, bool mounted)
{
	int err;

	if (scrub_check_paths(&scrub->options))
		return CMD_USAGE;
	scrub_catch_signals();
	if (!mounted && scrub_offline_open(&scrub->options, &scrub->offline))
		return CMD_UNSURE;
	err = walk(scrub);
	scrub_offline_close(scrub->offline);
	return judge(scrub, err);
}

/* The state directory may not be there yet: only its parent is resolved. */
static int make_absolute(struct scrub_options *options, char **root_ret,
			 char **state_ret)
{
	int err = 0;

	*root_ret = realpath(options->root, NULL);
	if (!*root_ret) {
		err = -errno;
		log_err("'%s': %s", options->root, strerror(errno));
	} else if (options->state_given) {
		err = mountinfo_absolute(options->state, state_ret);
		if (err)
			log_err("'%s': %s", options->state, strerror(-err));
	} else if (asprintf(state_ret, "%s/.pinfs", *root_ret) < 0) {
		*state_ret = NULL;
		err = -ENOMEM;
	}
	options->state = *state_ret;
	return err;
}

static int run(int argc, char **argv)
{
	struct scrub scrub = { 0 };
	autofree char *root = NULL;
	autofree char *state = NULL;
	bool mounted;
	int status = parse_options(argc, argv, &scrub.options);

	if (status)
		return status;
	if (make_absolute(&scrub.options, &root, &state))
		return CMD_USAGE;
	status = choose(&scrub.options, root, &mounted);
	if (status)
		return status;
	if (chdir(root)) {
		log_err("cannot enter '%s': %s", scrub.options.root,
			strerror(errno));
		return CMD_USAGE;
	}
	return run_in_root(&scrub, mounted);
}

static void more(void)
{
	printf("\n  --adopt      give a checksum to blocks that have none\n"
	       "  --json       one JSON object\n"
	       "  --quiet, -q  only mismatches\n"
	       "  --state=DIR  state directory of SOURCE\n\n"
	       "Exit status: 0 all match, 1 a block does not, 2 usage, "
	       "3 could not tell.\n");
}

const struct cmd cmd_scrub = {
	.name = "scrub",
	.args = "[--json] [--adopt] [--state=DIR] [--quiet] MNT|SOURCE "
		"[PATH...]",
	.help = "compare what SOURCE has with its checksums",
	.run = run,
	.more = more,
};
