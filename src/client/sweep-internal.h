/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of sweep.h. */
#ifndef PIN_SWEEP_INTERNAL_H
#define PIN_SWEEP_INTERNAL_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/sweep.h"
#include "client/sweepdir.h"
#include "common/json.h"

enum { SWEEP_LINE_SIZE = 512, SWEEP_STAGE_SIZE = 64 };

/* What has come of a line. */
struct sweep_text {
	char bytes[SWEEP_LINE_SIZE];
	size_t length;
};

/* A kernel whose process runs. */
struct sweep_job {
	size_t index;		/* of its specification */
	const char *spec;
	pid_t pid;		/* 0: this is no job now */
	int talk;		/* it asks for its place, and says how far it is */
	int messages;		/* its standard error */
	struct sweep_text talk_text;
	struct sweep_text message_text;
	char name[SWEEPDIR_NAME_SIZE];	/* of its place; "": it has none */
	char stage[SWEEP_STAGE_SIZE];
	unsigned int results;	/* that have come */
	char last[SWEEP_LINE_SIZE];	/* message */
	uint64_t started_ns;
};

struct sweep {
	const struct sweep_options *options;
	struct sweepdir *dir;
	struct sweep_job *jobs;	/* room for as many as may run at once */
	size_t job_count;
	size_t running;
	size_t next;		/* specification to be started */
	uint64_t memory_mib;	/* that was there for machines at first */
	size_t processors;	/* of this host; SIZE_MAX: no matter */
	char accel[8];		/* that a machine has had; "": none yet */
	unsigned int threads;	/* that it runs vCPUs in */
	char **dirs;		/* by specification; NULL: nothing is there */
	size_t ended;
	int signal;		/* see struct sweep_done */
};

/* sweep-job.c: the process of a kernel, from outside. */

/* Return: 0 or -errno (message logged). */
int sweep_job_start(struct sweep *sweep, struct sweep_job *job, size_t index)
	MUST_CHECK;
/* Of "DIR/FILE" the file: what to call a kernel that was not found. */
const char *sweep_job_called(const char *spec);
/* What it has to say now. Return: false: it has ended. */
bool sweep_job_listen(struct sweep *sweep, struct sweep_job *job);
/**
 * sweep_job_end() - wait for it, and see to it that there is a result.json
 * @why: it has been ended, because of that; NULL: by itself
 */
void sweep_job_end(struct sweep *sweep, struct sweep_job *job, const char *why);

/* sweep-child.c: the same from inside. @talk: as in struct sweep_job. */
NORETURN void sweep_child(const struct sweep *sweep, const char *spec,
			  int talk);

/* sweep-room.c */

/* Memory that machines may take [MiB]. */
uint64_t sweep_room_memory(void);
/* Of this host, that we may use; 1 or more. */
size_t sweep_room_processors(void);
/* Are there processors and memory for one more? */
bool sweep_room_for_one(const struct sweep *sweep);

/* sweep-result.c: the result.json of a kernel that had no machine. */
int sweep_write_failure(const char *path, const char *spec, const char *name,
			const char *reason) MUST_CHECK;

/* sweep-tell.c: on standard error, where that is wanted. */
void sweep_tell_begin(const struct sweep *sweep);
void sweep_tell_message(const struct sweep *sweep, const struct sweep_job *job,
			const char *line);
void sweep_tell_stage(const struct sweep *sweep, const struct sweep_job *job);
/* @result: its result.json, or NULL */
void sweep_tell_end(const struct sweep *sweep, const struct sweep_job *job,
		    const json_t *result);
/* The status line, as things are now. */
void sweep_tell_now(const struct sweep *sweep);
void sweep_tell_finish(void);

#endif
