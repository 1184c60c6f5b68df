/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A suspect's call as the answer has it, and who judges calls. Part of the search;
 * only its files include this.
 */
#ifndef PIN_SUSPECT_TELL_H
#define PIN_SUSPECT_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"
#include "daemon/suspect-internal.h"

#define SUSPECT_PIN "pin"
#define SUSPECT_OVERWRITE "overwrite"
#define SUSPECT_ASYNCHRONOUS "asynchronous"

struct suspect_tell {
	const struct suspect_call *call;
	const char *kind;			/* one of the three */
	const struct suspect_file *file;	/* that the call is about, or NULL */
	bool has_offset;
	uint64_t offset;			/* in that file */
	bool has_place;
	struct suspect_place place;		/* of its memory in the block */
	int64_t length;				/* without a place; -1 not known */
	json_t *stack;				/* or NULL; stays the caller's */
	bool only_means;			/* it is not in this call */
};

/* Into the answer. */
void suspect_tell_call(struct suspect_search *search,
		       const struct suspect_tell *tell);

/* It is not known which file the call is about: could it have been this one? */
void suspect_tell_unresolved(struct suspect_search *search,
			     const struct suspect_call *call);
/*
 * Its thread is gone, or its descriptor is closed: was it another file? It was if
 * no process has this one by that number of a descriptor, because it is still open,
 * or else has been closed, which is for the daemon to know (closed.h), or is being
 * closed: then the caller waits for the writeback of the file (fs/fuse/file.c:
 * fuse_flush(), 6.18), and the daemon does not know it yet.
 */
bool suspect_tell_gone(struct suspect_search *search,
		       const struct suspect_call *call);
/* The number of the descriptor that a call is about. */
int suspect_tell_fd(const struct suspect_call *call);
/* Look at it. Return: 0 or -errno, and the answer says that it is not known. */
int suspect_tell_look(struct suspect_search *search,
		      const struct suspect_call *call,
		      struct suspect_file *file_ret) MUST_CHECK;
/* Is its thread in it now? */
bool suspect_tell_is_in(const struct suspect_call *call);
/* Find out whether the call is over. */
void suspect_tell_check(struct suspect_call *call);
/* Where it sleeps; the caller's. NULL: not known, or not in the call. */
json_t *suspect_tell_stack(const struct suspect_call *call) MUST_CHECK;
/*
 * Where in its file the call is at work. Return: false when that cannot be known:
 * it has ended and moved the file's position, or appends.
 */
bool suspect_tell_offset(const struct suspect_call *call,
			 const struct suspect_file *file, uint64_t *offset_ret)
	MUST_CHECK;

/* suspect-pin.c: a call with memory. */
void suspect_pin_look(struct suspect_search *search, struct suspect_call *call);
/* Does a thread that sleeps there wait to be allowed to write to the page? */
bool suspect_pin_waits(const json_t *stack);
/* suspect-overwrite.c: a call that writes into a file. */
void suspect_overwrite_look(struct suspect_search *search,
			    struct suspect_call *call);

#endif
