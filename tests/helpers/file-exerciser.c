/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file-exerciser [OPTION...] FILE - random operations on one file, in every way
 * that a file can be read and written: each read is compared with a model in
 * memory, and so is the whole file at the end.
 *
 *	-N OPERATIONS	(20000)
 *	-S SEED		(1)
 *	-l BYTES	the largest size (262144)
 *	-o BYTES	the largest operation (65536)
 *	-a BYTES	alignment of direct I/O; 0: none of it (512)
 *	-x NAME,...	leave these operations out
 *
 * A difference is printed with its place, what was expected and what was found,
 * and the last operations that had to do with that byte; status 1. At the end
 * one line counts the operations.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/compiler.h"

enum {
	PAGE = 4096,
	MOST_SHOWN = 30,
	LOG_SIZE = 1 << 16,	/* operations that are remembered */
};

/* Where an operation's range may lie. */
enum place {
	ANYWHERE,
	INSIDE,			/* within the file */
	ALIGNED,		/* for direct I/O */
	ALIGNED_INSIDE,		/* begins within the file */
};

struct operation {
	const char *name;
	unsigned int weight;
	int (*run)(uint64_t off, uint64_t len);	/* Return: 0 or -errno */
	enum place place;
};

struct entry {
	const char *name;
	uint64_t off;		/* [bytes], as all below */
	uint64_t len;
	uint64_t from;		/* copy only */
	uint64_t size;		/* of the file before */
};

static const char *path;
static int fd = -1;
static int direct_fd = -1;
static uint8_t *map;
static uint8_t *model;
static uint8_t *buffer;
static uint64_t size;
static uint64_t max_size = 256 << 10;
static uint64_t max_len = 64 << 10;
static uint64_t alignment = 512;
static struct entry entries[LOG_SIZE];
static uint64_t done;

static uint64_t below(uint64_t limit)
{
	return limit ? (uint64_t)(random() << 31 ^ random()) % limit : 0;
}

/* No byte is 0: that is for holes. */
static void fill(uint8_t *bytes, uint64_t len)
{
	uint32_t x = (uint32_t)random() | 1;

	for (uint64_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		bytes[i] = (uint8_t)(x % 255 + 1);
	}
}

/* ---- the log ---- */

static struct entry *entry_at(uint64_t number)
{
	return &entries[number % LOG_SIZE];
}

static void print_entry(uint64_t number)
{
	const struct entry *entry = entry_at(number);

	fprintf(stderr, "%" PRIu64 " %s %#" PRIx64 "..%#" PRIx64,
		number, entry->name, entry->off, entry->off + entry->len);
	if (!strcmp(entry->name, "copy"))
		fprintf(stderr, " from %#" PRIx64, entry->from);
	fprintf(stderr, " (size %#" PRIx64 ")\n", entry->size);
}

static bool concerns(const struct entry *entry, uint64_t byte)
{
	if (!strcmp(entry->name, "truncate"))
		return true;
	return entry->off <= byte && byte < entry->off + entry->len;
}

static NORETURN void differs(const char *what, uint64_t at, uint8_t found)
{
	uint64_t number = done;
	int shown = 0;

	fprintf(stderr, "operation %" PRIu64 ", %s: byte %#" PRIx64
		" is %02x, not %02x; newest first, what has to do with it:\n",
		done, what, at, found, model[at]);
	while (shown < MOST_SHOWN && done - number < LOG_SIZE) {
		if (entry_at(number)->name && concerns(entry_at(number), at)) {
			print_entry(number);
			shown++;
		}
		if (number-- == 0)
			break;
	}
	exit(1);
}

static void compare(const char *what, const uint8_t *bytes, uint64_t off,
		    uint64_t len)
{
	if (!memcmp(bytes, model + off, len))
		return;
	for (uint64_t i = 0; i < len; i++)
		if (bytes[i] != model[off + i])
			differs(what, off + i, bytes[i]);
}

/* ---- operations ---- */

static int result(ssize_t got, uint64_t wanted)
{
	if (got < 0)
		return -errno;
	return (uint64_t)got == wanted ? 0 : -ENODATA;
}

/* New bytes, in the buffer and in the model. */
static void make_bytes(uint64_t off, uint64_t len)
{
	fill(buffer, len);
	memcpy(model + off, buffer, len);
	size = MAX(size, off + len);
}

static int write_to(int to, uint64_t off, uint64_t len)
{
	make_bytes(off, len);
	return result(pwrite(to, buffer, len, (off_t)off), len);
}

static int do_write(uint64_t off, uint64_t len)
{
	return write_to(fd, off, len);
}

static int do_direct_write(uint64_t off, uint64_t len)
{
	return write_to(direct_fd, off, len);
}

