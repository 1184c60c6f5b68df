/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash-check [OPTION...] LOG DIR - is everything that crash-load was promised
 * there? Of each file that a sync promised: that it exists, under the name that
 * was promised or one that it may have got since; its size; each byte that
 * nothing has begun to change since.
 *
 *	-b DIR -n FILES -s BYTES	as crash-load had them
 *	-k		only the filesystem's process was killed: what it had
 *			answered, besides syncs, is promised as well
 *	-p BYTES	only this much of the log was there when the copy began,
 *	-e BYTES	and this much when it had been made: syncs in between
 *			promise nothing, but other operations may have happened
 *	-o FILE		"quiet|flight NAME FIRST COUNT" for each run of blocks
 *			that have data: none of their bytes, or some, in flight
 *
 * Prints one JSON object: files and bytes that were checked, promises that are
 * broken, blocks that are quiet and in flight. Status 1: one is broken; each is
 * a line on standard error.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "crash-model.h"

static struct {
	uint64_t files;
	uint64_t bytes;
	uint64_t broken;
	uint64_t quiet;		/* blocks */
	uint64_t flight;	/* blocks */
} counts;

static struct crash_model model;
static int dir_fd;
static FILE *runs;

static PRINTF(1, 2) void broken(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarnx(format, args);
	va_end(args);
	counts.broken++;
}

/* ---- the log ---- */

static bool is_sync(enum crash_kind kind)
{
	return kind == CRASH_MSYNC || kind == CRASH_FSYNC ||
	       kind == CRASH_FDATASYNC || kind == CRASH_DIRSYNC;
}

/* @promised: it had ended for sure before the crash. */
static void end_operation(const struct crash_op *op, bool promised)
{
	if (!promised && is_sync(op->kind))
		return;
	if (!promised)
		model.same_boot = false;
	crash_model_end(&model, op);
}

static void replay(FILE *log, uint64_t sure, uint64_t last)
{
	char line[CRASH_LINE_SIZE];
	struct crash_op op;
	uint64_t position = 0;
	bool begun = false;

	while (fgets(line, sizeof(line), log)) {
		if (position >= last)
			break;
		position += strlen(line);
		if (line[strlen(line) - 1] != '\n')
			break;
		if (!strcmp(line, "=\n") && begun) {
			end_operation(&op, position <= sure);
			begun = false;
		} else if (!begun && crash_op_parse(line, &op)) {
			crash_model_begin(&model, &op);
			begun = true;
		} else {
			errx(2, "the log is not one: %s", line);
		}
	}
}

/* ---- blocks ---- */

enum weather { EMPTY, QUIET, FLIGHT };

static enum weather block_weather(const struct crash_file *file, uint64_t block)
{
	uint64_t begin = block * CRASH_BLOCK;
	uint64_t end = MIN(begin + CRASH_BLOCK, model.max_size);
	bool data = false;

	for (uint64_t i = begin; i < end; i++) {
		if (file->state[i] == CRASH_TOUCHED)
			return FLIGHT;
		data |= file->state[i] == CRASH_PROMISED && file->promised[i];
	}
	return data ? QUIET : EMPTY;
}

static void end_run(unsigned int slot, enum weather weather, uint64_t first,
		    uint64_t end)
{
	if (weather == EMPTY || first == end)
		return;
	*(weather == QUIET ? &counts.quiet : &counts.flight) += end - first;
	if (runs)
		fprintf(runs, "%s %s %" PRIu64 " %" PRIu64 "\n",
			weather == QUIET ? "quiet" : "flight",
			crash_model_name(slot), first, end - first);
}

/* @size: of the file as it was found [bytes]. */
static void tell_blocks(unsigned int slot, const struct crash_file *file,
			uint64_t size)
{
	uint64_t blocks = (size + CRASH_BLOCK - 1) / CRASH_BLOCK;
	enum weather now = EMPTY;
	uint64_t first = 0;

	for (uint64_t block = 0; block < blocks; block++) {
		enum weather next = block_weather(file, block);

		if (next == now)
			continue;
		end_run(slot, now, first, block);
		now = next;
		first = block;
	}
	end_run(slot, now, first, blocks);
}

/* ---- files ---- */

