/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of gates with a hold queue and nothing else of a mount. Inodes are
 * fakes: nodeid N has st_ino 1000 + N and the path "/dir/N".
 */
#ifndef PIN_GATE_BENCH_H
#define PIN_GATE_BENCH_H

#include <errno.h>
#include <linux/fuse.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/hold.h"
#include "daemon/inode.h"
#include "daemon/request.h"

#include <cmocka.h>	/* last: its macros take common names */

#define SEC CLOCK_NS_PER_SEC
#define OP(opcode) (UINT64_C(1) << (opcode))

struct inode {
	uint64_t nodeid;
};

static struct inode inodes[100];
static unsigned int paths_made;

struct inode *inode_from_nodeid(UNUSED struct inode_table *table,
				uint64_t nodeid)
{
	assert_true(nodeid < ARRAY_SIZE(inodes));
	inodes[nodeid].nodeid = nodeid;
	return &inodes[nodeid];
}

uint64_t inode_ino(const struct inode *inode)
{
	return 1000 + inode->nodeid;
}

void inode_path(UNUSED struct inode_table *table, struct inode *inode,
		const char *name, char *buf, size_t size)
{
	paths_made++;
	snprintf(buf, size, "/dir/%u%s%s", (unsigned int)inode->nodeid,
		 name ? "/" : "", name ? name : "");
}

static struct config config = { .hold_max_ns = 30 * SEC };
static struct fs fs = { .config = &config };

static int set_up(UNUSED void **state)
{
	paths_made = 0;
	return hold_queue_create(&fs.holds) || gate_set_create(&fs, &fs.gates);
}

static int tear_down(UNUSED void **state)
{
	hold_queue_destroy(fs.holds);
	gate_set_destroy(fs.gates);
	return 0;
}

static uint64_t arm(struct gate_rule rule)
{
	uint64_t id = 0;

	assert_int_equal(gate_arm(fs.gates, &rule, &id), 0);
	return id;
}

#endif
