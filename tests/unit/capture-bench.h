/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a function says on a descriptor, caught in memory. */
#ifndef PIN_CAPTURE_BENCH_H
#define PIN_CAPTURE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/compiler.h"

#include <cmocka.h>	/* last: its macros take common names */

static char said[4096];		/* what the last capture caught */

/* Descriptor @fd goes into a file in memory from here on. */
static int start_capture(int fd, int *memory_ret)
{
	int saved = dup(fd);

	assert_true(saved >= 0);
	*memory_ret = memfd_create("said", 0);
	assert_true(*memory_ret >= 0);
	assert_int_equal(dup2(*memory_ret, fd), fd);
	return saved;
}

static void end_capture(int fd, int saved, int memory)
{
	ssize_t n = pread(memory, said, sizeof(said) - 1, 0);

	assert_true(n >= 0);
	said[n] = '\0';
	assert_int_equal(dup2(saved, fd), fd);
	close(saved);
	close(memory);
}

#endif
