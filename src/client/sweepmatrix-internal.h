/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the forms of the matrix share: how a cell and a change are said. */
#ifndef PIN_SWEEPMATRIX_INTERNAL_H
#define PIN_SWEEPMATRIX_INTERNAL_H

#include <stdio.h>

#include "client/sweepmatrix.h"
#include "client/textpage.h"
#include "common/compiler.h"

enum { SWEEPMATRIX_CELL_SIZE = 16 };

/* For programs: "as_known", ..., of no result "untold" or "not_run". Static. */
const char *sweepmatrix_state(const struct sweepmatrix_cell *cell);
/**
 * sweepmatrix_describe_cell() - the verdict, and what is odd about it
 * "UNSTABLE!" deviates, "UNSTABLE~" came before the kernel failed, "STABLE*" has
 * no known verdict; "?" could not be told, "-" was not to run.
 */
void sweepmatrix_describe_cell(const struct sweepmatrix_cell *cell,
			       char text[SWEEPMATRIX_CELL_SIZE]);
/**
 * sweepmatrix_describe_verdict() - "2 LOST, 498 UNSTABLE", "LOST (also UNSTABLE)"
 * The verdict alone where there was no other. The caller's to free; NULL without
 * memory.
 */
char *sweepmatrix_describe_verdict(const struct sweepresult_case *result);
/**
 * sweepmatrix_describe_change() - "HIDDEN -> UNSTABLE between 6.12 and 6.16"
 * With the kernels between that say nothing. The caller's to free; NULL without
 * memory.
 */
char *sweepmatrix_describe_change(const struct sweepmatrix *matrix,
				  const struct sweepmatrix_change *change);
/* Why a kernel has no result that stands: "panic: Fatal exception (...)". As
 * sweepmatrix_describe_change(). */
char *sweepmatrix_describe_kernel(const struct sweepresult *result);

/**
 * sweepmatrix_each_skip() - why scenarios were skipped, each reason once
 * @fn: where: "6.1.158 (5), 6.12.95 (5)", how many on which kernels; number
 *      counts from 0
 * Return: how many reasons.
 */
size_t sweepmatrix_each_skip(const struct sweepmatrix *matrix,
			     void (*fn)(const char *reason, const char *where,
					size_t number, void *context),
			     void *context);

/* Does a line of the log say more than the reason of the outcome does? */
bool sweepmatrix_is_news(const struct sweepresult *result,
			 const struct sweepresult_alarm *alarm);

/* What a test framework is told of a cell, or of a kernel as such. */
enum sweepmatrix_kind {
	SWEEPMATRIX_PASS,
	SWEEPMATRIX_FAIL,
	SWEEPMATRIX_XFAIL,	/* bad, and known to be so */
	SWEEPMATRIX_SKIP,
	SWEEPMATRIX_ERROR,	/* nothing was learned */
	SWEEPMATRIX_KINDS,
};

/* Is it one of the tests of its kernel? All are, of one that was not told. */
bool sweepmatrix_is_test(const struct sweepmatrix_cell *cell);
enum sweepmatrix_kind sweepmatrix_kind(const struct sweepmatrix_cell *cell);
enum sweepmatrix_kind
sweepmatrix_kernel_kind(const struct sweepresult *result);
/* A line about what is not a pass; "" for one that is. The caller's to free;
 * NULL without memory. */
char *sweepmatrix_describe_trouble(const struct sweepresult *result,
				   const struct sweepmatrix_cell *cell);

/* As the form for programs has them. Return: NULL without memory. */
json_t *sweepmatrix_kernel_json(const struct sweepmatrix *matrix,
				size_t kernel);
json_t *sweepmatrix_cell_json(const struct sweepmatrix *matrix,
			      size_t scenario, size_t kernel);

/* "6.1.158, 6.12.95"; a text that grows. */
struct sweepmatrix_names {
	FILE *out;
	char *text;
	size_t len;
	size_t count;
};

/* Return: false without memory. */
bool sweepmatrix_names_begin(struct sweepmatrix_names *names);
/* @mark: behind the name. */
void sweepmatrix_names_add(struct sweepmatrix_names *names, const char *name,
			   const char *mark);
/* The text, to be freed; NULL without memory. */
char *sweepmatrix_names_end(struct sweepmatrix_names *names);

/* The form for people, while it is printed. */
struct sweepmatrix_table {
	const struct sweepmatrix *matrix;
	const struct sweepmatrix_view *view;
	struct textpage page;
};

static inline size_t kernels(const struct sweepmatrix_table *table)
{
	return table->matrix->list->count;
}

static inline const struct sweepresult *
kernel_at(const struct sweepmatrix_table *table, size_t kernel)
{
	return &table->matrix->list->results[kernel];
}

#define sweepmatrix_heading(table, ...) \
	textpage_line(&(table)->page, 0, 2, __VA_ARGS__)
#define sweepmatrix_item(table, ...) \
	textpage_line(&(table)->page, 2, 4, __VA_ARGS__)
#define sweepmatrix_detail(table, ...) \
	textpage_line(&(table)->page, 4, 4, __VA_ARGS__)

void sweepmatrix_print_skips(struct sweepmatrix_table *table);
void sweepmatrix_print_kernels(struct sweepmatrix_table *table);
void sweepmatrix_print_rows(struct sweepmatrix_table *table);
/* The rows with words, in blocks of kernels as wide as the page. */
void sweepmatrix_print_grid(const struct sweepmatrix *matrix,
			    const struct sweepmatrix_view *view,
			    struct textpage *page, const bool *shown);
/* Is a kernel's label too long for a column? Then its number stands there. */
bool sweepmatrix_numbered(const struct sweepresult *result);

#endif
