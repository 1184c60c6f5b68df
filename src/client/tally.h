/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mount has found from one moment to its end, by class: the events of
 * its log.
 *
 * Each class is counted twice where that is possible, by the daemon's counters
 * while it serves (exact also when events are suppressed) and by the lines in
 * the log to its end (which has also what came while it was unmounted). The
 * larger number counts.
 */
#ifndef PIN_TALLY_H
#define PIN_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pinfs/event.h>

#include "common/compiler.h"
#include "common/json.h"

enum tally_class {
#define TALLY_CLASS(name, keys, help) TALLY_##name,
	PINFS_EVENTS(TALLY_CLASS)
#undef TALLY_CLASS
	TALLY_CLASSES,
};

struct tally {
	uint64_t counts[TALLY_CLASSES];
	uint64_t writes;
	uint64_t live_writes;
	bool ended;		/* the log has the line of the mount's end */
	uint64_t lost_requests;	/* of that line */
};

/**
 * tally_parse() - names of classes and sets, with commas between them
 * @classes_ret: bits 1 << enum tally_class are added
 * Return: NULL, or a static text with the word that is none.
 */
const char *tally_parse(const char *words, uint64_t *classes_ret) MUST_CHECK;
/* The sets and what is in them, a line each, for a help text. */
void tally_print_sets(void);
/* Take over a reply to "status". */
void tally_add_status(struct tally *tally, const json_t *reply);
/**
 * tally_add_log() - take over what a log has from @mark on
 * @fd:  of the log; it is read to its end
 * @seq: number of the line before @mark
 * Return: 0; -ESTALE it has become shorter; -errno.
 */
int tally_add_log(struct tally *tally, int fd, off_t mark, uint64_t seq)
	MUST_CHECK;
/*
 * Of the name of a counter of unstable blocks by cause, the cause; NULL: it counts
 * something else. The causes are the daemon's.
 */
const char *tally_cause(const char *counter);
/* Those of @classes that have a count. */
uint64_t tally_found(const struct tally *tally, uint64_t classes);

/* The summary, "812 writes, ...", cut to @size. */
void tally_describe(const struct tally *tally, char *text, size_t size);
/* Names of classes, "unstable, media", cut to @size. */
void tally_names(uint64_t classes, char *text, size_t size);

#endif
