/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix of what sweeps have left, in one of its forms, without the command
 * around it.
 *	sweep-matrix table|all|json|ktap|junit|html DIR...
 * The exit status is that of the sweep; 10: it could not be printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/sweepmatrix.h"
#include "common/log.h"

enum { FAILED = 10 };

static int print(const struct sweepmatrix *matrix, const char *form)
{
	struct sweepmatrix_view view = {
		.out = stdout, .colour = getenv("COLOUR"),
		.verbose = strcmp(form, "all") == 0,
	};

	if (strcmp(form, "json") == 0)
		return sweepmatrix_print_json(matrix, stdout);
	if (strcmp(form, "html") == 0)
		return sweepmatrix_print_html(matrix, stdout, ".");
	if (strcmp(form, "ktap") == 0)
		sweepmatrix_print_ktap(matrix, stdout);
	else if (strcmp(form, "junit") == 0)
		sweepmatrix_print_junit(matrix, stdout);
	else
		sweepmatrix_print_table(matrix, &view);
	return 0;
}

int main(int argc, char **argv)
{
	struct sweepresult_list *list;
	struct sweepmatrix *matrix;
	int status = FAILED;

	log_setup("sweep-matrix", LOG_SINK_STDERR, false);
	if (argc < 3 || sweepresult_load(argv + 2, (size_t)argc - 2, &list))
		return FAILED;
	if (!sweepmatrix_create(list, &matrix)) {
		if (!print(matrix, argv[1]))
			status = sweepmatrix_status(matrix);
		sweepmatrix_destroy(matrix);
	}
	sweepresult_destroy(list);
	return status;
}
