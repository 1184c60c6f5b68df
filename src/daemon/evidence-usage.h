/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much evidence a directory has, and how much of it is about which file. */
#ifndef PIN_EVIDENCE_USAGE_H
#define PIN_EVIDENCE_USAGE_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/htab.h"
#include "daemon/evidence.h"

struct evidence_usage {
	uint64_t bytes;		/* on the disk */
	struct htab by_ino;	/* files of evidence, by the file they are about */
};

int evidence_usage_init(struct evidence_usage *usage) MUST_CHECK;
void evidence_usage_deinit(struct evidence_usage *usage);

/**
 * evidence_usage_scan() - count what is in a directory, from anew
 * Return: 0; -errno: not all of it has been counted.
 */
int evidence_usage_scan(struct evidence_usage *usage, int dir_fd) MUST_CHECK;
/**
 * evidence_usage_take() - room for one more file
 * @len: its bytes
 * Return: 0; -EDQUOT: more than a limit allows; -ENOMEM.
 */
int evidence_usage_take(struct evidence_usage *usage,
			const struct evidence_limits *limits, uint64_t ino,
			uint64_t len) MUST_CHECK;
/* It is not there after all. */
void evidence_usage_give(struct evidence_usage *usage, uint64_t ino,
			 uint64_t len);

#endif
