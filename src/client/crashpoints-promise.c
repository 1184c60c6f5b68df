/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares what an image has with what the marks before its point promise. */
#include "client/crashpoints-internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"

enum { MARK_TEXT = 300 };

/* Until another mark, before the point, is about the same name. */
static bool is_in_force(const struct crashpoints_case *what, size_t n,
			const char *name)
{
	for (size_t i = n + 1; i < what->point.marks; i++) {
		struct stagemark mark;

		stagemark_parse(crashimage_mark(what->image, i), &mark);
		if (mark.promise != STAGEMARK_TEXT &&
		    strcmp(mark.name, name) == 0)
			return false;
	}
	return true;
}

static bool same(const struct stagemark_state *a,
		 const struct stagemark_state *b)
{
	return a->type == b->type && a->size == b->size &&
	       a->digest == b->digest;
}

static const char *type_name(char type)
{
	switch (type) {
	case 'f':
		return "a file";
	case 'd':
		return "a directory";
	case 'l':
		return "a link";
	default:
		return "not there";
	}
}

static void tell(struct crashpoints_case *what, const struct stagemark *mark,
		 const struct stagemark_state *found)
{
	const struct stagemark_state *wanted = &mark->state;
	char words[MARK_TEXT];

	stagemark_format(mark, words, sizeof(words));
	if (found->type != wanted->type)
		crashpoints_tell(what, "%s: it is %s, and was %s", words,
				 type_name(found->type),
				 type_name(wanted->type));
	else if (found->size != wanted->size)
		crashpoints_tell(what, "%s: it has %" PRIu64 " bytes, not %"
				 PRIu64, words, found->size, wanted->size);
	else
		crashpoints_tell(what, "%s: it has other bytes", words);
}

static int compare(struct crashpoints_case *what, int root,
		   const struct stagemark *mark)
{
	struct stagemark_state found;
	int err = stagemark_look(root, mark->name, &found);

	if (err == -EIO || err == -EUCLEAN) {
		crashpoints_tell(what, "'%s' cannot be read: %s", mark->name,
				 strerror(-err));
		return 0;
	}
	if (err)
		return err;
	if (mark->promise == STAGEMARK_WHOLE && found.type == '-')
		return 0;
	if (!same(&found, &mark->state))
		tell(what, mark, &found);
	return 0;
}

/* Those of all points stand at the end of the record. */
static int compare_whole(struct crashpoints_case *what, int root)
{
	struct crashimage_point last;
	int err = 0;

	crashimage_point(what->image, crashimage_npoints(what->image) - 1,
			 &last);
	for (size_t i = 0; !err && i < last.marks; i++) {
		struct stagemark mark;

		stagemark_parse(crashimage_mark(what->image, i), &mark);
		if (mark.promise == STAGEMARK_WHOLE)
			err = compare(what, root, &mark);
	}
	return err;
}

int crashpoints_promises(struct crashpoints_case *what, int root)
{
	int err = compare_whole(what, root);

	for (size_t i = 0; !err && i < what->point.marks; i++) {
		struct stagemark mark;

		stagemark_parse(crashimage_mark(what->image, i), &mark);
		if ((mark.promise == STAGEMARK_DURABLE ||
		     mark.promise == STAGEMARK_GONE) &&
		    is_in_force(what, i, mark.name))
			err = compare(what, root, &mark);
	}
	return err;
}
