/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the record a promise is "durable TYPE SIZE DIGEST NAME". The word that the
 * user writes cannot be taken for one: it has '=' where that has a blank.
 */
#include "client/stagemark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/quote.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/fdio.h"
#include "common/log.h"

#define REPLY_NS (30 * CLOCK_NS_PER_SEC)

enum { PIECE_BYTES = 64 << 10, TEXT_SIZE = PATH_MAX + 80 };

static const char *const words[] = {
	[STAGEMARK_TEXT] = "",
	[STAGEMARK_DURABLE] = "durable",
	[STAGEMARK_GONE] = "gone",
	[STAGEMARK_FREE] = "free",
	[STAGEMARK_WHOLE] = "whole",
	[STAGEMARK_END] = "end",
};

/* ------------------------------------------------------------------- the text */

static void print_mark(const struct stagemark *mark, char *text, size_t size)
{
	snprintf(text, size, "%s %c %" PRIu64 " %016" PRIx64 " %s",
		 words[mark->promise], mark->state.type, mark->state.size,
		 mark->state.digest, mark->name);
}

void stagemark_parse(const char *text, struct stagemark *mark_ret)
{
	struct stagemark_state *state = &mark_ret->state;
	char word[16];
	int end = 0;

	mark_ret->promise = STAGEMARK_TEXT;
	mark_ret->name = text;
	if (sscanf(text, "%15s %c %" SCNu64 " %16" SCNx64 " %n", word,
		   &state->type, &state->size, &state->digest, &end) != 4 ||
	    !end)
		return;
	for (size_t i = STAGEMARK_DURABLE; i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i]))
			continue;
		mark_ret->promise = (enum stagemark_promise)i;
		mark_ret->name = text + end;
	}
}

void stagemark_format(const struct stagemark *mark, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", words[mark->promise],
		 mark->promise == STAGEMARK_TEXT ? "" : "=", mark->name);
}

/* -------------------------------------------------------------- what there is */

static int digest_file(int fd, struct stagemark_state *state)
{
	autofree char *piece = malloc(PIECE_BYTES);
	ssize_t n;

	if (!piece)
		return -ENOMEM;
	while ((n = fdio_read(fd, piece, PIECE_BYTES)) > 0) {
		uint64_t sums[] = { state->digest,
				    digest_bytes(piece, (size_t)n) };

		state->digest = digest_bytes(sums, sizeof(sums));
		state->size += (uint64_t)n;
	}
	return (int)n;
}

static int digest_link(int root, const char *name,
		       struct stagemark_state *state)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(root, name, target, sizeof(target));

	if (n < 0)
		return -errno;
	state->size = (uint64_t)n;
	state->digest = digest_bytes(target, (size_t)n);
	return 0;
}

int stagemark_look(int root, const char *name,
		   struct stagemark_state *state_ret)
{
	struct stagemark_state state = { .type = '-' };
	autoclose int fd = -1;
	struct stat attr;
	int err = 0;

	if (fstatat(root, name, &attr, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return -errno;
	} else if (S_ISLNK(attr.st_mode)) {
		state.type = 'l';
		err = digest_link(root, name, &state);
	} else if (S_ISDIR(attr.st_mode)) {
		state.type = 'd';
	} else if (S_ISREG(attr.st_mode)) {
		state.type = 'f';
		fd = openat(root, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		err = fd < 0 ? -errno : digest_file(fd, &state);
	} else {
		err = -ENOTSUP;
	}
	if (!err)
		*state_ret = state;
	return err;
}

/* ------------------------------------------------------------------- the setting */

static int send_text(const char *mountpoint, const char *text)
{
	struct ctlclient *client;
	autofree char *quoted = NULL;
	int err = quote_word(text, &quoted);

	if (!err)
		err = ctlclient_open(mountpoint, &client);
	if (err)
		return err;
	err = (int)ctlclient_ask(client, clock_deadline_ns(REPLY_NS), NULL,
				 "record mark=%s", quoted);
	if (err == -ENOENT)	/* nothing is being recorded */
		err = (int)ctlclient_ask(client, clock_deadline_ns(REPLY_NS),
					 NULL, "mark text=%s", quoted);
	ctlclient_close(client);
	return err;
}

/* Below the stage, whatever the working directory; its directory must exist. */
static int name_below(const char *stage, const char *name, char path[PATH_MAX])
{
	char dir[PATH_MAX], real[PATH_MAX], root[PATH_MAX], last[PATH_MAX];
	size_t len;

	snprintf(dir, sizeof(dir), "%s", name);
	snprintf(last, sizeof(last), "%s", name);
	if (!realpath(stage, root) || !realpath(dirname(dir), real))
		return -errno;
	len = strlen(root);
	if (strncmp(real, root, len) || (real[len] && real[len] != '/'))
		return -EXDEV;
	snprintf(dir, sizeof(dir), "%s", real[len] ? real + len + 1 : "");
	len = (size_t)snprintf(path, PATH_MAX, "%s%s", dir, *dir ? "/" : "");
	return snprintf(path + len, PATH_MAX - len, "%s", basename(last)) <
		(int)(PATH_MAX - len) ? 0 : -ENAMETOOLONG;
}

static int look_below(const char *stage, struct stagemark *mark)
{
	autoclose int root = open(stage, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err = root < 0 ? -errno :
			     stagemark_look(root, mark->name, &mark->state);

	if (!err && mark->promise != STAGEMARK_GONE && mark->state.type == '-')
		err = -ENOENT;
	if (!err && mark->promise == STAGEMARK_GONE && mark->state.type != '-')
		err = -EEXIST;
	return err;
}

int stagemark_set_own(const char *mountpoint, const char *stage,
		      enum stagemark_promise promise, const char *name)
{
	struct stagemark mark = {
		.promise = promise, .state.type = '-',
		.name = name ? name : "",
	};
	char text[TEXT_SIZE];
	int err = 0;

	if (promise != STAGEMARK_FREE && promise != STAGEMARK_END)
		err = look_below(stage, &mark);
	if (!err) {
		print_mark(&mark, text, sizeof(text));
		err = send_text(mountpoint, text);
	}
	if (err)
		log_err("cannot mark %s=%s: %s", words[promise], mark.name,
			strerror(-err));
	return err;
}

/* Return: TEXT: it is none. */
static enum stagemark_promise promise_of(const char *word, const char **name)
{
	static const enum stagemark_promise theirs[] = {
		STAGEMARK_DURABLE, STAGEMARK_GONE, STAGEMARK_FREE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++) {
		const char *key = words[theirs[i]];
		size_t len = strlen(key);

		if (strncmp(word, key, len) == 0 && word[len] == '=') {
			*name = word + len + 1;
			return theirs[i];
		}
	}
	return STAGEMARK_TEXT;
}

int stagemark_set(const char *mountpoint, const char *stage, const char *word)
{
	const char *name = NULL;
	enum stagemark_promise promise = stage ? promise_of(word, &name) :
						 STAGEMARK_TEXT;
	struct stagemark own;
	char path[PATH_MAX];
	int err;

	if (promise != STAGEMARK_TEXT) {
		err = name_below(stage, name, path);
		if (!err)
			return stagemark_set_own(mountpoint, stage, promise,
						 path);
	} else {
		stagemark_parse(word, &own);
		err = own.promise != STAGEMARK_TEXT ? -EINVAL :
			send_text(mountpoint, word);
	}
	if (err)
		log_err("cannot mark '%s': %s", word, strerror(-err));
	return err;
}
