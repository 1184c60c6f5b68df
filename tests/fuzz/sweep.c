/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the reader of result.json, and all forms of the matrix. An input
 * is lines: those that begin with '!' are the first kernel's event log without
 * it; each other one is the result.json of a kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/sweepmatrix.h"
#include "client/sweepresult.h"
#include "common/compiler.h"

#include "fuzz.h"

enum { KERNELS = 4, COLUMNS = 60, PATH_SIZE = 96 };

static char dir[] = "/tmp/pinfs-fuzz-XXXXXX";
static unsigned int kernels;
static FILE *events;

/* ---- files out of lines ---- */

static void path_of(char path[PATH_SIZE], unsigned int kernel,
		    const char *name)
{
	snprintf(path, PATH_SIZE, "%s/kernel-%u/%s", dir, kernel, name);
}

static void take_line(char *line, UNUSED void *context)
{
	char path[PATH_SIZE];
	FILE *out;

	if (*line == '!') {
		fprintf(events, "%s\n", line + 1);
		return;
	}
	if (kernels == KERNELS)
		return;
	path_of(path, kernels++, "result.json");
	out = fopen(path, "w");
	assert(out);
	fputs(line, out);
	assert(!fclose(out));
}

static void remove_results(void)
{
	char path[PATH_SIZE];

	for (unsigned int k = 0; k < KERNELS; k++) {
		path_of(path, k, "result.json");
		unlink(path);
	}
}

static void make_files(const uint8_t *data, size_t size)
{
	char path[PATH_SIZE];

	remove_results();
	kernels = 0;
	path_of(path, 0, "events.jsonl");
	events = fopen(path, "w");
	assert(events);
	fuzz_lines(data, size, take_line, NULL);
	assert(!fclose(events));
}

/* ---- what must be true ---- */

static void check_table(const struct sweepmatrix *matrix, bool verbose)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct sweepmatrix_view view = {
		.out = out, .width = COLUMNS, .verbose = verbose,
	};

	assert(out);
	sweepmatrix_print_table(matrix, &view);
	assert(!fclose(out) && strlen(text) == len);
	fuzz_check_text(text, COLUMNS);
	free(text);
}

/* Each kernel is a test with subtests: itself, and its scenarios. */
static void check_ktap(const struct sweepmatrix *matrix)
{
	size_t wanted = 2 * matrix->list->count, found = 0;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert(out);
	sweepmatrix_print_ktap(matrix, out);
	assert(!fclose(out) && strlen(text) == len);
	for (size_t i = 0; i < matrix->scenario_count * matrix->list->count; i++)
		wanted += matrix->cells[i].result || matrix->cells[i].partial;
	for (char *save, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " ");
		found += !strncmp(line, "ok ", 3) ||
			 !strncmp(line, "not ok ", 7);
	}
	assert(found == wanted);
	free(text);
}

static void check_others(const struct sweepmatrix *matrix)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert(out);
	sweepmatrix_print_junit(matrix, out);
	assert(!sweepmatrix_print_json(matrix, out));
	assert(!sweepmatrix_print_html(matrix, out, dir));
	assert(!fclose(out) && strlen(text) == len);
	free(text);
}

static void check_changes(const struct sweepmatrix *matrix)
{
	for (size_t i = 0; i < matrix->change_count; i++) {
		const struct sweepmatrix_change *change = &matrix->changes[i];
		const struct sweepmatrix_cell *before = sweepmatrix_cell(
			matrix, change->scenario, change->before);
		const struct sweepmatrix_cell *after = sweepmatrix_cell(
			matrix, change->scenario, change->after);

		assert(change->before < change->after && after->changed);
		assert(sweepmatrix_is_answer(before));
		assert(sweepmatrix_is_answer(after));
		assert(before->result->verdict != after->result->verdict);
	}
}

/* No kernel passes for one that is told, and none has the name of another. */
static void check_kernels(const struct sweepmatrix *matrix)
{
	const struct sweepresult_list *list = matrix->list;
	int status = sweepmatrix_status(matrix);

	assert(list->count == kernels);
	for (size_t k = 0; k < list->count; k++) {
		const struct sweepresult *result = &list->results[k];

		if (!sweepresult_stands(result))
			assert(status == CMD_UNSURE);
		else
			assert(result->status >= 0 && result->json);
		for (size_t i = 0; i < k; i++) {
			assert(strcmp(result->name, list->results[i].name));
			assert(strcmp(result->label, list->results[i].label));
		}
	}
}

static void clean_up(void)
{
	char path[PATH_SIZE];

	remove_results();
	path_of(path, 0, "events.jsonl");
	unlink(path);
	for (unsigned int k = 0; k < KERNELS; k++) {
		path_of(path, k, "");
		rmdir(path);
	}
	rmdir(dir);
}

int LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	char path[PATH_SIZE];

	assert(mkdtemp(dir));
	for (unsigned int k = 0; k < KERNELS; k++) {
		path_of(path, k, "");
		assert(!mkdir(path, 0700));
	}
	return atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *const paths[] = { dir };
	struct sweepresult_list *list;
	struct sweepmatrix *matrix;

	make_files(data, size);
	if (!kernels)
		return 0;
	assert(!sweepresult_load(paths, 1, &list));
	assert(!sweepmatrix_create(list, &matrix));
	check_kernels(matrix);
	check_changes(matrix);
	check_table(matrix, false);
	check_table(matrix, true);
	check_ktap(matrix);
	check_others(matrix);
	sweepmatrix_destroy(matrix);
	sweepresult_destroy(list);
	return 0;
}
