/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a mount: construction, service (fs-serve.c), destruction, in one
 * visible order. Whatever fails on the way up is taken down in reverse.
 */
#include "daemon/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "daemon/alert.h"
#include "daemon/audit.h"
#include "daemon/control.h"
#include "daemon/declare.h"
#include "daemon/event.h"
#include "daemon/evidence.h"
#include "daemon/finding.h"
#include "daemon/gate.h"
#include "daemon/heart.h"
#include "daemon/hold.h"
#include "daemon/inode.h"
#include "daemon/loopdev.h"
#include "daemon/mount.h"
#include "daemon/peek.h"
#include "daemon/receipt.h"
#include "daemon/record.h"
#include "daemon/session.h"
#include "daemon/settle.h"
#include "daemon/state.h"
#include "daemon/status.h"
#include "daemon/store.h"
#include "daemon/supervisor.h"
#include "daemon/suspect.h"
#include "daemon/trace.h"
#include "rescue/rescue.h"

enum { INIT_DEADLINE_S = 10 };	/* the kernel's first request */

enum config_live fs_live(const struct fs *fs)
{
	if (fs->config->cache == CONFIG_CACHE_NONE)
		return CONFIG_LIVE_OFF;
	return fs->config->live;
}

/* ---- the way up ---- */

static int open_log(struct fs *fs)
{
	char *path = NULL;
	int err;

	if (asprintf(&path, "%s/events.jsonl", state_path(fs->state)) < 0)
		return -ENOMEM;
	err = event_log_create(fs, fs->config->log ? fs->config->log : path,
			       &fs->events);
	free(path);
	return err;
}

/* For what fails for want of memory or threads, and says nothing itself. */
static int say(int err, const char *what)
{
	if (err)
		log_err("cannot make %s: %s", what, strerror(-err));
	return err;
}

/* What clients can tell and be told. */
static int create_checks(struct fs *fs)
{
	const struct evidence_limits limits = {
		.bytes = fs->config->evidence_limit,
		.files = fs->config->evidence_files,
	};
	int err = evidence_create(fs->config->evidence, state_path(fs->state),
				  &limits, &fs->evidence);

	if (!err)
		err = say(finding_queue_create(fs, &fs->finder), "the finder");
	if (!err)
		err = say(declare_create(&fs->declare), "the declarations");
	if (!err)
		err = say(receipt_create(&fs->receipt), "the receipts");
	if (!err)
		err = say(record_create(&fs->record), "the recording");
	return err;
}

static int create_parts(struct fs *fs)
{
	const struct config *config = fs->config;
	/* Before any thread. */
	int err = supervisor_create(config->watchdog_ns, &fs->supervisor);

	if (!err && config->peek != CONFIG_PEEK_OFF)
		err = peek_create(&fs->peek);		/* this, too */
	if (!err)
		err = suspect_create(&fs->suspect);	/* and this */
	if (!err)
		err = state_open(fs->source_fd, config->source_path,
				 config->state, config->lock_wait_ns,
				 fs->mountpoint, &fs->state);
	if (!err)
		err = inode_table_create(fs->source_fd, state_stat(fs->state),
					 &fs->inodes);
	if (!err)
		err = store_create(fs);
	if (!err) {
		inode_table_at_end(fs->inodes, store_forget, fs);
		/* Before the mount: it must be able to say what it finds. */
		err = alert_open(fs->mountpoint, config->alert_events,
				 &fs->alert);
	}
	if (!err)
		err = open_log(fs);
	if (!err)
		err = create_checks(fs);
	if (!err)
		err = say(hold_queue_create(&fs->holds), "the hold queue");
	if (!err)
		err = say(gate_set_create(fs, &fs->gates), "the gates");
	if (!err)
		err = say(settle_create(&fs->settle), "the unstable blocks");
	if (!err)
		err = say(audit_set_create(&fs->audits), "the audits");
	if (!err) {
		fs->probe = probe_create();
		err = say(fs->probe ? 0 : -ENOMEM, "the self-test");
	}
	if (!err)
		err = say(heart_create(fs, &fs->heart), "the heart");
	return err;
}

/* Counting begins with the first request that is not our own. */
static void reset_stats(struct fs *fs)
{
#define RESET(name, help) atomic_store(&fs->stats.name, 0);
	STATS_COUNTERS(RESET)
#undef RESET
}

