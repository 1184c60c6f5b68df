/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of a scenario: its files, its gates, the writer's call, and what was
 * observed. Writers, moments and targets are made of these functions.
 *
 * Return values, here and in the phases: 0; -EAGAIN the kernel was faster, once
 * more in new files; -ETIMEDOUT something did not come (HUNG); -EOPNOTSUPP it
 * cannot run here (SKIP); other: the harness failed (ERROR). The first failure
 * is put into words in trial->trouble.
 *
 * Objects that the clients know by name: "t" is the file written to and "m" its
 * mapping, in both clients; "s" in the writer is the file that the bytes come
 * from.
 */
#ifndef PIN_TRIAL_H
#define PIN_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/content.h"
#include "client/judge.h"
#include "client/site.h"
#include "client/stepper.h"
#include "client/taskstate.h"
#include "common/compiler.h"
#include "common/digest.h"

enum {
	TRIAL_LEN = DIGEST_BLOCK,	/* bytes written, at offset 0 */
	TRIAL_GENERATION_OLD = 2,	/* what is in the page before */
	TRIAL_GENERATION_NEW = 7,	/* what the writer brings */
	TRIAL_NAME_SIZE = 48,
	TRIAL_NOTE_SIZE = 256,
};

/* The call that brings the bytes. */
struct trial_call {
	bool started;
	bool ended;
	unsigned int step;
	pid_t tid;
	struct stepper_result result;	/* valid when ended */
	char state;		/* at the last look, as in /proc; 0: no look */
	char place[TASKSTATE_PLACE_SIZE];	/* where it slept then, or "" */
};

struct trial {
	struct site *site;
	char target[TRIAL_NAME_SIZE];	/* the file "t" */
	char source[TRIAL_NAME_SIZE];	/* the file "s" */
	long write_gate;	/* holds the target's WRITE; 0: none */
	long read_gate;		/* holds the source's READ; 0: none */
	uint64_t let_go_ns;	/* when the WRITE was let go; 0: not yet */
	struct trial_call call;
	long pins;		/* taken while the call was held; -1 unknown */
	char old_digest[DIGEST_HEX_SIZE];
	char new_digest[DIGEST_HEX_SIZE];
	struct judge_facts facts;
	char cause[32];		/* of the unstable event */
	char trouble[TRIAL_NOTE_SIZE];	/* why it ended early, or "" */
};

void trial_init(struct trial *trial, struct site *site);

/* Note why (the first time), and return @err. */
int trial_fail(struct trial *trial, int err, const char *fmt, ...)
	PRINTF(3, 4);

/* -------------------------------------------------------------- the clients */

/* Run a step to its end; the call may fail: look at result_ret->ok. */
int trial_try(struct trial *trial, struct stepper *stepper,
	      struct stepper_result *result_ret, const char *fmt, ...)
	PRINTF(4, 5) MUST_CHECK;
/**
 * trial_step() - the same for a call whose failure is a failure of the trial
 * @result_ret: may be NULL
 */
int trial_step(struct trial *trial, struct stepper *stepper,
	       struct stepper_result *result_ret, const char *fmt, ...)
	PRINTF(4, 5) MUST_CHECK;
/* Take the value of @key out of a result's text. Return: false: not there. */
bool trial_word(const struct stepper_result *result, const char *key,
		char *value, size_t size);

/* ---------------------------------------------------------------- the gates */

/**
 * trial_hold() - arm a gate for one request
 * @words: "op=write path=/t at=reply"; formatted
 */
int trial_hold(struct trial *trial, long *gate_ret, const char *words, ...)
	PRINTF(3, 4) MUST_CHECK;
/**
 * trial_wait_held() - until the gate holds its request
 * @timeout_ns: -EAGAIN after that, without noting a failure
 */
int trial_wait_held(struct trial *trial, long gate, uint64_t timeout_ns)
	MUST_CHECK;
/* Let the request of a gate go on, once it has gone; disarm the gate. */
int trial_release(struct trial *trial, long *gate) MUST_CHECK;
/* Disarm what is armed, and let go whatever it holds. */
int trial_drop_gates(struct trial *trial) MUST_CHECK;

/* ----------------------------------------------------------------- the call */

/* What the writer will write: digests for telling old from new. */
void trial_expect(struct trial *trial, const char *file, uint8_t writer);
/* Make the writer's call, in a thread of the writer. */
int trial_start_call(struct trial *trial, const char *fmt, ...)
	PRINTF(2, 3) MUST_CHECK;
/* Has the call ended by now? See trial->call.ended. */
int trial_poll_call(struct trial *trial) MUST_CHECK;
/**
 * trial_watch_call() - until the call has ended, or sleeps for good
 * See trial->call.ended and trial->facts.stuck: neither when it could not be
 * told within a step's time.
 */
int trial_watch_call(struct trial *trial) MUST_CHECK;
/* Until the call has ended. */
int trial_finish_call(struct trial *trial) MUST_CHECK;

/* ---------------------------------------------------------------- the bytes */

/* What a digest step's answer says. */
enum judge_bytes trial_bytes(const struct trial *trial, const char *digest);
/* The step "digest" of mem=m or fd=t in the observer. */
int trial_digest(struct trial *trial, const char *object,
		 char digest[DIGEST_HEX_SIZE]) MUST_CHECK;
/**
 * trial_is_dirty() - is the page dirty, or under writeback?
 * Not for one who may not see page flags: it then counts as clean.
 */
int trial_is_dirty(struct trial *trial, bool *dirty_ret) MUST_CHECK;
/* The digest of the target's block in SOURCE. */
int trial_store_digest(struct trial *trial, char digest[DIGEST_HEX_SIZE])
	MUST_CHECK;

#endif
