/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The planted change. The hidden file is a memfd under a random name that only
 * a lookup in the root finds, and only while the probe runs; nothing of it ever
 * reaches SOURCE or the event log.
 */
#include "daemon/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/hold.h"
#include "daemon/inode.h"
#include "daemon/session.h"

enum {
	PROBE_BYTES = 4096,
	PROBE_DEADLINE_MS = 3000,	/* of the whole proof */
};

struct probe {
	_Atomic(struct inode *) inode;	/* of the hidden file, while it is watched */
	atomic_bool seen;		/* a block of it differed */
	char name[48];
	uint64_t deadline_ns;
	uint64_t gate_id;
	int go_away[2];			/* the helper ends when this pipe closes */
	pid_t helper;
};

const char *probe_live_name(enum probe_live live)
{
	static const char *const names[] = {
		[PROBE_OFF] = "off",
		[PROBE_PROVEN] = "proven",
		[PROBE_HIDDEN] = "hidden",
		[PROBE_UNPROVEN] = "unproven",
	};

	return names[live];
}

bool probe_is_watched(const struct probe *probe, const struct inode *inode)
{
	return atomic_load(&((struct probe *)probe)->inode) == inode;
}

bool probe_saw_change(struct probe *probe, const struct inode *inode)
{
	if (atomic_load(&probe->inode) != inode)
		return false;
	atomic_store(&probe->seen, true);
	return true;
}

struct probe *probe_create(void)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (probe)
		probe->go_away[0] = probe->go_away[1] = -1;
	return probe;
}

void probe_destroy(struct probe *probe)
{
	/* One that did not end in time. */
	if (probe && probe->helper > 0)
		waitpid(probe->helper, NULL, WNOHANG);
	free(probe);
}

/*
 * The helper: only async-signal-safe calls, because the daemon has threads. It
 * may sleep in the kernel until the daemon answers; the daemon never waits for
 * it without a deadline. It stores through a mapping, for that is always written
 * back. With cache=through the WRITE of a write(2) is not: it shows the live page
 * also where writeback hands out copies (fs/fuse/file.c:
 * fuse_send_write_pages(), fuse_writepage_locked(), 6.1).
 */
