/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns what a sweep leaves of its results, and in which form it tells them. */
#include "client/cmd-sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/sweepdir.h"
#include "client/sweepmatrix.h"
#include "common/cleanup.h"
#include "common/log.h"

static bool colour_welcome(void)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (!none || !*none) && term &&
	       strcmp(term, "dumb") != 0;
}

/* Of a file's path the directory, which links are relative to. */
static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") :
			       strndup(path, (size_t)(slash - path));
}

static int print_file(const struct sweepmatrix *matrix, FILE *out, bool html,
		      const char *path)
{
	autofree char *base = dir_of(path);
	int err;

	if (!base)
		return -ENOMEM;
	err = html ? sweepmatrix_print_html(matrix, out, base) :
		     sweepmatrix_print_json(matrix, out);
	if (!err && fflush(out))
		err = -errno;
	return !err && ferror(out) ? -EIO : err;
}

/* Whole, or as it was before. Return: 0 or -errno (message logged). */
static int write_file(const struct sweepmatrix *matrix, bool html,
		      const char *path)
{
	autofree char *new = NULL;
	FILE *out = NULL;
	int err = asprintf(&new, "%s.new", path) < 0 ? -ENOMEM : 0;

	if (!err) {
		out = fopen(new, "we");
		err = out ? print_file(matrix, out, html, path) : -errno;
	}
	if (out && fclose(out) && !err)
		err = -errno;
	if (!err && rename(new, path))
		err = -errno;
	if (err) {
		log_err("cannot write '%s': %s", path, strerror(-err));
		if (out)
			unlink(new);
	}
	return err;
}

static int write_out(const struct sweepmatrix *matrix, const char *out)
{
	autofree char *json = NULL, *html = NULL;
	int err = sweepdir_make(out);

	if (err) {
		log_err("cannot make '%s': %s", out, strerror(-err));
		return err;
	}
	if (asprintf(&json, "%s/matrix.json", out) < 0) {
		json = NULL;
		err = -ENOMEM;
	} else if (asprintf(&html, "%s/matrix.html", out) < 0) {
		html = NULL;
		err = -ENOMEM;
	}
	if (!err)
		err = write_file(matrix, false, json);
	return err ? err : write_file(matrix, true, html);
}

/* Before anything is printed: who reads that may have enough of it (SIGPIPE). */
static int write_files(const struct sweepmatrix *matrix, const char *out,
		       const char *html)
{
	int err = out ? write_out(matrix, out) : 0;

	return !err && html ? write_file(matrix, true, html) : err;
}

static int print(const struct sweepmatrix *matrix, enum cmd_sweep_form form,
		 bool verbose)
{
	struct sweepmatrix_view view = {
		.out = stdout,
		.colour = colour_welcome(),
		.verbose = verbose,
	};

	switch (form) {
	case CMD_SWEEP_JSON:
		return sweepmatrix_print_json(matrix, stdout);
	case CMD_SWEEP_KTAP:
		sweepmatrix_print_ktap(matrix, stdout);
		return 0;
	case CMD_SWEEP_JUNIT:
		sweepmatrix_print_junit(matrix, stdout);
		return 0;
	default:
		sweepmatrix_print_table(matrix, &view);
		return 0;
	}
}

int cmd_sweep_tell(char *const *paths, size_t count, enum cmd_sweep_form form,
		   const char *out, const char *html, bool verbose)
{
	struct sweepresult_list *list = NULL;
	struct sweepmatrix *matrix = NULL;
	int status = CMD_UNSURE;
	int err = sweepresult_load(paths, count, &list);

	if (!err)
		err = sweepmatrix_create(list, &matrix);
	if (!err) {
		int written = write_files(matrix, out, html);

		err = print(matrix, form, verbose);
		if (!err && !written)
			status = sweepmatrix_status(matrix);
	}
	sweepmatrix_destroy(matrix);
	sweepresult_destroy(list);
	return status;
}

void cmd_sweep_die(int number)
{
	fflush(stdout);
	signal(number, SIG_DFL);
	raise(number);
}
