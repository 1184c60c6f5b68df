/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of a schedule's line. "=>" and "&" divide a line before parse.h cuts
 * it, since what stands between them is passed on as it is; so here words end
 * where they do there (common/parse.c: cut_word()).
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "client/schedule-internal.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Behind the word at @at. */
static char *word_end(char *at)
{
	bool quoted = false;

	for (; *at && (quoted || !is_blank(*at)); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (quoted && at[0] == '\\' &&
			 (at[1] == '"' || at[1] == '\\'))
			at++;
	}
	return at;
}

/* The next word, or NULL at the end and at a comment, which goes away. */
static char *next_word(char *at)
{
	while (is_blank(*at))
		at++;
	if (*at == '#')
		*at = '\0';
	return *at ? at : NULL;
}

/* Without blanks at its end. */
static void trim(char *line)
{
	size_t len = strlen(line);

	while (len > 0 && is_blank(line[len - 1]))
		line[--len] = '\0';
}

char *schedule_cut(char *line, const char *word)
{
	char *behind = NULL;
	char *at = line;

	while ((at = next_word(at))) {
		char *end = word_end(at);

		if (!behind && (size_t)(end - at) == strlen(word) &&
		    memcmp(at, word, strlen(word)) == 0) {
			behind = end;
			*at = '\0';
		}
		at = end;
	}
	trim(line);
	return behind;
}

char *schedule_take(char **line)
{
	char *word = next_word(*line);
	char *end;

	if (!word)
		return NULL;
	end = word_end(word);
	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

int schedule_words(struct schedule_reader *reader, const char *line,
		   struct parse_line *words_ret)
{
	int err = parse_line_init(words_ret, line);

	if (err == -E2BIG)
		return schedule_bad(reader, "more than %d words",
				    PARSE_MAX_WORDS);
	if (err == -EINVAL)
		return schedule_bad(reader, "unbalanced quotes, an empty key, "
				    "or a control character");
	return err;
}

/* ------------------------------------------------------------ the synopsis */

/* The next word of a synopsis, without brackets; alternatives are words. */
static const char *next_token(const char **at, size_t *len_ret)
{
	const char *token = *at + strspn(*at, " []|");

	*len_ret = strcspn(token, " []|");
	*at = token + *len_ret;
	return *len_ret ? token : NULL;
}

static bool is_key(const char *token, size_t len, const char *key)
{
	size_t key_len = strlen(key);

	return len > key_len && memcmp(token, key, key_len) == 0 &&
	       token[key_len] == '=';
}

bool schedule_has_key(const char *synopsis, const char *key)
{
	const char *token;
	size_t len;

	while ((token = next_token(&synopsis, &len)))
		if (is_key(token, len, key))
			return true;
	return false;
}

static bool has_flag(const char *synopsis, const char *flag)
{
	const char *token;
	size_t len;

	while ((token = next_token(&synopsis, &len)))
		if (len == strlen(flag) && memcmp(token, flag, len) == 0)
			return true;
	return false;
}

static bool is_given(const struct parse_line *words, const char *token,
		     size_t len)
{
	for (size_t i = 0; i < words->nwords; i++)
		if (is_key(token, len, words->words[i].key))
			return true;
	return false;
}

/* Words outside of brackets must be there: one of "KEY=|OTHER=". */
static int check_required(struct schedule_reader *reader, const char *synopsis,
			  const struct parse_line *words)
{
	while (*synopsis) {
		size_t len = strcspn(synopsis, " ");
		const char *at = synopsis, *token;
		size_t token_len;
		bool found = len == 0 || *synopsis == '[';

		while (!found && at < synopsis + len &&
		       (token = next_token(&at, &token_len)))
			found = is_given(words, token, token_len);
		if (!found)
			return schedule_bad(reader, "%s needs %.*s",
					    words->verb, (int)len, synopsis);
		synopsis += len;
		synopsis += *synopsis == ' ';
	}
	return 0;
}

static bool is_repeated(const struct parse_line *words, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(words->words[i].key, words->words[index].key) == 0)
			return true;
	return false;
}

int schedule_check_words(struct schedule_reader *reader, const char *synopsis,
			 const struct parse_line *words)
{
	for (size_t i = 0; i < words->nwords; i++) {
		const char *key = words->words[i].key;
		bool flag = !words->words[i].value;

		if (flag ? !has_flag(synopsis, key) :
			   !schedule_has_key(synopsis, key))
			return schedule_bad(reader, "'%s%s' is not a word of "
					    "%s", key, flag ? "" : "=",
					    words->verb);
		if (is_repeated(words, i))
			return schedule_bad(reader, "'%s' comes twice", key);
	}
	return check_required(reader, synopsis, words);
}

int schedule_check_name(struct schedule_reader *reader, const char *what,
			const char *name)
{
	const char *at = name;

	if (isalpha((unsigned char)*at))
		while (isalnum((unsigned char)*at) || *at == '-' || *at == '_')
			at++;
	if (*at || at == name || at - name > SCHEDULE_NAME_MAX)
		return schedule_bad(reader, "'%s' cannot be the name of a %s: "
				    "a letter, then letters, digits, - and _, "
				    "%d at most", name, what,
				    SCHEDULE_NAME_MAX);
	return 0;
}
