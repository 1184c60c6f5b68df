/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-naming content: every 8-byte word of a file says which file, block,
 * generation and writer it belongs to, so that a byte in the wrong place names
 * where it came from. A word is, in the order of its bytes (hexdump shows it as
 * it is): file 2, block 3, generation 2, writer 1, each big-endian. All words
 * of a block are equal. The block number is kept modulo 2^24 (64 GiB).
 */
#ifndef PIN_CONTENT_H
#define PIN_CONTENT_H

#include <stddef.h>
#include <stdint.h>

enum {
	CONTENT_WORD = 8,		/* bytes */
	CONTENT_ANY_WRITER = 0,		/* content_check(): does not matter */
	CONTENT_WRITER_CREATE = 'c',
	CONTENT_WRITER_STORE = 's',
	CONTENT_WRITER_WRITE = 'w',
	CONTENT_TEXT_SIZE = 128,
};

struct content_id {
	uint16_t file;		/* content_file() of its path; never 0 */
	uint16_t generation;	/* of the bytes; the tester's own count */
	uint8_t writer;		/* CONTENT_WRITER_, or any character */
};

/* The 16-bit hash of a path exactly as it was given; never 0. */
uint16_t content_file(const char *path);

/**
 * content_fill() - make the bytes [off, off + len) of a file
 * @off: offset in the file that the words name [bytes]; need not be aligned
 */
void content_fill(void *buf, size_t len, uint64_t off,
		  const struct content_id *id);

/**
 * content_check() - count the bytes that are not as content_fill() makes them
 * @id:        with CONTENT_ANY_WRITER the writer's byte is not looked at
 * @first_ret: index in @buf of the first that differs; untouched when none does
 * Return: how many differ.
 */
size_t content_check(const void *buf, size_t len, uint64_t off,
		     const struct content_id *id, size_t *first_ret);

/* What a word says it is. Return: its block number. */
uint32_t content_decode(const void *word, struct content_id *id_ret);

/**
 * content_describe() - a word in words
 * @word: CONTENT_WORD bytes
 * @file: the file's name if it is known, or NULL: then its hash is printed
 * @text: "file t block 3 generation 2 writer store", or "zeros"
 */
void content_describe(const void *word, const char *file,
		      char text[CONTENT_TEXT_SIZE]);

#endif
