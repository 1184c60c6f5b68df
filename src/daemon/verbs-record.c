/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb record, in its three forms: file=, mark= and off. */
#include "daemon/verbs-internal.h"

#include <errno.h>
#include <string.h>

#include "daemon/fs.h"
#include "daemon/record.h"

/* A word without a value, there or not. */
static int parse_flag(struct verbs_call *call, const char *key, bool *flag_ret)
{
	const char *text = parse_line_get(&call->words, key);

	if (text && *text)
		return verbs_fail(call, -EINVAL, "%s takes no value", key);
	*flag_ret = text != NULL;
	return 0;
}

static int parse_choice(struct verbs_call *call, struct record_choice *choice)
{
	static const char *const scopes[] = { "mount", "connection", NULL };
	unsigned int scope = 0;
	int err = verbs_number(call, "ino", parse_u64, &choice->ino);

	if (!err)
		err = verbs_path(call, &choice->path);
	if (!err)
		err = parse_flag(call, "base", &choice->base);
	if (!err)
		err = verbs_choice(call, "scope", scopes, &scope);
	if (!err)
		err = verbs_no_more_words(call);
	if (err)
		return err;
	choice->owner = scope ? call->connection : 0;
	if (choice->file[0] != '/')
		return verbs_fail(call, -EINVAL,
				  "file=%s does not begin with /", choice->file);
	if (!choice->ino == !choice->path)
		return verbs_fail(call, -EINVAL,
				  "file= needs one of ino= and path=");
	if (choice->base && !choice->ino)
		return verbs_fail(call, -EINVAL, "base needs ino=");
	return 0;
}

static int begin(struct verbs_call *call, const char *file)
{
	struct record_choice choice = { .file = file };
	const char *why;
	int err = parse_choice(call, &choice);

	if (err)
		return err;
	err = record_begin(call->fs, &choice, &why);
	if (err && why)
		return verbs_fail(call, err, "%s", why);
	return err ? verbs_fail(call, err, "file=%s: %s", file, strerror(-err)) :
		     0;
}

static int mark(struct verbs_call *call, const char *text)
{
	int err = verbs_no_more_words(call);

	if (err)
		return err;
	err = record_mark(call->fs, text);
	if (err == -ENOENT)
		return verbs_fail(call, err, "nothing is being recorded");
	return err ? verbs_fail(call, err, "the recording has stopped: %s",
				strerror(-err)) : 0;
}

static int end(struct verbs_call *call)
{
	int err = verbs_no_more_words(call);

	if (err)
		return err;
	err = record_end(call->fs, call->reply);
	return err == -ENOENT ?
		verbs_fail(call, err, "nothing is being recorded") : err;
}

int verbs_record(struct verbs_call *call)
{
	const char *file = parse_line_get(&call->words, "file");
	const char *text = parse_line_get(&call->words, "mark");
	bool off = false;
	int err = parse_flag(call, "off", &off);

	if (err)
		return err;
	if (!!file + !!text + off != 1)
		return verbs_fail(call, -EINVAL, "record needs one of file=, "
				  "mark= and off");
	if (off)
		return end(call);
	return text ? mark(call, text) : begin(call, file);
}
