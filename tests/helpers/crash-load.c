/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash-load [OPTION...] DIR - random operations of all kinds on a few files in
 * DIR, each in a log outside of it before it begins and when it has ended, until
 * so many are done, SIGTERM comes, or the filesystem ends under it. crash-check
 * tells from the log what must be there afterwards.
 *
 *	-l FILE		the log, appended to
 *	-b DIR		begin with the files of this copy, which DIR has as well
 *	-i ID		the first identity of a new file; later loads go on higher
 *	-n FILES -s BYTES	how many, and the largest size (8, 1 MiB)
 *	-o OPERATIONS	(no end)
 *	-r SEED		(1)
 *	-a BYTES	alignment of direct I/O (512)
 *	-m NAME=WEIGHT,...	the mixture; 0 leaves an operation out
 *
 * Status 0: done; 3: the filesystem ended; 1: something failed, or was not read
 * as written, on one that is there. At most one operation has begun and not ended.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/compiler.h"
#include "crash-model.h"

enum {
	STATUS_ENDED = 3,
	LARGEST = 128 << 10,	/* bytes of an operation */
};

/* The open descriptors of a slot's file, -1 or NULL while there are none. */
struct access {
	int fd;
	int direct;
	uint8_t *map;		/* max_size bytes */
};

static struct crash_model model;
static struct access accesses[CRASH_MOST_SLOTS];
static int dir_fd;
static int log_fd = -1;
static uint64_t next_id = 1;
static uint64_t generation;
static uint64_t alignment = 512;
static _Alignas(4096) uint8_t buffer[LARGEST];
static volatile sig_atomic_t ended;

static unsigned int weights[CRASH_KINDS] = {
	[CRASH_WRITE] = 30, [CRASH_DIRECT] = 12, [CRASH_STORE] = 12,
	[CRASH_TRUNCATE] = 5, [CRASH_PUNCH] = 3, [CRASH_ZERO] = 3,
	[CRASH_KEEP] = 2, [CRASH_COPY] = 4, [CRASH_RENAME] = 3,
	[CRASH_UNLINK] = 2, [CRASH_MSYNC] = 6, [CRASH_FSYNC] = 8,
	[CRASH_FDATASYNC] = 4, [CRASH_DIRSYNC] = 2, [CRASH_READ] = 8,
};

static uint64_t below(uint64_t limit)
{
	return limit ? (uint64_t)(random() << 31 ^ random()) % limit : 0;
}

/* ---- the end ---- */

static void end(int signal_number)
{
	(void)signal_number;
	ended = 1;
}

/* A store into a page that cannot be had any more. */
static void end_at_once(int signal_number)
{
	(void)signal_number;
	_exit(STATUS_ENDED);
}

/* An error of a filesystem that ended, or one of its own? */
static NORETURN void failed(const char *what)
{
	int error = errno;
	int flags = AT_EMPTY_PATH | AT_STATX_FORCE_SYNC;
	struct statx attr;

	if (error == ENOTCONN || error == ECONNABORTED || error == ENODEV ||
	    statx(dir_fd, "", flags, STATX_MTIME, &attr))
		exit(STATUS_ENDED);
	errno = error;
	err(1, "%s", what);
}

/* ---- files ---- */

static int slot_fd(unsigned int slot)
{
	struct access *access = &accesses[slot];

	if (access->fd < 0)
		access->fd = openat(dir_fd, crash_model_name(slot), O_RDWR);
	if (access->fd < 0)
		failed("open");
	return access->fd;
}

static int slot_direct(unsigned int slot)
{
	struct access *access = &accesses[slot];

	if (access->direct < 0)
		access->direct = openat(dir_fd, crash_model_name(slot),
					O_RDWR | O_DIRECT);
	if (access->direct < 0)
		failed("open for direct I/O");
	return access->direct;
}

