/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what was observed in one run of a scenario to its verdicts. A pure
 * function: no kernel version, no expectation, only observations.
 */
#ifndef PIN_JUDGE_H
#define PIN_JUDGE_H

#include <stdbool.h>

/* Which bytes of the block were seen somewhere. */
enum judge_bytes {
	JUDGE_UNSEEN,		/* nobody looked, or it could not be read */
	JUDGE_OLD,		/* those that the WRITE carried */
	JUDGE_NEW,		/* those of the writer */
	JUDGE_MIXED,		/* neither: a mixture */
};

struct judge_facts {
	bool called;		/* a writer made its call; else a control run */
	int err;		/* the call's errno; 0: it succeeded */
	bool window;		/* the WRITE of the page was held meanwhile */
	bool in_window;		/* it returned before that was let go, or thawed */
	bool frozen;		/* the target's filesystem was, meanwhile */
	enum judge_bytes beneath;	/* on its device, just before the thaw */
	/* Of a page whose WRITE was not even received, on another filesystem: */
	bool queued;		/* it is one */
	enum judge_bytes left;	/* by a power cut right after fsync(2) */
	bool left_unreadable;	/* its filesystem says EIO to it */
	bool mirrored;		/* there are two copies: left is in one of them, */
	enum judge_bytes mirror;	/* this in the other */
	bool stuck;		/* it was seen to sleep until then */
	bool live;		/* the mount can see a page under writeback */
	enum judge_bytes shown;	/* by a mapping, after the call, WRITE held */
	unsigned int events;	/* "unstable" events about the block */
	enum judge_bytes arrived;	/* by the first of them */
	/* Of a call that reads the page and passes it on: */
	bool passes;		/* it is one */
	enum judge_bytes passed;	/* what the other side has got */
	unsigned int reports;	/* "declared" and "source" events about it */
	/* At the end, after the last writeback: */
	bool storeless;		/* there is no store and no file */
	bool elsewhere;		/* the call's bytes were for another page */
	enum judge_bytes store;		/* the block in SOURCE */
	enum judge_bytes mapping;	/* through a mapping */
	enum judge_bytes file;		/* through read(2) */
	bool denied;		/* the store cannot be read, says its filesystem */
	bool agree;		/* mapping and store have the same bytes */
	bool dirty;		/* the page is still dirty or under writeback */
};

/**
 * judge_verdicts() - every verdict that applies, as a set of VERDICT_BITs
 * Never empty. Does not know HUNG, SKIP, PINLEAK: those are seen elsewhere.
 */
unsigned int judge_verdicts(const struct judge_facts *facts);

/* Is this errno the kernel's "I will not take that page"? */
bool judge_refusal(int err);

#endif
