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
 * from. A mapping begins where its file begins, so that an offset is the same in
 * both. "w" in the writer is other memory, of a mutation.
 */
#ifndef PIN_TRIAL_H
#define PIN_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/content.h"
#include "client/judge.h"
#include "client/pinleak.h"
#include "client/shape.h"
#include "client/site.h"
#include "client/stepper.h"
#include "client/taskstate.h"
#include "common/compiler.h"
#include "common/digest.h"

enum {
	TRIAL_GENERATION_OLD = 2,	/* what is in the page before */
	TRIAL_GENERATION_NEW = 7,	/* what the writer brings */
	TRIAL_NAME_SIZE = 48,
	TRIAL_NOTE_SIZE = 256,
	TRIAL_PHASES_MAX = 20,
	/* A list of digests of blocks from trial->base on, as steps say it. */
	TRIAL_DIGESTS_SIZE = (SHAPE_PAGES_MAX + 1) * DIGEST_HEX_SIZE,
};

/* One phase that was gone through. */
struct trial_phase {
	const char *name;	/* static */
	uint64_t ns;		/* how long it took */
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

struct stage_source;

struct trial {
	struct site *site;
	const struct shape *shape;
	const char *detail;	/* the writer's */
	/* Where the call's bytes go: see trial_init(). */
	const char *into;	/* memory of the writer */
	uint64_t at;		/* offset in it [bytes] */
	uint64_t file_at;	/* offset in "t" [bytes] */
	uint32_t len;		/* [bytes] */
	uint32_t beside;	/* what the call brings elsewhere, too [bytes] */
	/* What is looked at: */
	uint64_t base;		/* the target's first byte, in file and mapping */
	uint32_t seen;		/* bytes from there on that exist */
	char old[SHAPE_BYTES_MAX];	/* what they are before the call */
	char new[SHAPE_BYTES_MAX];	/* and after it */
	char target[TRIAL_NAME_SIZE];	/* the file "t" */
	/*
	 * Where that is: the directory of --on, by any process; NULL: SOURCE of
	 * the mount, which then gets WRITEs of it.
	 */
	const char *home;
	char path[TRIAL_NAME_SIZE];	/* by which clients open it again */
	/* What its filesystem is; NULL: the mount itself, or none. */
	const struct stage_source *stage;
	/* What finds its bytes where they are stored; NULL: in SOURCE. */
	int (*store)(struct trial *trial, char *digests);
	/* What a power cut would leave of it: into facts; NULL: not asked. */
	int (*left)(struct trial *trial);
	char left_note[TRIAL_NOTE_SIZE / 2];	/* what was seen there */
	char stored[TRIAL_DIGESTS_SIZE];	/* at the last look, or "" */
	/* Of a target with a home: */
	bool direct;		/* its store is read with O_DIRECT */
	bool settled;		/* it has been written back, for good */
	char said[TRIAL_NOTE_SIZE];	/* about that, and by its filesystem */
	char source[TRIAL_NAME_SIZE];	/* the file "s" */
	long write_gate;	/* holds the target's WRITE; 0: none */
	long read_gate;		/* holds what the call waits for; 0: none */
	bool held;		/* by read_gate: the call has its page */
	bool keeps;		/* its pins stay, whatever its calls do */
	uint64_t let_go_ns;	/* when the WRITE was let go; 0: not yet */
	struct trial_call call;
	struct stepper *aside;	/* runs the step aside; NULL: there is none */
	unsigned int aside_step;
	pid_t aside_tid;
	/* Of a stage with two devices: */
	long leg_gate;		/* holds a write to the other's image; 0: none */
	struct stepper *leg;	/* makes that write; NULL: there is none */
	unsigned int leg_step;
	long leg_place;		/* where the one has written the page */
	bool paused;		/* the mount receives nothing, for us */
	bool plant_late;	/* a mutation that has to wait for that to end */
	bool made;		/* it has begun: there may be files, and clients' objects */
	bool started;		/* the writer has begun: it has things to undo */
	bool owner_gone;	/* the writer's process has ended, as it should */
	bool counted;		/* the kernel counts pins, and we may look */
	struct pincount before;	/* when counted: before the call */
	struct pinleak_own own;	/* what the call is expected to pin */
	long pins;		/* seen while the call was held; -1: unknown */
	struct judge_facts facts;
	char cause[32];		/* of the unstable event */
	unsigned int cause_block;	/* of it, counted from base */
	struct trial_phase phases[TRIAL_PHASES_MAX];
	unsigned int phase_count;
	char trouble[TRIAL_NOTE_SIZE];	/* why it ended early, or "" */
};

/**
 * trial_init() - the names, places and first content of a trial
 * Under SITE_ELSEWHERE the call's bytes go to memory "w" or to a part of the
 * file that nobody looks at.
 */
void trial_init(struct trial *trial, struct site *site,
		const struct shape *shape);
/* Is the mutation of the site this one? */
bool trial_mutated(const struct trial *trial, enum site_mutation mutation);

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
/* Disarm it, if there is one (not 0), and let go what it holds. */
int trial_drop_gate(struct trial *trial, long *gate) MUST_CHECK;
/* Disarm what is armed, let go whatever it holds, and receive again. */
int trial_drop_gates(struct trial *trial) MUST_CHECK;

/**
 * trial_pause() - the daemon receives no more requests, held ones can be let go
 * Until trial_resume(), or the end of the control connection.
 * @queued_ret: requests that wait in the kernel now; -1: it does not tell
 */
int trial_pause(struct trial *trial, long *queued_ret) MUST_CHECK;
/* The same number later on. */
int trial_queued(struct trial *trial, long *queued_ret) MUST_CHECK;
int trial_resume(struct trial *trial) MUST_CHECK;

/**
 * trial_stop_leg() - the second device of the stage writes nothing any more
 * Of "e" in the observer, its image. Until trial_let_leg_go(), or the deadline
 * of a hold, which that says.
 */
int trial_stop_leg(struct trial *trial) MUST_CHECK;
int trial_let_leg_go(struct trial *trial) MUST_CHECK;
/* Wait for the write that stopped it, if there is one: nothing holds it. */
int trial_end_leg(struct trial *trial) MUST_CHECK;
/* The offset of what a gate holds. */
int trial_held_place(struct trial *trial, long gate, long *off_ret) MUST_CHECK;

/* ----------------------------------------------------------------- the call */

/**
 * trial_expect() - what the writer will bring, for telling old from new
 * @file, @writer: as the content says; of TRIAL_GENERATION_NEW
 * @from: offset that the content's first byte says it has [bytes]
 */
void trial_expect(struct trial *trial, const char *file, uint8_t writer,
		  uint64_t from);
/* That the target is all zeros from now on, but for what the call brings. */
void trial_expect_zeros(struct trial *trial);
/* The same for bytes that are all this one. */
void trial_expect_byte(struct trial *trial, uint8_t byte);
/**
 * trial_content_words() - "into= at= len= gen= file= file-off="
 * Of a step that makes the content itself, as if it were the target's. Static.
 */
const char *trial_content_words(const struct trial *trial);
/* That the writer brings nothing but is to be judged as one who has. */
void trial_expect_nothing(struct trial *trial);
/* Make the writer's call, in a thread of the writer. */
int trial_start_call(struct trial *trial, const char *fmt, ...)
	PRINTF(2, 3) MUST_CHECK;
/* One step more that takes its time, of a moment: started, */
int trial_start_aside(struct trial *trial, struct stepper *stepper,
		      const char *fmt, ...) PRINTF(3, 4) MUST_CHECK;
/* and waited for, if there is one; it may fail: look at result_ret->ok. */
int trial_finish_aside(struct trial *trial, struct stepper_result *result_ret)
	MUST_CHECK;
/* Let the target's WRITE go, and wait for that step, which must not fail. */
int trial_end_aside(struct trial *trial, const char *what) MUST_CHECK;
/* One look at it: does it sleep for good, in a @watch of all looks? */
bool trial_aside_sleeps(const struct trial *trial,
			struct taskstate_watch *watch);
/* Has the call ended by now? See trial->call.ended. */
int trial_poll_call(struct trial *trial) MUST_CHECK;
/**
 * trial_watch_call() - until the call has ended, or sleeps for good
 * See trial->call.ended and trial->facts.stuck: neither when it could not be
 * told within a step's time.
 */
int trial_watch_call(struct trial *trial) MUST_CHECK;
/* Until the call has ended; a call whose process is gone has. */
int trial_finish_call(struct trial *trial) MUST_CHECK;

/**
 * trial_refusal() - what a call that failed says about that
 * Return: 0 the kernel would not take the page; -EOPNOTSUPP the step cannot run
 * here (refused=); -EIO neither. Put into words.
 */
int trial_refusal(struct trial *trial) MUST_CHECK;
/**
 * trial_take() - until read_gate holds what the call waits for
 * By then it has its page (trial->held). Not held, and 0 all the same, are a
 * call that the kernel refused, and one that sleeps in the window because its
 * page is under writeback.
 * @from: what the gate is about, for messages
 */
int trial_take(struct trial *trial, const char *from) MUST_CHECK;
/* Let go what trial_take() has waited for, or will come yet. */
int trial_let_land(struct trial *trial) MUST_CHECK;

/* Look at the count of pins before the call, */
void trial_count_pins(struct trial *trial);
/* and while it has its pages, if it has got any, into trial->pins. */
void trial_see_pins(struct trial *trial);
/*
 * Until as many pages have been let go since as were pinned, or for a step's
 * time: what dirties a page does so before it lets go of it, and may do both
 * after the call has returned.
 */
void trial_await_unpinned(const struct trial *trial);

/* ---------------------------------------------------------------- the bytes */

/* What a digest step's answer says of all that is looked at. */
enum judge_bytes trial_bytes(const struct trial *trial, const char *digests);
/* The same for one block, counted from base. */
enum judge_bytes trial_block_bytes(const struct trial *trial,
				   unsigned int block, const char *digest);
/* The same for the bytes that the call was about, as "digest=" of @len. */
enum judge_bytes trial_passed_bytes(const struct trial *trial,
				    const char *digests);
/* The step "digest" of mem=m or fd=t in the observer. */
int trial_digest(struct trial *trial, const char *object,
		 char digests[TRIAL_DIGESTS_SIZE]) MUST_CHECK;
/* The same in any client. */
int trial_digest_in(struct trial *trial, struct stepper *stepper,
		    const char *object, char digests[TRIAL_DIGESTS_SIZE])
	MUST_CHECK;
/**
 * trial_is_dirty() - is a page dirty, or under writeback?
 * Not for one who may not see page flags: it then counts as clean.
 */
int trial_is_dirty(struct trial *trial, bool *dirty_ret) MUST_CHECK;
/* Is a page under writeback? The same for one who may not see that. */
int trial_is_written_back(struct trial *trial, bool *is_ret) MUST_CHECK;
/* The digests of the target's blocks in the store: SOURCE, or a device. */
int trial_store_digest(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
	MUST_CHECK;
/* FUSE_NOTIFY_STORE: into the page cache only, and no page gets dirty. */
int trial_notify_store(struct trial *trial, uint64_t off, uint32_t len,
		       uint8_t byte) MUST_CHECK;
/* The same to the target's first page, with bytes that nobody expects. */
int trial_plant(struct trial *trial) MUST_CHECK;
/**
 * trial_invalidate() - drop the target's pages: the control verb
 * Proven by the reply; dirty bytes are in the store then.
 */
int trial_invalidate(struct trial *trial) MUST_CHECK;
/* The step "unlink" in the observer, unless files are kept. */
int trial_unlink(struct trial *trial, const char *name) MUST_CHECK;

#endif
