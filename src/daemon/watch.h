/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks under suspicion: their bytes in the page cache and in the store differ,
 * and whatever touches them until the next look clears them of it. Mechanism
 * only: knows neither FUSE nor how anybody looks.
 */
#ifndef PIN_WATCH_H
#define PIN_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/list.h"

/*
 * How often in a row a suspect must be found just as it was. Once would do but
 * for what the looks cannot be told apart from: a page that is thrown out and
 * read anew between them, a store through a page-table entry whose page is not
 * marked dirty yet. Neither lasts.
 */
enum { WATCH_CONFIRMATIONS = 2 };

enum watch_state {
	WATCH_PENDING,		/* to be looked at again */
	WATCH_SAME,		/* cache and store agree */
	WATCH_ABSENT,		/* the page cache does not have it any more */
	WATCH_LOST,		/* they differ for good */
};

/* What a look found: digests of the bytes on both sides. */
struct watch_look {
	size_t len;		/* bytes compared, 0: not in the page cache */
	uint64_t cache;
	uint64_t store;
};

struct watch_suspect {
	uint64_t off;		/* in the file, begins a block */
	struct watch_look look;	/* the last one */
	bool touched;		/* since that look was begun */
	unsigned int unchanged;	/* looks in a row */
	enum watch_state state;
};

/* One watch: blocks of one file. Its owner is one thread. */
struct watch {
	struct list node;	/* in the set, while it is on */
	uint64_t generation;	/* of the file; set by the owner */
	uint64_t deadline_ns;	/* it ends by itself then; CLOCK_MONOTONIC */
	bool expired;
	uint64_t off;		/* the stretch that is being looked at */
	uint64_t end;
	bool touched;		/* since that was begun */
	struct watch_suspect *suspects;	/* appended by the owner only */
	size_t count;
};

struct watch_set;

int watch_set_create(struct watch_set **set_ret) MUST_CHECK;	/* 0, -ENOMEM */
void watch_set_destroy(struct watch_set *set);

/* Begin to watch; @watch is zero but for its generation. */
void watch_begin(struct watch_set *set, struct watch *watch,
		 uint64_t deadline_ns);
/* End it and free its suspects; once is enough, twice does no harm. */
void watch_end(struct watch_set *set, struct watch *watch);
/* Go on until then. Return: false, it has ended by itself. */
bool watch_extend(struct watch_set *set, struct watch *watch,
		  uint64_t deadline_ns) MUST_CHECK;

/* A stretch is about to be looked at for the first time. */
void watch_stretch(struct watch_set *set, struct watch *watch, uint64_t off,
		   uint64_t end);
/* A block of it differs. Return: 0 or -ENOMEM. */
int watch_suspect(struct watch_set *set, struct watch *watch, uint64_t off,
		  const struct watch_look *look) MUST_CHECK;

/* A suspect is about to be looked at again. */
void watch_again(struct watch_set *set, struct watch *watch, size_t index);
/**
 * watch_judge() - what the second look at a suspect says
 * Return: its state now; WATCH_LOST once for each.
 */
enum watch_state watch_judge(struct watch_set *set, struct watch *watch,
			     size_t index, const struct watch_look *look);

/**
 * watch_note() - bytes of a file are about to be changed, or may be
 * Context: any thread. Costs an atomic load when nothing is watched.
 */
void watch_note(struct watch_set *set, uint64_t generation, uint64_t off,
		uint64_t end);

#endif
