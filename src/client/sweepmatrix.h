/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios by kernels: what a sweep found, what of it deviates from what is
 * known, and what changed from one kernel to the next.
 */
#ifndef PIN_SWEEPMATRIX_H
#define PIN_SWEEPMATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/sweepresult.h"
#include "common/compiler.h"

struct sweepmatrix_cell {
	const struct sweepresult_case *result;	/* NULL: none */
	bool partial;	/* of a kernel whose outcome does not stand */
	bool changed;	/* not what the last kernel before had that has an answer */
};

/* Between two kernels that are next to each other, but for such as cannot tell. */
struct sweepmatrix_change {
	size_t scenario;
	size_t before, after;	/* kernels; those between cannot tell */
};

struct sweepmatrix {
	const struct sweepresult_list *list;	/* the kernels: columns */
	const char **scenarios;			/* rows, by name */
	size_t scenario_count;
	struct sweepmatrix_cell *cells;		/* row by row */
	struct sweepmatrix_change *changes;	/* by scenario, then kernel */
	size_t change_count;
};

/* @list: stays the caller's, and must outlive it. Return: 0 or -ENOMEM. */
int sweepmatrix_create(const struct sweepresult_list *list,
		       struct sweepmatrix **matrix_ret) MUST_CHECK;
void sweepmatrix_destroy(struct sweepmatrix *matrix);

const struct sweepmatrix_cell *
sweepmatrix_cell(const struct sweepmatrix *matrix, size_t scenario,
		 size_t kernel);
/* Does it say what the kernel does: a verdict that stands, not SKIP or ERROR? */
bool sweepmatrix_is_answer(const struct sweepmatrix_cell *cell);
/* Is its verdict one that fails, whether or not its kernel was told whole? */
bool sweepmatrix_deviates(const struct sweepmatrix_cell *cell);
/* Has it run, and nothing can be said: ERROR, or there is no known verdict? */
bool sweepmatrix_unsure(const struct sweepmatrix_cell *cell);

/* Of one kernel. */
struct sweepmatrix_sums {
	size_t cases;			/* results that have come */
	size_t outcomes[RESULT_OUTCOMES];
};

void sweepmatrix_count(const struct sweepmatrix *matrix, size_t kernel,
		       struct sweepmatrix_sums *sums);

/**
 * sweepmatrix_status() - the CMD_ status of a sweep
 * Return: CMD_UNSURE a kernel could not be told, whatever else, or none is there;
 * CMD_FOUND a verdict deviates, or a kernel has warned or oopsed; CMD_UNSURE a
 * scenario could not be told; CMD_SKIP all was skipped; CMD_OK.
 */
int sweepmatrix_status(const struct sweepmatrix *matrix);

/* How the form for people is told. */
struct sweepmatrix_view {
	FILE *out;
	unsigned int width;	/* columns; 0: as wide as the terminal, or 80 */
	bool colour;		/* escape sequences are welcome */
	bool verbose;		/* also rows that are the same on all kernels */
};

void sweepmatrix_print_table(const struct sweepmatrix *matrix,
			     const struct sweepmatrix_view *view);
/* One object in one line. Return: 0, -ENOMEM, -EIO. */
int sweepmatrix_print_json(const struct sweepmatrix *matrix, FILE *out)
	MUST_CHECK;
/**
 * sweepmatrix_print_html() - one page with all in it
 * @base: directory that the page is for: links to logs are relative to it
 * Return: 0 or -ENOMEM.
 */
int sweepmatrix_print_html(const struct sweepmatrix *matrix, FILE *out,
			   const char *base) MUST_CHECK;
/* KTAP version 1, with a subtest for each kernel. */
void sweepmatrix_print_ktap(const struct sweepmatrix *matrix, FILE *out);
/* A testsuite for each kernel. */
void sweepmatrix_print_junit(const struct sweepmatrix *matrix, FILE *out);

#endif
