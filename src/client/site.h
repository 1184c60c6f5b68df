/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mount with everything a scenario needs at hand: the control connection, the
 * event log, and two test clients. The writer is the process whose memory is
 * written to and that makes the call; the observer has a mapping of its own,
 * starts writeback and looks, and so never waits behind the writer's locks.
 */
#ifndef PIN_SITE_H
#define PIN_SITE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

struct ctlclient;
struct eventlog;
struct ondir;
struct stage;
struct stepper;

/* Changes to scenarios by which their verdicts are put to the test. */
enum site_mutation {
	SITE_AS_IS,
	SITE_ELSEWHERE,	/* the writer writes, to another page */
	SITE_PLANT,	/* the page is changed behind everybody's back */
};

struct site {
	char *mountpoint;	/* absolute */
	char *source;		/* SOURCE of the mount, absolute */
	char *state;		/* its state directory, absolute */
	char *log;		/* its event log, absolute */
	char *live;		/* "proven", "hidden", "off", "unproven" */
	char *live_reason;	/* one sentence */
	bool is_live;		/* live is "proven" */
	char *cache;		/* "writeback", "through", "none" */
	pid_t daemon;		/* as it sees itself */
	char *loop;		/* device with stable writes under it; NULL: none */
	uint64_t step_ns;	/* longest wait for one step [ns] */
	struct ctlclient *control;
	struct eventlog *events;
	struct stepper *writer;
	struct stepper *observer;
	struct stage *stages;	/* filesystems on the mount; NULL: none yet */
	unsigned int trials;	/* run here so far; names their files */
	/* As in the options it was opened with. */
	enum site_mutation mutation;
	bool keep;		/* the files of trials stay */
	const char *dir;	/* of the target "dir" */
	struct ondir *ondir;	/* what is known of it; NULL: nothing yet */
	bool dangerous;		/* trials may endanger the machine */
	void (*trace)(const char *name, const char *line, void *arg);
	void *trace_arg;
};

struct site_options {
	uint64_t step_ns;	/* cut to two thirds of the mount's hold_max */
	enum site_mutation mutation;
	const char *dir;	/* NULL: where temporary files go */
	bool keep;
	bool dangerous;
	/* Gets each line to and from a client, and to the daemon; NULL: off. */
	void (*trace)(const char *name, const char *line, void *arg);
	void *trace_arg;
};

/**
 * site_open() - prepare a mount for trials
 * Return: 0; -ENOENT, -EMEDIUMTYPE, -ECONNREFUSED as ctlclient_open(); -errno.
 * A message has been logged.
 */
int site_open(const char *mountpoint, const struct site_options *options,
	      struct site **site_ret) MUST_CHECK;
/**
 * site_respawn_writer() - a new writer in place of one that has ended
 * The old one is waited for, and killed when it has not, and reaped. What it had
 * is gone: the new one has no objects.
 * Return: 0; -ETIMEDOUT the old one is stuck in the mount; -errno. There is no
 * writer after an error.
 */
int site_respawn_writer(struct site *site) MUST_CHECK;
/**
 * site_close() - end clients and stages, let go of everything held
 * Return: 0; -ETIMEDOUT a client or a stage is stuck in the mount.
 */
int site_close(struct site *site);
/**
 * site_settle_events() - have the daemon write the lines that it owes the log
 * That of a finding comes a little after the WRITE has been answered, and what was
 * only counted when it is asked for.
 * Return: 0 or -errno.
 */
int site_settle_events(const struct site *site) MUST_CHECK;
/*
 * Does the daemon look at a WRITE's pages twice? That is not is_live: a second
 * look at a copy sees nothing.
 */
bool site_looks_twice(const struct site *site);
/* Give a line to the trace, if there is one. */
void site_trace(const struct site *site, const char *name, const char *line);
/* Abort the connection of the mount there, and free the mount point. */
int site_abort(const char *mountpoint) MUST_CHECK;

#endif
