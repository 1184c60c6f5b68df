/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A schedule: the steps of several clients, control verbs, and what must come
 * of them, as text. Here the text becomes values, and everything that can be
 * known to be wrong without a mount is found; replay.h runs it. pinctl(1) is
 * the reference of the language.
 *
 * Pure: no system call but for memory, and any bytes may be given.
 */
#ifndef PIN_SCHEDULE_H
#define PIN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

enum {
	SCHEDULE_LINES_MAX = 10000,	/* in a schedule */
	SCHEDULE_CLIENTS_MAX = 64,
	SCHEDULE_NAME_MAX = 31,		/* characters of a client's or label */
};

/* One "KEY=VALUE", "KEY>=VALUE" or "KEY<=VALUE". */
enum schedule_relation {
	SCHEDULE_EQUAL,
	SCHEDULE_AT_LEAST,		/* value is a size (parse.h) */
	SCHEDULE_AT_MOST,
};

struct schedule_want {
	char *key;
	enum schedule_relation relation;
	char *value;
};

/* What a step or verb must answer; all zero: "ok". */
struct schedule_wants {
	bool any;			/* ok and fail are the same */
	int err;			/* this errno (positive); 0: ok */
	struct schedule_want *list;	/* of the answer's members */
	size_t count;
};

enum schedule_kind {
	SCHEDULE_STEP,		/* NAME: STEP - to its end */
	SCHEDULE_START,		/* NAME: STEP & [as LABEL] */
	SCHEDULE_VERB,		/* a control verb */
	SCHEDULE_JOIN,		/* wait for started steps, and look at them */
	SCHEDULE_ORDER,		/* the same, and they ended in this order */
	SCHEDULE_BLOCKED,	/* started steps sleep in their system call */
	SCHEDULE_EXPECT,	/* events in the log of the mount */
};

/* A line that begins with a word of schedules. */
struct schedule_keyword {
	const char *name;
	const char *args;	/* synopsis */
	const char *help;	/* one line */
	enum schedule_kind kind;
	size_t least;		/* labels that it needs */
};

/* In the order of the table; NULL behind the last. */
const struct schedule_keyword *schedule_keyword_at(size_t index);

/* A line that does something. */
struct schedule_line {
	enum schedule_kind kind;
	unsigned int number;	/* of the line in the text, from 1 */
	char *source;		/* the line without comment, for messages */
	/* STEP, START, VERB: */
	char *text;		/* what is sent */
	struct schedule_wants wants;	/* EXPECT: members of the events */
	size_t client;		/* STEP, START: index in schedule->clients */
	char *verb;		/* VERB: first word of @text */
	bool makes_gate;	/* VERB: its gate goes with the connection */
	/* START: its own index in schedule->jobs. JOIN, ORDER, BLOCKED: those
	 * named, in that order; none (JOIN only): all started before. */
	size_t *jobs;
	size_t njobs;
	/* EXPECT: */
	char *event;
	enum schedule_relation relation;	/* of the number of events */
	uint64_t events;	/* that number */
	uint64_t within_ns;	/* longest wait for them */
};

/* A started step. */
struct schedule_job {
	char *label;		/* NULL: none */
	size_t line;		/* index in schedule->lines */
};

struct schedule {
	struct schedule_line *lines;
	size_t nlines;
	char **clients;			/* names, in the order of first use */
	size_t nclients;
	struct schedule_job *jobs;	/* in the order of the lines */
	size_t njobs;
};

struct schedule_error {
	unsigned int line;		/* from 1 */
	char message[200];		/* one line of printable text */
};

/**
 * schedule_parse() - read a schedule
 * @text: any bytes; need not end in NUL or newline
 * Return: 0; -EINVAL it is not understood, @error_ret says where and why;
 * -ENOMEM.
 */
int schedule_parse(const char *text, size_t len, struct schedule **schedule_ret,
		   struct schedule_error *error_ret) MUST_CHECK;
void schedule_destroy(struct schedule *schedule);	/* NULL is allowed */

/**
 * schedule_compare() - is a value as wanted?
 * @value: what came, as text; NULL: nothing
 * Equal are the same texts and the same sizes ("4k", "4096").
 */
bool schedule_compare(const struct schedule_want *want, const char *value);
/* "=", ">=" or "<=". */
const char *schedule_relation_text(enum schedule_relation relation);

#endif