static uint8_t *slot_map(unsigned int slot)
{
	struct access *access = &accesses[slot];

	if (access->map)
		return access->map;
	access->map = mmap(NULL, model.max_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED, slot_fd(slot), 0);
	if (access->map == MAP_FAILED)
		failed("mmap");
	return access->map;
}

static void slot_close(unsigned int slot)
{
	struct access *access = &accesses[slot];

	if (access->map)
		munmap(access->map, model.max_size);
	if (access->fd >= 0)
		close(access->fd);
	if (access->direct >= 0)
		close(access->direct);
	*access = (struct access){ -1, -1, NULL };
}

/* ---- how each is done: the same as in the model ---- */

static bool do_create(const struct crash_op *op)
{
	int *fd = &accesses[op->slot].fd;

	/* From the first moment on the group is its identity. */
	setfsgid((gid_t)(CRASH_FIRST_GROUP + op->id));
	*fd = openat(dir_fd, crash_model_name(op->slot),
		     O_RDWR | O_CREAT | O_EXCL, 0644);
	setfsgid(getegid());
	return *fd >= 0;
}

static bool do_write(const struct crash_op *op)
{
	int fd = op->kind == CRASH_DIRECT ? slot_direct(op->slot)
					  : slot_fd(op->slot);

	crash_content(buffer, op->generation, op->off, op->len);
	return pwrite(fd, buffer, op->len, (off_t)op->off) == (ssize_t)op->len;
}

static bool do_store(const struct crash_op *op)
{
	crash_content(slot_map(op->slot) + op->off, op->generation, op->off,
		      op->len);
	return true;
}

static bool do_truncate(const struct crash_op *op)
{
	return !ftruncate(slot_fd(op->slot), (off_t)op->len);
}

static bool do_allocate(const struct crash_op *op)
{
	static const int modes[CRASH_KINDS] = {
		[CRASH_PUNCH] = FALLOC_FL_PUNCH_HOLE,
		[CRASH_ZERO] = FALLOC_FL_ZERO_RANGE,
	};

	return !fallocate(slot_fd(op->slot),
			  modes[op->kind] | FALLOC_FL_KEEP_SIZE,
			  (off_t)op->off, (off_t)op->len);
}

static bool do_copy(const struct crash_op *op)
{
	off_t from = (off_t)op->off2;
	off_t to = (off_t)op->off;
	uint64_t left = op->len;

	while (left > 0) {
		ssize_t len = copy_file_range(slot_fd(op->slot2), &from,
					      slot_fd(op->slot), &to, left, 0);

		if (len <= 0)
			return false;
		left -= (uint64_t)len;
	}
	return true;
}

static bool do_rename(const struct crash_op *op)
{
	slot_close(op->slot2);
	accesses[op->slot2] = accesses[op->slot];
	accesses[op->slot] = (struct access){ -1, -1, NULL };
	return !renameat(dir_fd, crash_model_name(op->slot), dir_fd,
			 crash_model_name(op->slot2));
}

static bool do_unlink(const struct crash_op *op)
{
	slot_close(op->slot);
	return !unlinkat(dir_fd, crash_model_name(op->slot), 0);
}

static bool do_sync(const struct crash_op *op)
{
	switch (op->kind) {
	case CRASH_MSYNC:
		return !msync(slot_map(op->slot) + op->off, op->len, MS_SYNC);
	case CRASH_FSYNC:
		return !fsync(slot_fd(op->slot));
	case CRASH_FDATASYNC:
		return !fdatasync(slot_fd(op->slot));
	default:
		return !fsync(dir_fd);
	}
}

static bool do_read(const struct crash_op *op)
{
	const uint8_t *wanted = model.slots[op->slot].file->content + op->off;
	ssize_t len = pread(slot_fd(op->slot), buffer, op->len,
			    (off_t)op->off);

	if (len != (ssize_t)op->len)
		return false;
	for (uint64_t i = 0; i < op->len; i++)
		if (buffer[i] != wanted[i])
			errx(1, "%s: byte %" PRIu64 " was read as %02x, not "
			     "%02x", crash_model_name(op->slot), op->off + i,
			     buffer[i], wanted[i]);
	return true;
}