static int prove_live(struct fs *fs)
{
	probe_run(fs, fs->mountpoint, &fs->live);
	reset_stats(fs);
	if (fs->config->live == CONFIG_LIVE_REQUIRE &&
	    fs->live.live != PROBE_PROVEN) {
		log_err("live=require: %s", fs->live.reason);
		return -ENOTSUP;
	}
	if (fs->live.live == PROBE_HIDDEN || fs->live.live == PROBE_UNPROVEN)
		log_warn("changes of pages under writeback cannot be seen on "
			 "this mount: %s", fs->live.reason);
	return 0;
}

static int watch(struct fs *fs)
{
	struct supervisor_mount mount = {
		.mountpoint = fs->mountpoint,
		.source = mount_source(fs),
		.dev = fs->dev,
		.socket = fs->control ? control_socket(fs->control) : NULL,
	};

	return say(supervisor_watch(fs->supervisor, &mount),
		   "a supervised mount");
}

static int begin_session(struct fs *fs)
{
	int err = session_create(fs, fs->mountpoint, &fs->session);

	if (!err)
		err = watch(fs);
	if (!err)
		err = session_start(fs->session);
	if (err)
		return err;
	err = session_wait_init(fs->session, clock_deadline_ns(
		INIT_DEADLINE_S * CLOCK_NS_PER_SEC));
	if (err)
		log_err("the kernel did not begin the session: %s",
			strerror(-err));
	else
		limits_take(fs);
	return err;
}

/* What evidence says of the mount. NULL: no memory. */
static json_t *describe(const struct fs *fs)
{
	return json_pack(
		"{s:o, s:o, s:o, s:{s:s, s:s, s:b, s:I}}",
		"source", json_text(fs->config->source_path),
		"mountpoint", json_text(fs->mountpoint),
		"options", status_options(fs),
		"capabilities", "live", probe_live_name(fs->live.live),
		"live_reason", fs->live.reason, "pins_only", fs->loop != NULL,
		"request_timeout_us",
		(json_int_t)(fs->limits.request_timeout_ns / 1000));
}

static int start_serving(struct fs *fs)
{
	int err = begin_session(fs);

	if (err)
		return err;
	if (fs->loop)
		fs->mounts_fd = open("/proc/self/mountinfo",
				     O_RDONLY | O_CLOEXEC);
	mount_lift_limits(fs);
	err = prove_live(fs);
	finding_queue_serve(fs->finder, describe(fs));
	if (!err)
		err = trace_create(fs->config->trace, fs->dev, &fs->trace);
	fs->start_ns = clock_now_ns();
	if (!err)
		err = control_create(fs, &fs->control);
	return err ? err : watch(fs);
}

static void write_mount_event(struct fs *fs)
{
	struct utsname kernel;
	char dev[32];

	uname(&kernel);
	snprintf(dev, sizeof(dev), "%u:%u", major(fs->dev), minor(fs->dev));
	event_write(fs->events, "mount", json_pack(
		"{s:s, s:o, s:o, s:s, s:s, s:o, s:s}",
		"version", PACKAGE_VERSION,
		"source", json_text(fs->config->source_path),
		"mountpoint", json_text(fs->mountpoint),
		"dev", dev, "kernel", kernel.release,
		"options", status_options(fs),
		"live", probe_live_name(fs->live.live)));
}

/* Tell whoever waits for the mount. */
static void say_ready(int fd)
{
	static const char ready[] = "READY\n";

	if (fd < 0)
		return;
	if (write(fd, ready, sizeof(ready) - 1) < 0)
		log_warn("nobody waits for the mount: %s", strerror(errno));
	close(fd);
}

/* ---- the way down ---- */

/*
 * End a connection that has not ended by itself: the start failed, or the end
 * was not reached in time. The workers end with it; if it does not end, so must
 * the process, and the kernel closes what is left.
 */