static int read_from(int from, uint64_t off, uint64_t len)
{
	uint64_t wanted = MIN(len, size - off);
	int error = result(pread(from, buffer, len, (off_t)off), wanted);

	if (!error)
		compare(entry_at(done)->name, buffer, off, wanted);
	return error;
}

static int do_read(uint64_t off, uint64_t len)
{
	return read_from(fd, off, len);
}

static int do_direct_read(uint64_t off, uint64_t len)
{
	return read_from(direct_fd, off, len);
}

static int do_store(uint64_t off, uint64_t len)
{
	make_bytes(off, len);
	memcpy(map + off, buffer, len);
	return 0;
}

/* The rest of the last page must read as zero as well. */
static int do_load(uint64_t off, uint64_t len)
{
	uint64_t end = (size + PAGE - 1) / PAGE * PAGE;

	compare("load", map + off, off, len);
	if (off + len == size && end <= max_size)
		compare("load past the end", map + size, size, end - size);
	return 0;
}

static int do_truncate(uint64_t off, uint64_t len)
{
	uint64_t end = below(2) ? off : off + len;

	if (end < size)
		memset(model + end, 0, size - end);
	size = end;
	entry_at(done)->off = end;
	entry_at(done)->len = 0;
	return ftruncate(fd, (off_t)end) ? -errno : 0;
}

static int allocate(int mode, uint64_t off, uint64_t len)
{
	return fallocate(fd, mode, (off_t)off, (off_t)len) ? -errno : 0;
}

static int do_punch(uint64_t off, uint64_t len)
{
	memset(model + off, 0, len);
	return allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off, len);
}

static int do_zero(uint64_t off, uint64_t len)
{
	bool keep = off + len <= size && below(2);

	memset(model + off, 0, len);
	size = MAX(size, off + len);
	return allocate(FALLOC_FL_ZERO_RANGE |
			(keep ? FALLOC_FL_KEEP_SIZE : 0), off, len);
}

static int do_reserve(uint64_t off, uint64_t len)
{
	return allocate(FALLOC_FL_KEEP_SIZE, off, len);
}

static int do_extend(uint64_t off, uint64_t len)
{
	size = MAX(size, off + len);
	return allocate(0, off, len);
}

/* From a range of the same file that does not overlap. */
static int do_copy(uint64_t off, uint64_t len)
{
	uint64_t begin = below(size);
	off_t from = (off_t)begin;
	off_t to = (off_t)off;

	len = MIN(len, size - begin);
	len = MIN(len, begin < off ? off - begin : begin - off);
	entry_at(done)->from = begin;
	entry_at(done)->len = len;
	memcpy(model + off, model + begin, len);
	if (len > 0)
		size = MAX(size, off + len);
	while (len > 0) {
		ssize_t got = copy_file_range(fd, &from, fd, &to, len, 0);

		if (got <= 0)
			return got ? -errno : -ENODATA;
		len -= (uint64_t)got;
	}
	return 0;
}

static int do_fsync(UNUSED uint64_t off, UNUSED uint64_t len)
{
	return (below(2) ? fsync(fd) : fdatasync(fd)) ? -errno : 0;
}

static int do_msync(UNUSED uint64_t off, UNUSED uint64_t len)
{
	return msync(map, max_size, MS_SYNC) ? -errno : 0;
}

/* Begin writeback, and go on while it is under way. */
static int do_flush(uint64_t off, uint64_t len)
{
	int flags = SYNC_FILE_RANGE_WRITE;

	return sync_file_range(fd, (off_t)off, (off_t)len, flags) ? -errno : 0;
}

/* What is clean goes, and must be read again. */
static int do_drop(uint64_t off, uint64_t len)
{
	return -posix_fadvise(fd, (off_t)off, (off_t)len, POSIX_FADV_DONTNEED);
}

static void close_all(void)
{
	if (map && munmap(map, max_size))
		err(1, "munmap");
	if (fd >= 0 && close(fd))
		err(1, "close");
	if (direct_fd >= 0 && close(direct_fd))
		err(1, "close");
	map = NULL;
	fd = direct_fd = -1;
}

static void open_all(int flags)
{
	fd = open(path, O_RDWR | flags, 0644);
	if (fd < 0)
		err(1, "%s", path);
	if (alignment) {
		direct_fd = open(path, O_RDWR | O_DIRECT);
		if (direct_fd < 0)
			err(1, "%s, for direct I/O", path);
	}
	map = mmap(NULL, max_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "mmap");
}

static int do_reopen(UNUSED uint64_t off, UNUSED uint64_t len)
{
	struct stat st;

	close_all();
	open_all(0);
	if (fstat(fd, &st))
		return -errno;
	return (uint64_t)st.st_size == size ? 0 : -ERANGE;
}