static bool (*const actions[CRASH_KINDS])(const struct crash_op *op) = {
	[CRASH_CREATE] = do_create, [CRASH_WRITE] = do_write,
	[CRASH_DIRECT] = do_write, [CRASH_STORE] = do_store,
	[CRASH_TRUNCATE] = do_truncate, [CRASH_PUNCH] = do_allocate,
	[CRASH_ZERO] = do_allocate, [CRASH_KEEP] = do_allocate,
	[CRASH_COPY] = do_copy, [CRASH_RENAME] = do_rename,
	[CRASH_UNLINK] = do_unlink, [CRASH_MSYNC] = do_sync,
	[CRASH_FSYNC] = do_sync, [CRASH_FDATASYNC] = do_sync,
	[CRASH_DIRSYNC] = do_sync, [CRASH_READ] = do_read,
};

/* ---- what is done next ---- */

/* Whole blocks, a few bytes or many; anywhere, or at the end of the file. */
static void choose_range(struct crash_op *op, uint64_t size)
{
	uint64_t most = MIN(model.max_size, (uint64_t)LARGEST);

	op->len = below(2) ? (1 + below(8)) * CRASH_BLOCK
			   : 1 + below(below(2) ? 600 : 30000);
	op->len = MIN(op->len, most);
	op->off = below(4) ? below(model.max_size - op->len + 1) : size;
	if (!below(2))
		op->off -= op->off % CRASH_BLOCK;
	op->off = MIN(op->off, model.max_size - op->len);
}

/* Cut it off at @size. Return: is there something left? */
static bool confine(struct crash_op *op, uint64_t size)
{
	if (op->off >= size)
		op->off = below(size);
	op->len = MIN(op->len, size - op->off);
	return op->len > 0;
}

static bool choose_direct(struct crash_op *op)
{
	op->len = (op->len + alignment - 1) / alignment * alignment;
	op->len = MIN(op->len, model.max_size / alignment * alignment);
	op->off = MIN(op->off, model.max_size - op->len);
	op->off -= op->off % alignment;
	return op->len > 0 && op->len <= LARGEST;
}

static bool choose_copy(struct crash_op *op)
{
	const struct crash_file *from;

	op->slot2 = (unsigned int)below(model.slot_count);
	from = model.slots[op->slot2].file;
	if (!from || !from->size)
		return false;
	op->off2 = below(from->size);
	op->len = MIN(op->len, from->size - op->off2);
	return op->slot != op->slot2 || op->off + op->len <= op->off2 ||
	       op->off2 + op->len <= op->off;
}

/* For what cannot be done as it comes. Return: can it be done? */
static bool adjust(struct crash_op *op, const struct crash_file *file)
{
	switch (op->kind) {
	case CRASH_DIRECT:
		return choose_direct(op);
	case CRASH_TRUNCATE:
		op->len = below(3) ? below(model.max_size + 1)
				   : file->size - below(file->size + 1) / 8;
		op->off = 0;
		return true;
	case CRASH_COPY:
		return choose_copy(op);
	case CRASH_RENAME:
		op->slot2 = (unsigned int)below(model.slot_count);
		return op->slot2 != op->slot;
	case CRASH_MSYNC:
		if (!confine(op, file->size))
			return false;
		op->len += op->off % CRASH_BLOCK;
		op->off -= op->off % CRASH_BLOCK;
		return true;
	case CRASH_STORE:
	case CRASH_PUNCH:
	case CRASH_ZERO:
	case CRASH_READ:
		return confine(op, file->size);
	default:
		return true;
	}
}

static enum crash_kind choose_kind(void)
{
	enum crash_kind kind;
	unsigned int total = 0;
	uint64_t number;

