/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the parts of the reader of schedules. */
#ifndef PIN_SCHEDULE_INTERNAL_H
#define PIN_SCHEDULE_INTERNAL_H

#include "client/schedule.h"
#include "common/parse.h"

/* Reading one text. */
struct schedule_reader {
	struct schedule *schedule;
	struct schedule_error *error;
	unsigned int number;		/* of the line being read */
};

/* Note what is wrong with the line. Return: -EINVAL. */
int schedule_bad(struct schedule_reader *reader, const char *fmt, ...)
	PRINTF(2, 3);
/* An array of @count with room for one more: itself or a new one; or NULL. */
void *schedule_grown(void *array, size_t count, size_t size) MUST_CHECK;

/* ------------------------------------------------- schedule-words.c: words */

/**
 * schedule_cut() - end a line at a word that stands alone
 * Also ends it at a comment. @line is changed.
 * Return: what stands behind the word, or NULL when it is not there.
 */
char *schedule_cut(char *line, const char *word);
/* Cut the first word off; it ends in a NUL then. NULL: there is none. */
char *schedule_take(char **line);
/* parse_line_init(), with what is wrong noted. */
int schedule_words(struct schedule_reader *reader, const char *line,
		   struct parse_line *words_ret) MUST_CHECK;
/* Are @words those of a synopsis ("fd= [off=0] len= mem=|fd= [flag]")? */
int schedule_check_words(struct schedule_reader *reader, const char *synopsis,
			 const struct parse_line *words) MUST_CHECK;
/* Has the synopsis a word KEY=? */
bool schedule_has_key(const char *synopsis, const char *key);
/* A letter, then letters, digits, '-' and '_', of at most SCHEDULE_NAME_MAX. */
int schedule_check_name(struct schedule_reader *reader, const char *what,
			const char *name) MUST_CHECK;

/* ------------------------------------------------ schedule-wants.c: wants */

/* A word "KEY=VALUE", "KEY>" or "KEY<" with its value, as parse.h cuts it. */
int schedule_read_want(struct schedule_reader *reader, const char *key,
		       const char *value, struct schedule_wants *wants)
	MUST_CHECK;
/* What stands behind "=>". */
int schedule_read_wants(struct schedule_reader *reader, const char *text,
			struct schedule_wants *wants) MUST_CHECK;
void schedule_wants_deinit(struct schedule_wants *wants);
/* The words of "expect". */
int schedule_read_expect(struct schedule_reader *reader, const char *text,
			 struct schedule_line *line) MUST_CHECK;

#endif
