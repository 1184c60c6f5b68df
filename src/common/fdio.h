/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole reads and writes: what read(2) and write(2) may do in pieces, done to
 * the end, EINTR included.
 */
#ifndef PIN_FDIO_H
#define PIN_FDIO_H

#include <stddef.h>
#include <sys/types.h>

#include "common/compiler.h"

/**
 * fdio_read() - read until @len bytes or end of file
 * Return: bytes read (less than @len only at end of file), or -errno.
 */
ssize_t fdio_read(int fd, void *buf, size_t len) MUST_CHECK;
/* As fdio_read(), at an offset [bytes]. */
ssize_t fdio_pread(int fd, void *buf, size_t len, off_t off) MUST_CHECK;
/**
 * fdio_write() - write all of @len bytes
 * Return: 0 or -errno; after an error an unknown part has been written.
 */
int fdio_write(int fd, const void *buf, size_t len) MUST_CHECK;
/* As fdio_write(), at an offset [bytes]. */
int fdio_pwrite(int fd, const void *buf, size_t len, off_t off) MUST_CHECK;
/**
 * fdio_read_file() - a small text file (procfs, sysfs) as a string
 * @path:    file to read; sizes up to 1 MiB
 * @str_ret: NUL-terminated contents without a final newline; caller frees
 * Return: 0 or -errno (-EFBIG when larger).
 */
int fdio_read_file(const char *path, char **str_ret) MUST_CHECK;
/* Write @str to an existing file in one write(2). Return: 0 or -errno. */
int fdio_write_file(const char *path, const char *str) MUST_CHECK;
/**
 * fdio_open_standard() - put /dev/null on whichever of descriptors 0 to 2 is closed
 * Otherwise the next descriptor made gets such a number, and what is meant for a
 * terminal goes into it. Return: 0 or -errno.
 */
int fdio_open_standard(void) MUST_CHECK;
/* Close every descriptor from @first up, except @keep (-1: none). */
void fdio_close_from(int first, int keep);

#endif
