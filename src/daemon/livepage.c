/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second look at the bytes of a WRITE.
 *
 * It runs for every page-cache WRITE, and nearly always finds nothing, so that
 * is the path that counts: the live bytes come in chunks that stay in the
 * second-level cache, and one memcmp() compares a chunk with the snapshot.
 * Only in a chunk that differs are the blocks compared one by one, and only a
 * block that differs is hashed and searched for its changed ranges.
 *
 * Blocks lie at multiples of DIGEST_BLOCK in the file, not in the range: the
 * first and the last piece of a range may be parts of a block. A chunk ends at
 * a block's end, so that no piece is cut in two.
 */
#include "daemon/livepage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum {
	CHUNK = 16 * DIGEST_BLOCK,
	/* Equal bytes that split a range: fewer are likely chance. */
	SPLIT = 8,
};

/* One recheck on its way. */
struct recheck {
	const uint8_t *arrival;	/* snapshot of the whole range */
	uint64_t off;		/* of the range in the file */
	livepage_diff_fn *differs;
	void *context;
	ssize_t found;		/* blocks that differed */
};

static ssize_t look_at_pipe(struct livepage_source *source, void *buf,
			    size_t len)
{
	struct livepage_pipe *pipe =
		container_of(source, struct livepage_pipe, source);
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(pipe->fd, (uint8_t *)buf + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += n;
	}
	return (ssize_t)done;
}

void livepage_pipe_init(struct livepage_pipe *pipe, int fd)
{
	pipe->source.look = look_at_pipe;
	pipe->fd = fd;
}

/* Room for @len bytes that begin and end within pages. */
static int make_room(int fd, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = page;

	while (bytes < len + 2 * page)
		bytes *= 2;
	return fcntl(fd, F_SETPIPE_SZ, (int)bytes) < 0 &&
	       fcntl(fd, F_SETPIPE_SZ, (int)(bytes / 2)) < 0 ? -errno : 0;
}

int livepage_again(int fd, size_t len)
{
	int pair[2];
	ssize_t n;
	int err;

	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	err = make_room(pair[1], len);
	if (!err) {
		n = tee(fd, pair[1], len, SPLICE_F_NONBLOCK);
		if (n != (ssize_t)len)
			err = n < 0 ? -errno : -EPERM;
	}
	close(pair[1]);
	if (err) {
		close(pair[0]);
		return err;
	}
	return pair[0];
}

/* How many bytes are left in the block that @off lies in. */
static size_t rest_of_block(uint64_t off)
{
	return DIGEST_BLOCK - off % DIGEST_BLOCK;
}

/* First index from @pos on where they differ, @len when there is none. */
static size_t next_difference(const uint8_t *a, const uint8_t *b, size_t pos,
			      size_t len)
{
	while (pos + sizeof(uint64_t) <= len) {
		uint64_t x, y;

		memcpy(&x, a + pos, sizeof(x));
		memcpy(&y, b + pos, sizeof(y));
		if (x != y)
			break;
		pos += sizeof(x);
	}
	while (pos < len && a[pos] == b[pos])
		pos++;
	return pos;
}

size_t livepage_ranges(const uint8_t *a, const uint8_t *b, size_t len,
		       struct livepage_range ranges[LIVEPAGE_MAX_RANGES])
{
	size_t start = next_difference(a, b, 0, len);
	size_t count = 0;

	while (start < len) {
		bool last = count == LIVEPAGE_MAX_RANGES - 1;
		size_t end = start + 1;
		size_t next;

		while ((next = next_difference(a, b, end, len)) < len &&
		       (last || next - end < SPLIT))
			end = next + 1;
		ranges[count].off = (uint16_t)start;
		ranges[count].len = (uint16_t)(end - start);
		count++;
		start = next;
	}
	return count;
}

/* Report the piece of one block at @pos of the range, which differs. */
static void report(struct recheck *recheck, const uint8_t *live, size_t pos,
		   size_t len)
{
	struct livepage_diff diff = {
		.block = (recheck->off + pos) / DIGEST_BLOCK,
		.off = recheck->off + pos,
		.len = len,
		.arrival = recheck->arrival + pos,
		.recheck = live,
	};

	diff.arrival_digest = digest_block(diff.arrival, len);
	diff.recheck_digest = digest_block(diff.recheck, len);
	diff.nranges = livepage_ranges(diff.arrival, diff.recheck, len,
				       diff.ranges);
	recheck->differs(&diff, recheck->context);
	recheck->found++;
}

/* Compare @len live bytes, which lie at @pos of the range. */
static void compare(struct recheck *recheck, const uint8_t *live, size_t pos,
		    size_t len)
{
	size_t done = 0;

	if (!memcmp(recheck->arrival + pos, live, len))
		return;
	while (done < len) {
		size_t piece = MIN(len - done,
				   rest_of_block(recheck->off + pos + done));

		if (memcmp(recheck->arrival + pos + done, live + done, piece))
			report(recheck, live + done, pos + done, piece);
		done += piece;
	}
}

/* The next @len bytes. Return: how many came before the end or an error. */
static size_t look(struct livepage_source *source, uint8_t *buf, size_t len,
		   int *err_ret)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = source->look(source, buf + done, len - done);

		if (n <= 0) {
			*err_ret = n ? (int)n : -ENODATA;
			break;
		}
		done += n;
	}
	return done;
}

/* Of @len bytes at @off, those up to the last end of a block among them. */
static size_t whole_blocks(uint64_t off, size_t len)
{
	size_t tail = (off + len) % DIGEST_BLOCK;

	return tail < len ? len - tail : 0;
}

ssize_t livepage_recheck(struct livepage_source *source, const uint8_t *arrival,
			 uint64_t off, size_t len, livepage_diff_fn *differs,
			 void *context)
{
	static _Thread_local uint8_t live[CHUNK]
		__attribute__((aligned(DIGEST_BLOCK)));
	struct recheck recheck = {
		.arrival = arrival,
		.off = off,
		.differs = differs,
		.context = context,
	};
	size_t pos = 0;
	int err = 0;

	while (pos < len && !err) {
		size_t chunk = MIN(len - pos, CHUNK - DIGEST_BLOCK +
				   rest_of_block(off + pos));
		size_t got = look(source, live, chunk, &err);

		if (err)
			got = whole_blocks(off + pos, got);
		compare(&recheck, live, pos, got);
		pos += got;
	}
	return err ? err : recheck.found;
}