static void check_bytes(unsigned int slot, const struct crash_file *file,
			const uint8_t *found, uint64_t size)
{
	uint64_t wrong = 0;
	uint64_t first = 0;

	for (uint64_t i = 0; i < model.max_size; i++) {
		if (file->state[i] != CRASH_PROMISED)
			continue;
		counts.bytes++;
		if (i < size && found[i] == file->promised[i])
			continue;
		if (!wrong++)
			first = i;
	}
	if (wrong)
		broken("%s (file %" PRIu64 ", %" PRIu64 " bytes): %" PRIu64
		       " promised bytes are wrong or missing, from %" PRIu64,
		       crash_model_name(slot), file->id, size, wrong, first);
}

static void check_file(unsigned int slot, struct crash_file *file, int fd,
		       uint64_t size)
{
	autofree uint8_t *found = malloc(size + 1);
	ssize_t len;

	if (!found)
		err(2, "malloc");
	len = fdio_pread(fd, found, size, 0);
	if (len != (ssize_t)size) {
		broken("%s: cannot be read: %s", crash_model_name(slot),
		       len < 0 ? strerror((int)-len) : "it ends early");
		return;
	}
	if (!file->size_touched && file->promised_size != size)
		broken("%s: has %" PRIu64 " bytes, not %" PRIu64,
		       crash_model_name(slot), size, file->promised_size);
	check_bytes(slot, file, found, size);
	tell_blocks(slot, file, size);
	file->found = true;
	counts.files++;
}

/* Which file has the name? One that was never promised need not be whole. */
static void check_slot(unsigned int number)
{
	const struct crash_slot *slot = &model.slots[number];
	struct crash_file *file = NULL;
	autoclose int fd = -1;
	struct stat st = { 0 };

	fd = openat(dir_fd, crash_model_name(number), O_RDONLY);
	if (fd < 0 && errno != ENOENT) {
		broken("%s: %s", crash_model_name(number), strerror(errno));
		return;
	}
	if (fd >= 0 && fstat(fd, &st))
		err(2, "fstat");
	if (fd >= 0)
		file = crash_model_find(&model, st.st_gid - CRASH_FIRST_GROUP);
	if (!slot->touched && file != slot->promised)
		broken("%s: is file %" PRIu64 ", not %" PRIu64,
		       crash_model_name(number), file ? file->id : 0,
		       slot->promised ? slot->promised->id : 0);
	if (file)
		check_file(number, file, fd, (uint64_t)st.st_size);
}

static void check_directory(void)
{
	for (unsigned int i = 0; i < model.slot_count; i++)
		check_slot(i);
	for (struct crash_file *file = model.files; file; file = file->next)
		if (file->must_exist && !file->found)
			broken("file %" PRIu64 " is gone", file->id);
}

struct options {
	const char *base;
	const char *runs;
	unsigned long files;
	unsigned long size;
	uint64_t sure;
	uint64_t last;
	bool same_boot;
};

static void parse_options(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt(argc, argv, "b:n:s:kp:e:o:")) != -1) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (option) {
		case 'b': options->base = optarg; break;
		case 'n': options->files = number; break;
		case 's': options->size = number; break;
		case 'k': options->same_boot = true; break;
		case 'p': options->sure = number; break;
		case 'e': options->last = number; break;
		case 'o': options->runs = optarg; break;
		default: exit(2);
		}
	}
	if (optind != argc - 2)
		errx(2, "usage: crash-check [OPTION...] LOG DIR");
}

static FILE *open_stream(const char *path, const char *mode)
{
	FILE *stream = fopen(path, mode);

	if (!stream)
		err(2, "%s", path);
	return stream;
}

int main(int argc, char **argv)
{
	struct options options = { .files = 8, .size = 1 << 20,
				   .sure = UINT64_MAX, .last = UINT64_MAX };
	FILE *log;

	parse_options(argc, argv, &options);
	crash_model_init(&model, (unsigned int)options.files, options.size,
			 options.same_boot);
	if (options.base)
		crash_model_adopt(&model, options.base);
	log = open_stream(argv[optind], "r");
	if (options.runs)
		runs = open_stream(options.runs, "w");
	replay(log, options.sure, options.last);
	fclose(log);
	dir_fd = open(argv[optind + 1], O_RDONLY | O_DIRECTORY);
	if (dir_fd < 0)
		err(2, "%s", argv[optind + 1]);
	check_directory();
	if (runs && fclose(runs))
		err(2, "%s", options.runs);
	printf("{\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"broken\":%"
	       PRIu64 ",\"quiet\":%" PRIu64 ",\"flight\":%" PRIu64 "}\n",
	       counts.files, counts.bytes, counts.broken, counts.quiet,
	       counts.flight);
	crash_model_deinit(&model);
	return counts.broken ? 1 : 0;
}
