/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target without libFuzzer: runs it on the files named, or else on all of
 * $srcdir/tests/fuzz/inputs/TARGET, one TAP check a file. A finding ends the
 * program; the last line before says which file it was.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"

#include "fuzz.h"

enum { INPUT_MAX = 1 << 20 };

static unsigned int checks;

static void run_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data = malloc(INPUT_MAX);
	size_t size;

	if (!file || !data) {
		printf("not ok %u - %s: %s\n", ++checks, path, strerror(errno));
		exit(1);
	}
	printf("# %s\n", path);
	fflush(stdout);
	size = fread(data, 1, INPUT_MAX, file);
	fclose(file);

	/* As long as the input, so that a sanitizer sees who reads further. */
	uint8_t *exact = malloc(size ? size : 1);

	assert(exact);
	memcpy(exact, data, size);
	free(data);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	printf("ok %u - %s\n", ++checks, strrchr(path, '/') ?
	       strrchr(path, '/') + 1 : path);
	fflush(stdout);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* @target: "control" */
static int run_directory(const char *target)
{
	const char *top = getenv("srcdir");
	struct dirent **entries;
	char dir[2048];
	int count;

	snprintf(dir, sizeof(dir), "%s/tests/fuzz/inputs/%s", top ? top : ".",
		 target);
	count = scandir(dir, &entries, is_input, alphasort);
	if (count <= 0) {
		printf("not ok 1 - %s: %s\n1..1\n", dir,
		       count ? strerror(errno) : "no files");
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		free(entries[i]);
		run_file(path);
	}
	free(entries);
	return 0;
}

int main(int argc, char **argv)
{
	char target[64];

	LLVMFuzzerInitialize(&argc, &argv);
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			run_file(argv[i]);
		printf("1..%u\n", checks);
		return 0;
	}
	snprintf(target, sizeof(target), "%s", program_invocation_short_name);
	target[strcspn(target, ".")] = '\0';
	return run_directory(target);
}
