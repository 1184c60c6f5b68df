/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that give memory to a socket which receives packets into it
 * (AF_XDP). "xdp-umem" registers it: the kernel pins the pages for as long as
 * there is the socket (net/xdp/xdp_umem.c: xdp_umem_pin_pages()), and refuses
 * mappings of files from 6.5 on. "xdp-store" has packets come, whose bytes are
 * all content, over the loopback of a network namespace made for the socket.
 *
 * A packet lies 256 bytes behind where the kernel was told to put it
 * (XDP_PACKET_HEADROOM). For bytes from the first of a page on, the memory is
 * registered through a second mapping between two pages that are not of it:
 *
 *   guard page | second mapping of the pages | guard page | content | ring
 *   `------------------- registered --------------------'
 *
 * The ring is that of packets that have arrived. It is mapped before the socket
 * is bound: up to 6.3 a bound one has no rings to be mapped
 * (net/xdp/xsk.c: xsk_mmap()).
 *
 * What "xdp-store" has to know stands at the begin of the first; packets are
 * put behind it. Private memory has no second mapping: it gets a guard page
 * before it, as long as it takes to register both, and none behind.
 */
#include <assert.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "client/steps-packets.h"
#include "common/cleanup.h"

enum {
	HEADROOM = 256,			/* XDP_PACKET_HEADROOM */
	PLACE_MIN = 2048,		/* XDP_UMEM_MIN_CHUNK_SIZE */
	ARRIVE_SECONDS = 10,
};

/* The memory of a socket, at its begin. Offsets are from there. */
struct umem {
	size_t size;		/* of all [bytes] */
	size_t content;		/* where the content is */
	size_t len;		/* of it [bytes] */
	size_t ring;		/* where the ring is: a page, the last */
	/* What is registered, and where in it the bytes are to land: */
	char *start;
	size_t registered;	/* [bytes] */
	size_t first;
	bool guard;		/* there is a page of ours before it */
};

static size_t round_up(size_t len, size_t page)
{
	return (len + page - 1) / page * page;
}

static size_t whole_pages(const struct steps_mem *mem, size_t page)
{
	return round_up((uintptr_t)mem->addr % page + mem->len, page);
}

static uint32_t ring_size(size_t len)
{
	uint32_t size = 1;

	while (size < steps_packets(len))
		size *= 2;
	return size;
}

/* --------------------------------------------------------------- the memory */

/* Length 0: another mapping of the same pages, of shared memory only. */
static int map_again(struct umem *umem, char *from, size_t size, size_t page)
{
	char *to = (char *)umem + page;

	if (mremap(from, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		return -errno;
	umem->start = (char *)umem;
	umem->registered = page + size + page;
	return 0;
}

/* Or what is there already, which is not written to. */
static int map_guard(struct umem *umem, char *from, size_t size, size_t page)
{
	void *guard = mmap(from - page, page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			   -1, 0);

	umem->start = from - page;
	umem->registered = page + size;
	umem->guard = guard != MAP_FAILED;
	return umem->guard || errno == EEXIST ? 0 : -errno;
}

/* The pages of a guard stay with the socket. */
static void unmap_guard(const struct umem *umem, size_t page)
{
	if (umem->guard)
		munmap(umem->start, page);
}

static int map_umem(const struct steps_mem *mem, size_t page,
		    struct umem **umem_ret)
{
	size_t size = whole_pages(mem, page);
	size_t content = page + size + page;
	size_t ring = content + round_up(mem->len, page);
	size_t all = ring + page;
	char *from = mem->addr - (uintptr_t)mem->addr % page;
	struct umem *umem = mmap(NULL, all, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (umem == MAP_FAILED)
		return -errno;
	umem->size = all;
	umem->content = content;
	umem->len = mem->len;
	umem->ring = ring;
	umem->first = page + (uintptr_t)mem->addr % page;
	err = map_again(umem, from, size, page);
	if (err == -EINVAL)
		err = map_guard(umem, from, size, page);
	if (err)
		munmap(umem, all);
	else
		*umem_ret = umem;
	return err;
}

static char *content_of(const struct umem *umem)
{
	return (char *)umem + umem->content;
}

/* As much as the longest packet takes; the kernel wants 2048 at least. */
static uint32_t place_len(size_t len)
{
	size_t packet = (len + steps_packets(len) - 1) / steps_packets(len);

	return (uint32_t)MAX(HEADROOM + packet, (size_t)PLACE_MIN);
}

static int register_pages(int fd, const void *addr, size_t len, uint32_t place)
{
	struct xdp_umem_reg reg = {
		.addr = (uintptr_t)addr,
		.len = len,
		.chunk_size = place,
		.flags = XDP_UMEM_UNALIGNED_CHUNK_FLAG,
	};

	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg));
}

/*
 * For STEPS_TIMED(): what the kernel says to these pages and no other. When it
 * refuses some of several it says ENOMEM, not why
 * (net/xdp/xdp_umem.c: xdp_umem_pin_pages(), 6.18).
 */
static int try_pages(const struct steps_mem *mem)
{
	autoclose int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *from = mem->addr - (uintptr_t)mem->addr % page;

	return fd < 0 ? -1 : register_pages(fd, from, whole_pages(mem, page),
					    PLACE_MIN);
}

/* ---------------------------------------------------------------- the rings */

/* The fields of a ring that both sides move. */
struct ring {
	char *map;
	size_t size;
	_Atomic uint32_t *producer;
	_Atomic uint32_t *consumer;
	uint64_t *places;		/* of the fill ring */
};

static void find_fields(struct ring *ring, const struct xdp_ring_offset *at)
{
	ring->producer = (_Atomic uint32_t *)(ring->map + at->producer);
	ring->consumer = (_Atomic uint32_t *)(ring->map + at->consumer);
	ring->places = (uint64_t *)(ring->map + at->desc);
}

static int map_fill_ring(int fd, const struct xdp_ring_offset *at,
			 size_t nplaces, struct ring *ring)
{
	ring->size = at->desc + nplaces * sizeof(uint64_t);
	ring->map = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, XDP_UMEM_PGOFF_FILL_RING);
	if (ring->map == MAP_FAILED)
		return -errno;
	find_fields(ring, at);
	return 0;
}

/* In the last page of the memory. What has arrived is only counted. */
static int map_arrivals(int fd, const struct umem *umem,
			const struct xdp_ring_offset *at)
{
	char *to = (char *)umem + umem->ring;

	assert(at->desc <= umem->size - umem->ring);
	return mmap(to, at->desc, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, fd, XDP_PGOFF_RX_RING) == to ?
	       0 : -errno;
}

static int ring_offsets(int fd, struct xdp_mmap_offsets *at)
{
	socklen_t len = sizeof(*at);

	return getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, at, &len) ? -errno :
								     0;
}

static int make_rings(int fd, uint32_t size)
{
	static const int rings[] = {
		XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING,
	};

	for (size_t i = 0; i < ARRAY_SIZE(rings); i++)
		if (setsockopt(fd, SOL_XDP, rings[i], &size, sizeof(size)))
			return -errno;
	return 0;
}

/* Tell where each packet is to be put. */
static int fill(int fd, const struct umem *umem,
		const struct xdp_ring_offset *at)
{
	size_t len = umem->len;
	struct ring ring = { .places = NULL };
	int err = map_fill_ring(fd, at, ring_size(len), &ring);

	if (err)
		return err;
	for (size_t i = 0; i < steps_packets(len); i++)
		ring.places[i] = umem->first + steps_packets_begin(len, i) - HEADROOM;
	/* Release: the kernel reads the places behind it. */
	atomic_store_explicit(ring.producer, (uint32_t)steps_packets(len),
			      memory_order_release);
	munmap(ring.map, ring.size);
	return 0;
}

/* From here on packets may come. */
static int bind_socket(int fd, const struct umem *umem)
{
	struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_COPY,
		.sxdp_ifindex = STEPS_PACKETS_LOOPBACK,
	};
	struct xdp_mmap_offsets at;
	int err = make_rings(fd, ring_size(umem->len));

	if (!err)
		err = ring_offsets(fd, &at);
	if (!err)
		err = map_arrivals(fd, umem, &at.rx);
	if (!err)
		err = fill(fd, umem, &at.fr);
	if (!err && bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err = -errno;
	return err;
}

/* What has arrived is taken away, so that poll(2) waits for the next. */
static int wait_for_packets(int fd, const struct umem *umem)
{
	struct ring ring = { .map = (char *)umem + umem->ring };
	size_t count = steps_packets(umem->len);
	uint64_t end_ns = clock_deadline_ns(ARRIVE_SECONDS * CLOCK_NS_PER_SEC);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct xdp_mmap_offsets at;
	uint32_t come = 0;
	int err = ring_offsets(fd, &at);

	if (err)
		return err;
	find_fields(&ring, &at.rx);
	for (;;) {
		/* Acquire: what it says has arrived is in the memory. */
		come = atomic_load_explicit(ring.producer,
					    memory_order_acquire);
		atomic_store_explicit(ring.consumer, come,
				      memory_order_relaxed);
		if (come >= count || clock_now_ns() >= end_ns)
			break;
		poll(&ready, 1, 100);
	}
	return come >= count ? 0 : -ETIMEDOUT;
}

/* For STEPS_TIMED(). */
static int have_packets_come(int fd, const struct umem *umem)
{
	autoclose int link = -1;
	int err = steps_packets_send(fd, content_of(umem), umem->len, &link);

	if (!err)
		err = wait_for_packets(fd, umem);
	errno = -err;
	return err ? -1 : 0;
}

/* ---------------------------------------------------------------- the steps */

static size_t packet_len(struct steps_call *call)
{
	size_t len = steps_len(call);

	if (len && len < STEPS_PACKETS_MIN)
		steps_bad(call, "len= must be at least %d", STEPS_PACKETS_MIN);
	return len;
}

/* Does the last packet's place end within what is registered? */
static bool has_room(const struct umem *umem)
{
	size_t last = steps_packets_begin(umem->len,
					  steps_packets(umem->len) - 1);

	return umem->first + last - HEADROOM + place_len(umem->len) <=
	       umem->registered;
}

static long register_umem(int fd, const struct umem *umem)
{
	if (!has_room(umem))
		return -EINVAL;
	return register_pages(fd, umem->start, umem->registered,
			      place_len(umem->len)) ? -errno : 0;
}

/* A network namespace, another mapping: what fails there is not the memory. */
static long make_umem(const struct steps_mem *mem, int *fd_ret,
		      struct umem **umem_ret)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	autoclose int fd = steps_packets_socket();
	struct umem *umem = NULL;
	long ret = fd < 0 ? fd : map_umem(mem, page, &umem);

	if (ret)
		return ret;
	ret = register_umem(fd, umem);
	unmap_guard(umem, page);
	if (!ret)
		ret = bind_socket(fd, umem);
	if (ret) {
		munmap(umem, umem->size);
		return ret;
	}
	*fd_ret = steal_fd(&fd);
	*umem_ret = umem;
	return 0;
}

/* Return: 0 or -errno. */
static long start_umem(struct steps_call *call, const struct steps_mem *mem,
		       int *fd_ret, struct umem **umem_ret)
{
	long ret = STEPS_TIMED(call, try_pages(mem));
	bool refused = ret == -EAFNOSUPPORT || ret == -EPERM;

	if (!ret) {
		ret = make_umem(mem, fd_ret, umem_ret);
		refused = ret;
	}
	if (refused)
		steps_say(call, "refused", "xdp");
	return ret;
}

static long name_umem(struct steps_call *call, const char *name, uint16_t file,
		      int fd, struct umem *umem)
{
	int err = steps_add_fd(call->steps, name, file, fd, false);

	if (err) {
		close(fd);
		return err;
	}
	return steps_add_mem(call->steps, name, file, umem, umem->size, 0);
}

long steps_do_xdp_umem(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	uint64_t at = steps_size_or(call, "at", 0);
	size_t len = packet_len(call);
	struct steps_mem mem = steps_mem(call, "into", at, len);
	uint64_t file_off = mem.off;
	struct content_id id = steps_content(call, mem.file,
					     CONTENT_WRITER_STORE, &file_off);
	struct umem *umem = NULL;
	int fd = -1;
	long ret;

	steps_new_mem(call, "fd");
	if (!steps_begin(call))
		return 0;
	ret = start_umem(call, &mem, &fd, &umem);
	if (ret)
		return ret;
	content_fill(content_of(umem), len, file_off, &id);
	ret = name_umem(call, name, mem.file, fd, umem);
	if (ret)
		munmap(umem, umem->size);
	return ret;
}

/* Its memory has its name, unless other memory has got that since. */
static const struct umem *find_umem(int fd, const struct steps_mem *own)
{
	const struct umem *umem = (const struct umem *)own->addr;
	socklen_t size = sizeof(int);
	int domain = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) ||
	    domain != AF_XDP || own->len < sizeof(*umem) ||
	    umem->size != own->len || umem->len < STEPS_PACKETS_MIN ||
	    umem->content + umem->len > umem->ring ||
	    umem->ring > umem->size)
		return NULL;
	return umem;
}

long steps_do_xdp_store(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	struct steps_mem own = steps_mem_rest(call, "fd", 0);
	const struct umem *umem;
	long ret;

	if (!steps_begin(call))
		return 0;
	umem = find_umem(fd.fd, &own);
	if (!umem)
		return -ENOTSOCK;
	ret = STEPS_TIMED(call, have_packets_come(fd.fd, umem));
	return ret ? ret : (long)umem->len;
}
