/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-changer KIND FILE BLOCK SOURCE - change a block of FILE, again and again,
 * until SIGTERM comes or the parent ends:
 *	dio-read	preadv(2) of SOURCE by O_DIRECT into a shared mapping
 *	uring-read	the same, by io_uring
 *	aio-read	the same, by Linux AIO
 *	vm-writev	process_vm_writev(2) into it, out of a mapping of SOURCE
 *			whose pages have to be read first
 *	pwrite		pwrite(2) into FILE
 *	splice		splice(2) from a pipe into FILE
 * SOURCE has SOURCE_PAGES pages of different bytes. A page is pinned most of the
 * time with the first four: 1 MiB is read, of which it gets 4096 bytes. By the
 * bare system calls: a test must not depend on a library that may not be there.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/compiler.h"

enum {
	PAGE = 4096,
	SOURCE_PAGES = 512,
	READ_PAGES = 256,	/* by a call, the target's last */
	PINNED_PAGES = 16,	/* by process_vm_writev(2) at a time */
};

static volatile sig_atomic_t ended;
static int file;
static off_t at;		/* of the block in it */
static int source;
static char *page;		/* the block, mapped; PINNED_PAGES end with it */
static struct iovec parts[2];
static unsigned int round_number;

static void end(UNUSED int number)
{
	ended = 1;
}

static void *map(void *where, size_t len, int flags, int fd, off_t off)
{
	void *memory = mmap(where, len, PROT_READ | PROT_WRITE, flags, fd, off);

	if (memory == MAP_FAILED)
		err(1, "mmap");
	return memory;
}

/* Where in SOURCE the next call begins: other bytes than the last. */
static off_t next_place(void)
{
	return round_number++ % (SOURCE_PAGES - READ_PAGES) * (off_t)PAGE;
}

/* ---- calls ---- */

static void dio_read(void)
{
	if (preadv(source, parts, 2, next_place()) < 0)
		err(1, "preadv");
}

static void aio_read(void)
{
	static aio_context_t context;
	struct iocb block = {
		.aio_lio_opcode = IOCB_CMD_PREADV,
		.aio_fildes = (uint32_t)source,
		.aio_buf = (uintptr_t)parts,
		.aio_nbytes = 2,
		.aio_offset = next_place(),
	};
	struct iocb *list = &block;
	struct io_event event;

	if (!context && syscall(SYS_io_setup, 1, &context))
		err(1, "io_setup");
	if (syscall(SYS_io_submit, context, 1L, &list) != 1)
		err(1, "io_submit");
	if (syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL) < 0 &&
	    !ended)
		err(1, "io_getevents");
}

static struct {
	int fd;
	struct io_uring_params params;
	char *ring;
	struct io_uring_sqe *entry;
} uring = { .fd = -1 };

static void make_ring(void)
{
	uring.fd = (int)syscall(SYS_io_uring_setup, 1, &uring.params);
	if (uring.fd < 0)
		err(77, "io_uring_setup");
	uring.ring = map(NULL, uring.params.sq_off.array + PAGE, MAP_SHARED,
			 uring.fd, IORING_OFF_SQ_RING);
	uring.entry = map(NULL, sizeof(*uring.entry), MAP_SHARED, uring.fd,
			  IORING_OFF_SQES);
}

static void uring_read(void)
{
	unsigned int *tail;
	unsigned int *head;

	if (uring.fd < 0)
		make_ring();
	*uring.entry = (struct io_uring_sqe){
		.opcode = IORING_OP_READV, .fd = source,
		.addr = (uintptr_t)parts, .len = 2,
		.off = (uint64_t)next_place(),
	};
	tail = (void *)(uring.ring + uring.params.sq_off.tail);
	*(unsigned int *)(void *)(uring.ring + uring.params.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, uring.fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0 && !ended)
		err(1, "io_uring_enter");
	/* One ring of memory has both (IORING_FEAT_SINGLE_MMAP, 5.4). */
	head = (void *)(uring.ring + uring.params.cq_off.head);
	tail = (void *)(uring.ring + uring.params.cq_off.tail);
	__atomic_store_n(head, __atomic_load_n(tail, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
}

static void vm_writev(void)
{
	static char *cold;
	size_t len = (size_t)PINNED_PAGES * PAGE;
	struct iovec local;
	struct iovec remote = { page + PAGE - len, len };
	off_t place = next_place();

	if (!cold) {
		cold = map(NULL, (size_t)SOURCE_PAGES * PAGE, MAP_PRIVATE,
			   source, 0);
		madvise(cold, (size_t)SOURCE_PAGES * PAGE, MADV_RANDOM);
	}
	local = (struct iovec){ cold + place, len };
	madvise(local.iov_base, len, MADV_DONTNEED);
	posix_fadvise(source, place, (off_t)len, POSIX_FADV_DONTNEED);
	if (process_vm_writev(getpid(), &local, 1, &remote, 1, 0) < 0)
		err(1, "process_vm_writev");
}

static void take_a_breath(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 300000 }, NULL);
}

static void pwrite_page(void)
{
	static char bytes[PAGE];

	memset(bytes, (int)round_number++, sizeof(bytes));
	if (pwrite(file, bytes, sizeof(bytes), at) != PAGE)
		err(1, "pwrite");
	take_a_breath();
}

static void splice_page(void)
{
	static char bytes[PAGE];
	static int pair[2];
	loff_t place = at;

	if (!pair[1] && pipe(pair))
		err(1, "pipe");
	memset(bytes, (int)round_number++, sizeof(bytes));
	if (write(pair[1], bytes, sizeof(bytes)) != PAGE ||
	    splice(pair[0], NULL, file, &place, PAGE, 0) != PAGE)
		err(1, "splice");
	take_a_breath();
}

static const struct kind {
	const char *name;
	int flags;		/* that SOURCE is opened with */
	void (*change)(void);
} kinds[] = {
	{ "dio-read", O_RDONLY | O_DIRECT, dio_read },
	{ "uring-read", O_RDONLY | O_DIRECT, uring_read },
	{ "aio-read", O_RDONLY | O_DIRECT, aio_read },
	{ "vm-writev", O_RDONLY, vm_writev },
	{ "pwrite", O_RDONLY, pwrite_page },
	{ "splice", O_RDONLY, splice_page },
};

/* The block behind memory that nobody looks at. */
static void prepare(void)
{
	size_t before = (size_t)(READ_PAGES - 1) * PAGE;
	char *memory = map(NULL, before + PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);

	page = map(memory + before, PAGE, MAP_SHARED | MAP_FIXED, file, at);
	parts[0] = (struct iovec){ memory, before };
	parts[1] = (struct iovec){ page, PAGE };
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	const struct kind *kind = kinds;

	if (argc != 5)
		errx(2, "usage: page-changer KIND FILE BLOCK SOURCE");
	while (strcmp(kind->name, argv[1]))
		if (++kind == kinds + ARRAY_SIZE(kinds))
			errx(2, "%s: no such kind", argv[1]);
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	file = open(argv[2], O_RDWR);
	at = (off_t)atoi(argv[3]) * PAGE;
	source = open(argv[4], kind->flags);
	if (file < 0 || source < 0)
		err(1, "open");
	prepare();
	while (!ended)
		kind->change();
	return 0;
}
