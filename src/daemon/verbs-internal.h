/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs*.c files share; nobody else includes this. */
#ifndef PIN_VERBS_INTERNAL_H
#define PIN_VERBS_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"
#include "common/parse.h"
#include "daemon/gate.h"
#include "daemon/verbs.h"

/* One call of a verb. */
struct verbs_call {
	struct fs *fs;
	uint64_t connection;
	int fd;			/* the connection */
	struct parse_line words;
	json_t *reply;		/* the verb adds its members */
	char message[256];	/* why it failed */
};

/* Return @err after noting why. */
int verbs_fail(struct verbs_call *call, int err, const char *fmt, ...)
	PRINTF(3, 4);
/* Add a number to the reply. Return: 0 or -ENOMEM. */
int verbs_add(struct verbs_call *call, const char *key, json_int_t value);

typedef int verbs_parse_fn(const char *text, uint64_t *value_ret);
/*
 * A word's number, of at most INT64_MAX: @value_ret stays as it is when the word
 * is absent.
 */
int verbs_number(struct verbs_call *call, const char *key,
		 verbs_parse_fn *parse, uint64_t *value_ret);
/* Nobody's words are silently ignored: -EINVAL when one is left. */
int verbs_no_more_words(struct verbs_call *call);
/* One of @words (ends with NULL) as @index_ret, which stays when it is absent. */
int verbs_choice(struct verbs_call *call, const char *key,
		 const char *const *words, unsigned int *index_ret);

/* verbs-rule.c: the words of hold, or of inject, as a rule. */
int verbs_rule(struct verbs_call *call, bool inject,
	       struct gate_rule *rule_ret);

/* path=, a pattern of paths below the mount, or NULL. */
int verbs_path(struct verbs_call *call, const char **path_ret);

/* Has the peer closed the connection? Who only has no more to say has not. */
bool verbs_peer_has_gone(const struct verbs_call *call);

/* verbs-audit.c */
int verbs_audit(struct verbs_call *call);
int verbs_store(struct verbs_call *call);
int verbs_invalidate(struct verbs_call *call);

/* verbs-record.c */
int verbs_record(struct verbs_call *call);

/* verbs-suspect.c */
int verbs_suspects(struct verbs_call *call);

#endif
