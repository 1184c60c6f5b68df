/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XXH3-64 of a block. A block is DIGEST_BLOCK bytes; less is hashed as if it
 * were filled up with zeros, so that a file's tail has one checksum whatever
 * the length of the WRITE that brought it.
 */
#ifndef PIN_DIGEST_H
#define PIN_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BLOCK = 4096 };

/* @len: 0 to DIGEST_BLOCK bytes. */
uint64_t digest_block(const void *data, size_t len);
/* Any length, no padding: for hashing keys. */
uint64_t digest_bytes(const void *data, size_t len);

enum { DIGEST_HEX_SIZE = 17 };
/* 16 lower-case hex digits and a NUL. */
void digest_hex(uint64_t digest, char buf[DIGEST_HEX_SIZE]);

#endif
