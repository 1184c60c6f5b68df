/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The step "stripe": where on one of its devices btrfs has what it calls by an
 * address of its own. Its chunk tree says so (fs/btrfs/volumes.c:
 * btrfs_map_block(), 6.18); of chunks whose stripes are each a copy of all of
 * them, the way is an addition.
 */
#include <endian.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "client/steps-call.h"

#define IN_PIECES (BTRFS_BLOCK_GROUP_RAID0 | BTRFS_BLOCK_GROUP_RAID10 | \
		   BTRFS_BLOCK_GROUP_RAID56_MASK)

/* An item that the kernel found: a chunk, and the address that it begins at. */
struct found {
	uint64_t start;
	const char *item;
	size_t len;
};

/* The stripe of a chunk that is on this device. */
static long on_device(const struct found *found, uint64_t at, uint64_t device)
{
	struct btrfs_chunk chunk;
	struct btrfs_stripe stripe;
	size_t from = offsetof(struct btrfs_chunk, stripe);

	memcpy(&chunk, found->item, sizeof(chunk));
	if (le64toh(chunk.type) & IN_PIECES)
		return -EOPNOTSUPP;
	for (unsigned int i = 0; i < le16toh(chunk.num_stripes) &&
	     from + sizeof(stripe) <= found->len; i++, from += sizeof(stripe)) {
		memcpy(&stripe, found->item + from, sizeof(stripe));
		if (le64toh(stripe.devid) == device)
			return (long)(le64toh(stripe.offset) + at -
				      found->start);
	}
	return -ENODEV;
}

static bool contains(const struct found *found, uint64_t at)
{
	struct btrfs_chunk chunk;

	if (found->len < sizeof(chunk) || at < found->start)
		return false;
	memcpy(&chunk, found->item, sizeof(chunk));
	return at - found->start < le64toh(chunk.length);
}

/* Among those of one answer. -ENXIO: none of them contains it. */
static long look(const struct btrfs_ioctl_search_args *args, uint64_t at,
		 uint64_t device, uint64_t *last_ret)
{
	const char *next = args->buf;

	for (uint32_t i = 0; i < args->key.nr_items; i++) {
		struct btrfs_ioctl_search_header header;
		struct found found;

		memcpy(&header, next, sizeof(header));
		found = (struct found){ .start = header.offset,
					.item = next + sizeof(header),
					.len = header.len };
		*last_ret = header.offset;
		if (contains(&found, at))
			return on_device(&found, at, device);
		next = found.item + found.len;
	}
	return -ENXIO;
}

static long find(int fd, uint64_t at, uint64_t device)
{
	uint64_t from = 0;
	long place;

	do {
		struct btrfs_ioctl_search_args args = { .key = {
			.tree_id = BTRFS_CHUNK_TREE_OBJECTID,
			.min_objectid = BTRFS_FIRST_CHUNK_TREE_OBJECTID,
			.max_objectid = BTRFS_FIRST_CHUNK_TREE_OBJECTID,
			.min_type = BTRFS_CHUNK_ITEM_KEY,
			.max_type = BTRFS_CHUNK_ITEM_KEY,
			.min_offset = from,
			.max_offset = at,
			.max_transid = UINT64_MAX,
			.nr_items = UINT32_MAX,
		} };

		if (ioctl(fd, BTRFS_IOC_TREE_SEARCH, &args) < 0)
			return -errno;
		if (!args.key.nr_items)
			return -ENXIO;
		place = look(&args, at, device, &from);
		from++;
	} while (place == -ENXIO && from <= at);
	return place;
}

long steps_do_stripe(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	uint64_t at = steps_size_or(call, "at", 0);
	uint64_t device = steps_number(call, "device", INT64_MAX);
	long place;

	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	place = find(fd.fd, at, device);
	call->end_ns = clock_now_ns();
	return place;
}
