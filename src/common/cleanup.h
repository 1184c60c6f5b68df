/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory and descriptors that free themselves at the end of their scope, and
 * how to hand them out of it. Locks are never released this way: clang's
 * thread-safety analysis cannot follow that in C.
 */
#ifndef PIN_CLEANUP_H
#define PIN_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *ptr)
{
	free(*(void **)ptr);
}

/* Keeps errno, so that "return -errno" after a failure stays right. */
static inline void cleanup_close(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
}

#define autofree __attribute__((cleanup(cleanup_free)))
#define autoclose __attribute__((cleanup(cleanup_close)))

static inline int steal_fd(int *fd)
{
	int ret = *fd;

	*fd = -1;
	return ret;
}

#define steal_ptr(ptr_var) \
	({ __typeof__(ptr_var) ret__ = (ptr_var); (ptr_var) = NULL; ret__; })

#endif