	for (kind = 0; kind < CRASH_KINDS; kind++)
		total += weights[kind];
	number = below(total);
	for (kind = 0; number >= weights[kind]; kind++)
		number -= weights[kind];
	return kind;
}

static bool choose(struct crash_op *op)
{
	const struct crash_file *file;

	*op = (struct crash_op){ .slot = (unsigned int)below(model.slot_count) };
	file = model.slots[op->slot].file;
	if (!file) {
		op->kind = CRASH_CREATE;
		op->id = next_id++;
		return true;
	}
	op->kind = choose_kind();
	op->generation = ++generation;
	choose_range(op, file->size);
	return adjust(op, file);
}

/* ---- the loop ---- */

static void write_log(const char *line, size_t len)
{
	if (write(log_fd, line, len) != (ssize_t)len)
		err(1, "the log");
}

static void perform(const struct crash_op *op)
{
	char line[CRASH_LINE_SIZE];

	if (op->kind != CRASH_READ)
		write_log(line, crash_op_print(line, op));
	crash_model_begin(&model, op);
	if (!actions[op->kind](op))
		failed(crash_kind_names[op->kind]);
	crash_model_end(&model, op);
	if (op->kind != CRASH_READ)
		write_log("=\n", 2);
}

static void run(unsigned long operations)
{
	for (unsigned long done = 0; done < operations && !ended; ) {
		struct crash_op op;

		if (!choose(&op))
			continue;
		perform(&op);
		done++;
	}
	for (unsigned int i = 0; i < model.slot_count; i++)
		slot_close(i);
}

static void parse_mixture(char *text)
{
	char *word;

	while ((word = strsep(&text, ","))) {
		char *weight = strchr(word, '=');
		int kind = 0;

		if (!weight)
			errx(2, "%s: no weight", word);
		*weight++ = '\0';
		while (kind < CRASH_KINDS &&
		       strcmp(word, crash_kind_names[kind]) != 0)
			kind++;
		if (kind == CRASH_KINDS || kind == CRASH_CREATE)
			errx(2, "%s: no such operation", word);
		weights[kind] = (unsigned int)strtoul(weight, NULL, 10);
	}
}

struct options {
	const char *log;
	const char *base;
	unsigned long files;
	unsigned long size;
	unsigned long operations;
};

static void parse_options(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt(argc, argv, "l:b:i:n:s:o:r:a:m:")) != -1) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;

		switch (option) {
		case 'l': options->log = optarg; break;
		case 'b': options->base = optarg; break;
		case 'i': next_id = number; break;
		case 'n': options->files = number; break;
		case 's': options->size = number; break;
		case 'o': options->operations = number; break;
		case 'r': srandom((unsigned int)number); break;
		case 'a': alignment = number; break;
		case 'm': parse_mixture(optarg); break;
		default: exit(2);
		}
	}
	if (optind != argc - 1)
		errx(2, "usage: crash-load [OPTION...] DIR");
}

int main(int argc, char **argv)
{
	struct options options = { .files = 8, .size = 1 << 20,
				   .operations = ~0ul,
				   .log = "/dev/null" };
	struct sigaction action = { .sa_handler = end };

	parse_options(argc, argv, &options);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = end_at_once;
	sigaction(SIGBUS, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	crash_model_init(&model, (unsigned int)options.files, options.size,
			 false);
	if (options.base)
		crash_model_adopt(&model, options.base);
	generation = next_id << 24;
	for (unsigned int i = 0; i < CRASH_MOST_SLOTS; i++)
		accesses[i] = (struct access){ -1, -1, NULL };
	dir_fd = open(argv[optind], O_RDONLY | O_DIRECTORY);
	if (dir_fd < 0)
		err(1, "%s", argv[optind]);
	log_fd = open(options.log, O_WRONLY | O_APPEND | O_CREAT, 0644);
	if (log_fd < 0)
		err(1, "%s", options.log);
	run(options.operations);
	crash_model_deinit(&model);
	return 0;
}
