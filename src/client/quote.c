/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quoting of words for lines of key=value words. */
#include "client/quote.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

static bool has_control(const char *word)
{
	for (const unsigned char *c = (const unsigned char *)word; *c; c++)
		if ((*c < ' ' && *c != '\t') || *c == 0x7f)
			return true;
	return false;
}

static bool is_plain(const char *word)
{
	return *word && !word[strcspn(word, " \t\"\\#=&")];
}

/* Behind @prefix_len bytes of @text that stay as they are. */
static int quote_after(const char *text, size_t prefix_len, char **quoted_ret)
{
	const char *value = text + prefix_len;
	char *quoted, *to;

	if (has_control(text))
		return -EINVAL;
	quoted = malloc(prefix_len + 2 * strlen(value) + sizeof("\"\""));
	if (!quoted)
		return -ENOMEM;
	to = mempcpy(quoted, text, prefix_len);
	if (is_plain(value)) {
		strcpy(to, value);
	} else {
		*to++ = '"';
		for (; *value; value++) {
			if (*value == '"' || *value == '\\')
				*to++ = '\\';
			*to++ = *value;
		}
		strcpy(to, "\"");
	}
	*quoted_ret = quoted;
	return 0;
}

int quote_word(const char *word, char **quoted_ret)
{
	return quote_after(word, 0, quoted_ret);
}

int quote_pair(const char *pair, char **quoted_ret)
{
	const char *equals = strchr(pair, '=');

	return quote_after(pair, equals ? (size_t)(equals + 1 - pair) : 0,
			   quoted_ret);
}
