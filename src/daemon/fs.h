/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mount: everything the daemon has, built and taken down in one visible
 * order (fs.c).
 *
 * Lock order, everywhere (outer to inner):
 *   heart > control > gate > hold > a file's, in store.c > record > inode table >
 *   event
 * and, for a file of checksums, csum_store > csum_file, which are taken with none
 * but those before the inode table held, as are a file's busy ranges (range.c),
 * and expect's, which is taken with none of them held, and under which only the
 * workers' receives are waited for. Those of the session, of settle.c, watch.c, the
 * audits, closed, notify, declare, receipt, peek, trace and the finder have none inside
 * them.
 * No lock is held across fuse_reply_*() or a system call that can block, but the
 * event log's across the write(2) of a line, and record's across those of a record.
 */
#ifndef PIN_FS_H
#define PIN_FS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/closed.h"
#include "daemon/config.h"
#include "daemon/expect.h"
#include "daemon/limits.h"
#include "daemon/notify.h"
#include "daemon/probe.h"
#include "daemon/stats.h"

struct alert;
struct audit_set;
struct control;
struct declare;
struct event_log;
struct evidence;
struct finding_queue;
struct gate_set;
struct heart;
struct hold_queue;
struct inode_table;
struct loopdev;
struct peek;
struct probe;
struct receipt;
struct record;
struct session;
struct settle;
struct state_dir;
struct store;
struct supervisor;
struct suspect;
struct trace;

struct fs {
	const struct config *config;
	int source_fd;			/* O_PATH directory */
	struct state_dir *state;
	struct loopdev *loop;		/* NULL unless pins_only */
	struct inode_table *inodes;
	struct store *store;
	struct alert *alert;		/* NULL: neither kmsg nor syslog */
	struct event_log *events;
	struct evidence *evidence;	/* what findings leave, as files */
	struct finding_queue *finder;	/* completes them */
	struct declare *declare;	/* what clients are about to write */
	struct peek *peek;		/* looks at writers' buffers; NULL: off */
	struct suspect *suspect;	/* looks for who changed a block */
	struct receipt *receipt;	/* what READs sent */
	struct record *record;		/* what is done to files, into a log */
	struct hold_queue *holds;
	struct gate_set *gates;
	struct session *session;
	struct control *control;
	struct supervisor *supervisor;
	struct heart *heart;		/* NULL: watchdog=off */
	struct trace *trace;		/* who made which system calls */
	struct settle *settle;		/* unstable blocks that wait */
	struct audit_set *audits;
	struct probe *probe;		/* the planted change at mount */
	struct expect expect;		/* can page-cache WRITEs come? */
	struct closed closed;		/* descriptors of its files */
	struct notify notify;		/* what we put into the page cache */
	struct stats stats;
	struct limits limits;		/* of the kernel, for holds */
	dev_t dev;			/* the mount's st_dev; 0 before it is mounted */
	char *mountpoint;		/* absolute */
	struct probe_result live;	/* what the mount can see */
	int quit_fd;			/* eventfd: the quit verb was used */
	int mounts_fd;			/* mountinfo, to poll; -1 unless pins_only */
	uint64_t start_ns;		/* CLOCK_MONOTONIC, when it began to serve */
};

/* The live= option, "off" where the cache mode leaves nothing to look at. */
enum config_live fs_live(const struct fs *fs);

enum { FS_ABORT_DEADLINE_S = 5 };	/* the end of the connection after an abort */

/**
 * fs_serve() - until the mount has ended (fs-serve.c)
 * @signal_fd: readable when somebody asks for the end
 * Return: exit status of the daemon.
 */
int fs_serve(struct fs *fs, int signal_fd);
/**
 * fs_run() - mount, serve until unmounted, take everything down
 * @status_fd: where the parent of a background start waits for its one line
 *             ("READY" or a message), or -1; closed once used
 *
 * Return: exit status of the daemon.
 */
int fs_run(const struct config *config, int status_fd);

#endif