static struct operation operations[] = {
	{ "read", 12, do_read, INSIDE },
	{ "write", 16, do_write, ANYWHERE },
	{ "load", 8, do_load, INSIDE },
	{ "store", 10, do_store, INSIDE },
	{ "direct-read", 6, do_direct_read, ALIGNED_INSIDE },
	{ "direct-write", 8, do_direct_write, ALIGNED },
	{ "truncate", 5, do_truncate, ANYWHERE },
	{ "punch", 3, do_punch, INSIDE },
	{ "zero", 4, do_zero, ANYWHERE },
	{ "reserve", 2, do_reserve, ANYWHERE },
	{ "extend", 1, do_extend, ANYWHERE },
	{ "copy", 3, do_copy, INSIDE },
	{ "fsync", 2, do_fsync, ANYWHERE },
	{ "msync", 1, do_msync, ANYWHERE },
	{ "flush", 4, do_flush, ANYWHERE },
	{ "drop", 2, do_drop, ANYWHERE },
	{ "reopen", 1, do_reopen, ANYWHERE },
};
static uint64_t counts[ARRAY_SIZE(operations)];

/* ---- the loop ---- */

static struct operation *choose(void)
{
	uint64_t total = 0;
	uint64_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		total += operations[i].weight;
	number = below(total);
	for (i = 0; number >= operations[i].weight; i++)
		number -= operations[i].weight;
	return &operations[i];
}

/* Return: is there such a range now? */
static bool choose_range(const struct operation *operation, uint64_t *off_ret,
			 uint64_t *len_ret)
{
	bool aligned = operation->place >= ALIGNED;
	bool inside = operation->place == INSIDE ||
		      operation->place == ALIGNED_INSIDE;
	uint64_t limit = inside ? size : max_size;
	uint64_t unit = aligned ? alignment : below(3) ? 1 : PAGE;
	uint64_t len = 1 + below(below(2) ? max_len : 5000);
	uint64_t off = below(limit);

	off -= off % unit;
	len = MIN((len + unit - 1) / unit * unit, max_len);
	if (aligned)
		limit = max_size;
	if (off >= limit)
		return false;
	*off_ret = off;
	*len_ret = MIN(len, limit - off);
	return !aligned || *len_ret % unit == 0;
}

static void perform(struct operation *operation, uint64_t off, uint64_t len)
{
	int error;

	*entry_at(done) = (struct entry){ operation->name, off, len, 0, size };
	error = operation->run(off, len);
	if (error)
		errx(1, "operation %" PRIu64 ", %s of %#" PRIx64 "..%#" PRIx64
		     " (size %#" PRIx64 "): %s", done, operation->name, off,
		     off + len, size, strerror(-error));
	counts[operation - operations]++;
	done++;
}

static void check_all(void)
{
	if (do_reopen(0, 0))
		errx(1, "at the end the size is wrong");
	for (uint64_t off = 0; off < size; off += max_len) {
		uint64_t len = MIN(max_len, size - off);

		if (pread(fd, buffer, len, (off_t)off) != (ssize_t)len)
			err(1, "read at the end");
		compare("read at the end", buffer, off, len);
	}
}

static void leave_out(char *names)
{
	char *name;

	while ((name = strsep(&names, ",")))
		for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
			if (!strcmp(name, operations[i].name))
				operations[i].weight = 0;
}

static void allocate_all(void)
{
	max_len = MIN(max_len, max_size);
	model = calloc(1, max_size);
	if (!max_len || !model ||
	    posix_memalign((void **)&buffer, PAGE, max_len))
		err(2, "memory");
	for (size_t i = 0; !alignment && i < ARRAY_SIZE(operations); i++)
		if (operations[i].place >= ALIGNED)
			operations[i].weight = 0;
}

static uint64_t parse_options(int argc, char **argv)
{
	uint64_t count = 20000;
	int option;

	srandom(1);
	while ((option = getopt(argc, argv, "N:S:l:o:a:x:")) != -1) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 0) : 0;

		switch (option) {
		case 'N': count = number; break;
		case 'S': srandom((unsigned int)number); break;
		case 'l': max_size = number; break;
		case 'o': max_len = number; break;
		case 'a': alignment = number; break;
		case 'x': leave_out(optarg); break;
		default: exit(2);
		}
	}
	if (optind != argc - 1)
		errx(2, "usage: file-exerciser [OPTION...] FILE");
	path = argv[optind];
	return count;
}

int main(int argc, char **argv)
{
	uint64_t count = parse_options(argc, argv);

	allocate_all();
	open_all(O_CREAT | O_TRUNC);
	while (done < count) {
		struct operation *operation = choose();
		uint64_t off, len;

		if (choose_range(operation, &off, &len))
			perform(operation, off, len);
	}
	check_all();
	close_all();
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		printf("%s=%" PRIu64 " ", operations[i].name, counts[i]);
	printf("operations=%" PRIu64 "\n", done);
	return 0;
}