static NORETURN void helper_main(const char *path, int keep_fd)
{
	char *page;
	char end;
	int fd;

	fdio_close_from(3, keep_fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		_exit(1);
	page = mmap(NULL, PROBE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (page == MAP_FAILED)
		_exit(2);
	memset(page, 'a', PROBE_BYTES);
	/* Not fsync: that would hold the inode's lock meanwhile. */
	if (sync_file_range(fd, 0, PROBE_BYTES, SYNC_FILE_RANGE_WRITE) < 0)
		_exit(3);
	if (read(keep_fd, &end, 1) < 0)
		_exit(4);
	_exit(0);
}

static int start_helper(struct probe *probe, const char *mountpoint)
{
	autofree char *path = NULL;

	if (asprintf(&path, "%s/%s", mountpoint, probe->name) < 0)
		return -ENOMEM;
	if (pipe2(probe->go_away, O_CLOEXEC) < 0)
		return -errno;
	probe->helper = fork();
	if (probe->helper < 0)
		return -errno;
	if (!probe->helper)
		helper_main(path, probe->go_away[0]);
	return 0;
}

/* Put the hidden file in place and a gate before the reply of its WRITEs. */
static int plant_file(struct fs *fs, struct probe *probe)
{
	struct gate_rule rule = {
		.ops = 1ULL << FUSE_WRITE,
		.at = GATE_REPLY,
		.deadline_ns = PROBE_DEADLINE_MS * CLOCK_NS_PER_MS,
	};
	autoclose int fd = memfd_create("pinfs-probe", MFD_CLOEXEC);
	char path[sizeof(probe->name) + 1];
	int err;

	if (fd < 0 || ftruncate(fd, PROBE_BYTES) < 0)
		return -errno;
	snprintf(probe->name, sizeof(probe->name), ".pinfs-probe-%d-%llx",
		 (int)getpid(), (unsigned long long)clock_now_ns());
	snprintf(path, sizeof(path), "/%s", probe->name);
	err = inode_plant(fs->inodes, probe->name, fd);
	if (err)
		return err;
	rule.path = path;
	return gate_arm(fs->gates, &rule, &probe->gate_id);
}

/* With the WRITE held: change the page, let the WRITE go, look what was seen. */
static int plant_change(struct fs *fs, struct probe *probe)
{
	static char page[PROBE_BYTES];
	struct inode *inode;
	size_t held;
	int err = hold_wait(fs->holds, probe->gate_id, 1, probe->deadline_ns,
			    &held);

	if (err)
		return err;
	inode = inode_planted(fs->inodes);
	if (!inode)
		return -ENOENT;
	atomic_store(&probe->inode, inode);
	memset(page, 'b', sizeof(page));
	err = session_notify_store(fs->session, inode_nodeid(inode), 0,
				   page, sizeof(page));
	if (err)
		return err;
	hold_release(fs->holds, probe->gate_id, SIZE_MAX);
	return 0;
}

static void stop_helper(struct probe *probe)
{
	for (int i = 0; i < 2; i++)
		if (probe->go_away[i] >= 0)
			close(probe->go_away[i]);
	if (probe->helper <= 0)
		return;
	while (waitpid(probe->helper, NULL, WNOHANG) == 0) {
		if (clock_now_ns() > probe->deadline_ns) {
			log_warn("the helper of the self-test does not end");
			kill(probe->helper, SIGKILL);
			return;
		}
		clock_sleep_ns(50 * 1000);
	}
	probe->helper = 0;
}

static int try_probe(struct fs *fs, struct probe *probe, const char *mountpoint)
{
	int err = plant_file(fs, probe);

	if (!err)
		err = start_helper(probe, mountpoint);
	if (!err)
		err = plant_change(fs, probe);
	if (probe->gate_id && gate_clear(fs->gates, probe->gate_id, NULL,
					 NULL))
		log_debug("the gate of the self-test has gone");
	stop_helper(probe);
	/* The address may soon be another file's. */
	atomic_store(&probe->inode, NULL);
	if (inode_plant(fs->inodes, NULL, -1))
		log_debug("the file of the self-test has gone");
	return err;
}

static void set_result(struct probe_result *result, enum probe_live live,
		       const char *reason)
{
	result->live = live;
	snprintf(result->reason, sizeof(result->reason), "%s", reason);
}

void probe_run(struct fs *fs, const char *mountpoint,
	       struct probe_result *result_ret)
{
	struct probe *probe = fs->probe;
	int err;

	if (fs->config->cache == CONFIG_CACHE_NONE)
		return set_result(result_ret, PROBE_OFF, "cache=none: every "
				  "WRITE is a private copy");
	if (fs_live(fs) == CONFIG_LIVE_OFF || !session_is_live(fs->session))
		return set_result(result_ret, PROBE_OFF, fs_live(fs) ==
				  CONFIG_LIVE_OFF ? "live=off" : "the pipes "
				  "cannot be made large enough");
	if (fs->config->read_only)
		return set_result(result_ret, PROBE_UNPROVEN,
				  "mounted read-only: nothing is written back");
	probe->deadline_ns = clock_deadline_ns(PROBE_DEADLINE_MS *
					       CLOCK_NS_PER_MS);
	err = try_probe(fs, probe, mountpoint);
	if (err)
		snprintf(result_ret->reason, sizeof(result_ret->reason),
			 "the change could not be planted: %s", strerror(-err));
	result_ret->live = PROBE_UNPROVEN;
	if (!err && atomic_load(&probe->seen))
		set_result(result_ret, PROBE_PROVEN, "a change planted by "
			   "FUSE_NOTIFY_STORE into a page whose WRITE was held "
			   "was seen before the reply");
	else if (!err)
		set_result(result_ret, PROBE_HIDDEN, "a change planted by "
			   "FUSE_NOTIFY_STORE into a page whose WRITE was held "
			   "was not seen: the WRITE carried a private copy");
}
