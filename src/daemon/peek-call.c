/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What procfs says of a thread that sleeps in a system call, as text, and where
 * the bytes of a WRITE are in what the call writes. Nothing here asks procfs.
 *
 * A call of a 32-bit program has other numbers. None of those that have the
 * numbers below writes to a file (1 exit, 18 oldstat, 20 getpid, 296, 328), so
 * such a thread never sleeps in a WRITE in one of them.
 */
#include "daemon/peek-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* The calls, and what their arguments are. */
static const struct layout {
	long number;
	bool vector;
	bool has_off;		/* the fourth */
	bool has_flags;		/* the sixth; the fifth is the upper half of the
				 * offset, where a long does not hold it */
} layouts[] = {
	{ SYS_write, false, false, false },
	{ SYS_pwrite64, false, true, false },
	{ SYS_writev, true, false, false },
	{ SYS_pwritev, true, true, false },
	{ SYS_pwritev2, true, true, true },
};

_Static_assert(sizeof(long) == sizeof(uint64_t), "an offset is one argument");

static const struct layout *find_layout(long number)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].number == number)
			return &layouts[i];
	return NULL;
}

int peek_parse_call(const char *text, struct peek_call *call_ret)
{
	uint64_t args[6];
	long number;
	const struct layout *layout;

	if (sscanf(text, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		   " %" SCNx64 " %" SCNx64, &number, &args[0], &args[1],
		   &args[2], &args[3], &args[4], &args[5]) != 7)
		return -ENOTSUP;
	layout = find_layout(number);
	if (!layout)
		return -ENOTSUP;
	*call_ret = (struct peek_call){
		.fd = (int)args[0],
		.addr = args[1],
		.count = args[2],
		.vector = layout->vector,
		/* pwritev2(2) with -1 writes where the file is. */
		.has_off = layout->has_off &&
			   !(layout->has_flags && args[3] == UINT64_MAX),
		.off = args[3],
		.append = layout->has_flags && (args[5] & RWF_APPEND),
	};
	return 0;
}

int peek_locate(const struct peek_call *call, const struct procfs_file *file,
		uint64_t total, uint64_t off, uint64_t len, uint64_t *at_ret)
{
	uint64_t start = call->has_off ? call->off : file->pos;

	/* It went to what was the end of the file then. */
	if (call->append || (file->flags & O_APPEND)) {
		if (total != len)
			return -ENOTSUP;
		start = off;
	}
	if (off < start || off - start > total || len > total - (off - start))
		return -ENOTSUP;
	*at_ret = off - start;
	return 0;
}