static void cut(struct fs *fs)
{
	uint64_t deadline_ns = clock_deadline_ns(FS_ABORT_DEADLINE_S *
						 CLOCK_NS_PER_SEC);

	if (session_ended(fs->session) || !session_has_started(fs->session))
		return;
	session_never_pause(fs->session);
	supervisor_abort(fs->supervisor);
	while (!session_ended(fs->session)) {
		if (clock_now_ns() > deadline_ns) {
			log_err("the connection of '%s' does not end",
				fs->mountpoint);
			_exit(1);
		}
		clock_sleep_ns(CLOCK_NS_PER_MS);
	}
}

static void destroy_parts(struct fs *fs)
{
	if (fs->holds)
		hold_queue_shutdown(fs->holds);
	control_destroy(fs->control);
	if (fs->session) {
		cut(fs);
		session_join(fs->session);
		if (supervisor_is_mounted(fs->supervisor) &&
		    rescue_unmount(fs->mountpoint, major(fs->dev),
				   minor(fs->dev)))
			log_err("cannot free the mount point '%s'",
				fs->mountpoint);
	}
	heart_forget_locks(fs->heart);
	hold_queue_destroy(fs->holds);
	session_destroy(fs->session);
	if (fs->store)
		store_end(fs);
	probe_destroy(fs->probe);
	gate_set_destroy(fs->gates);
	record_destroy(fs->record);
	receipt_destroy(fs->receipt);
	declare_destroy(fs->declare);
	finding_queue_destroy(fs->finder);
	evidence_destroy(fs->evidence);
	audit_set_destroy(fs->audits);
	settle_destroy(fs->settle);
	event_log_destroy(fs->events);
	alert_destroy(fs->alert);
	inode_table_destroy(fs->inodes);
	store_destroy(fs->store);
	state_close(fs->state);
	closed_deinit(&fs->closed);
	notify_deinit(&fs->notify);
	expect_deinit(&fs->expect);
	suspect_destroy(fs->suspect);
	trace_destroy(fs->trace);
	peek_destroy(fs->peek);
	heart_destroy(fs->heart);
	supervisor_destroy(fs->supervisor);
	loopdev_destroy(fs->loop);
	free(fs->mountpoint);
	if (fs->source_fd >= 0)
		close(fs->source_fd);
	if (fs->quit_fd >= 0)
		close(fs->quit_fd);
	if (fs->mounts_fd >= 0)
		close(fs->mounts_fd);
}

static int block_signals(void)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	/* A file that may not grow (RLIMIT_FSIZE) is EFBIG, and not our end. */
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A held WRITE costs a descriptor. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_source(struct fs *fs)
{
	const struct config *config = fs->config;

	fs->source_fd = open(config->source_path ? config->source_path :
			     config->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fs->source_fd < 0 || !config->source_path) {
		int err = fs->source_fd < 0 ? -errno : -ENOENT;

		log_err("cannot open SOURCE '%s': %s", config->source,
			strerror(-err));
		return err;
	}
	return mount_check(config->source_path, config->mountpoint,
			   &fs->mountpoint);
}

/*
 * Our pwrite(2) to SOURCE is what cleans the mount's pages: it must not be
 * throttled for their being dirty. Needs CAP_SYS_RESOURCE; inherited by threads.
 */
static void become_io_flusher(void)
{
	if (prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) < 0)
		log_debug("PR_SET_IO_FLUSHER: %s", strerror(errno));
}

int fs_run(const struct config *config, int status_fd)
{
	struct fs fs = { .config = config, .source_fd = -1, .mounts_fd = -1 };
	int signal_fd = block_signals();
	int status = 1;
	int err;

	expect_init(&fs.expect);
	closed_init(&fs.closed);
	notify_init(&fs.notify);
	limits_init(&fs.limits);
	raise_descriptor_limit();
	become_io_flusher();
	fs.quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = signal_fd < 0 || fs.quit_fd < 0 ? say(-errno, "descriptors") :
						open_source(&fs);
	if (!err)
		err = create_parts(&fs);
	if (!err)
		err = start_serving(&fs);
	if (!err) {
		write_mount_event(&fs);
		say_ready(config->ready_fd);
		say_ready(status_fd);
		if (!config->foreground) {
			supervisor_leave_terminal(fs.supervisor);
			log_leave_terminal("pinfs");
		}
		status = fs_serve(&fs, signal_fd);
	}
	destroy_parts(&fs);
	if (signal_fd >= 0)
		close(signal_fd);
	return status;
}
