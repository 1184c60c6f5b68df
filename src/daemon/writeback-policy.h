/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policies for pages that change under writeback (writeback-policy.c has
 * them). In the order in which writeback.c calls these, all before the reply.
 */
#ifndef PIN_WRITEBACK_POLICY_H
#define PIN_WRITEBACK_POLICY_H

#include "common/compiler.h"

struct fs;
struct request;

/* Before the second look: store the live pages (zerocopy). 0 or -errno. */
int writeback_policy_store(struct fs *fs, const struct request *request)
	MUST_CHECK;
/*
 * The second look gives the pages up: keep more references where they are
 * needed after it. Return: a pipe, the caller's; -1: not needed, or not to be had.
 */
int writeback_policy_keep(struct fs *fs, const struct request *request)
	MUST_CHECK;
/**
 * writeback_policy_changed() - the second look has found a difference
 * @pages_fd: what writeback_policy_keep() returned
 * Return: what the kernel is told: 0 or -EIO.
 */
int writeback_policy_changed(struct fs *fs, const struct request *request,
			     int pages_fd) MUST_CHECK;

#endif
