/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the enumeration: which images are looked at, and what is told of them.
 *
 * Where an image is the same as that of the point before, and nothing more is
 * promised, it is left out; so are the kinds by chance where nothing is pending
 * that could be lost.
 */
#include "client/crashpoints-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/log.h"

enum { TEXT_SIZE = 1024, MARK_TEXT = 300 };

struct work {
	const struct crashpoints *plan;
	const char *dir;
	struct crashimage *image;
	int fd;				/* the image's file */
	size_t end;			/* the points before this one count */
	size_t points;			/* of which an image was looked at */
	unsigned int images;
	unsigned int broken;		/* points with something wrong */
	unsigned int wrong;
};

/* ----------------------------------------------------------------- the telling */

static void last_mark(const struct crashpoints_case *what, char *text,
		      size_t size)
{
	struct stagemark mark;

	*text = '\0';
	if (!what->point.marks)
		return;
	stagemark_parse(crashimage_mark(what->image, what->point.marks - 1),
			&mark);
	stagemark_format(&mark, text, size);
}

static bool has_seed(enum crashimage_kind kind)
{
	return kind != CRASHIMAGE_ORDERED && kind != CRASHIMAGE_FLUSHED;
}

static void tell_json(const struct crashpoints_case *what, const char *mark,
		      const char *text)
{
	json_t *line = json_pack("{s:I, s:s, s:I, s:I, s:I, s:o, s:o}",
				 "point", (json_int_t)what->n,
				 "kind", crashimage_kind_name(what->kind),
				 "seed", (json_int_t)what->seed,
				 "record", (json_int_t)what->point.record,
				 "pending", (json_int_t)what->point.pending,
				 "mark", json_text(mark),
				 "wrong", json_text(text));

	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

void crashpoints_tell(struct crashpoints_case *what, const char *fmt, ...)
{
	char text[TEXT_SIZE], mark[MARK_TEXT], seed[32] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	last_mark(what, mark, sizeof(mark));
	what->wrong++;
	if (what->plan->json) {
		tell_json(what, mark, text);
	} else {
		if (has_seed(what->kind))
			snprintf(seed, sizeof(seed), " %" PRIu64, what->seed);
		printf("point %zu %s%s, behind request %" PRIu64 "%s%s: %s\n",
		       what->n, crashimage_kind_name(what->kind), seed,
		       what->point.record, *mark ? " and mark " : "", mark,
		       text);
	}
	fflush(stdout);
}

/* What was wrong was told already. */
static int keep_image(const struct work *work,
		      const struct crashpoints_case *what)
{
	autofree char *path = NULL;
	autoclose int fd = -1;
	int err;

	if (asprintf(&path, "%s/point-%zu-%s-%" PRIu64 ".img",
		     work->plan->keep, what->n,
		     crashimage_kind_name(what->kind), what->seed) < 0)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : crashimage_build(what->image, what->n,
						 what->kind, what->seed, fd);
	if (err)
		log_err("cannot keep '%s': %s", path, strerror(-err));
	return err;
}

/* ------------------------------------------------------------------ the images */

static int look(struct work *work, struct crashpoints_case *what)
{
	int err = crashimage_build(what->image, what->n, what->kind,
				   what->seed, work->fd);

	if (err) {
		log_err("cannot make the image of point %zu: %s", what->n,
			strerror(-err));
		return err;
	}
	what->wrong = 0;
	err = crashpoints_look(what, work->fd, work->dir);
	work->images++;
	work->wrong += what->wrong;
	if (!err && what->wrong && work->plan->keep)
		err = keep_image(work, what);
	return err;
}

/* How many images of a kind are there to be made of a point? */
static uint64_t count_images(const struct crashpoints *plan,
			     const struct crashimage_point *point,
			     enum crashimage_kind kind)
{
	switch (kind) {
	case CRASHIMAGE_ORDERED:
		return point->news[kind];
	case CRASHIMAGE_FLUSHED:
		/* Nothing to be lost: it is the ordered one. */
		return point->news[kind] &&
		       (point->pending || !plan->kinds[CRASHIMAGE_ORDERED]);
	case CRASHIMAGE_WITHOUT:
		return MIN(point->pending, plan->seeds);
	case CRASHIMAGE_SUBSET:
		return point->pending > 1 ? plan->seeds : 0;
	default:
		return point->pending ? plan->seeds : 0;
	}
}

/* Of many that may be lost, some from all of them, the last one included. */
static uint64_t choose_seed(const struct crashpoints_case *what, uint64_t i,
			    uint64_t count)
{
	if (what->kind == CRASHIMAGE_WITHOUT)
		return what->point.pending - 1 -
		       i * what->point.pending / count;
	return has_seed(what->kind) ? i + 1 : 0;
}

static int look_at_point(struct work *work, size_t n)
{
	struct crashpoints_case what = {
		.plan = work->plan, .image = work->image, .n = n,
	};
	unsigned int wrong = work->wrong, images = work->images;
	int err = 0;

	crashimage_point(work->image, n, &what.point);
	if (!what.point.news[CRASHIMAGE_ORDERED] &&
	    !what.point.news[CRASHIMAGE_FLUSHED])
		return 0;
	for (int kind = 0; kind < CRASHIMAGE_NKINDS; kind++) {
		uint64_t count = !work->plan->kinds[kind] ? 0 :
			count_images(work->plan, &what.point,
				     (enum crashimage_kind)kind);

		what.kind = (enum crashimage_kind)kind;
		for (uint64_t i = 0; !err && i < count; i++) {
			what.seed = choose_seed(&what, i, count);
			err = look(work, &what);
		}
	}
	work->points += work->images > images;
	work->broken += work->wrong > wrong;
	return err;
}

/* What comes behind the end of the command are marks of our own. */
static size_t find_end(struct crashimage *image)
{
	size_t n = crashimage_npoints(image);

	for (size_t i = 0; i < n; i++) {
		struct crashimage_point point;
		struct stagemark mark;

		crashimage_point(image, i, &point);
		if (!point.marks)
			continue;
		stagemark_parse(crashimage_mark(image, point.marks - 1), &mark);
		if (mark.promise == STAGEMARK_END)
			return i;
	}
	return n;
}

static void tell_summary(const struct work *work)
{
	const char *name = work->plan->stage.kind->name;

	if (work->plan->json) {
		json_t *line = json_pack("{s:s, s:I, s:I, s:i, s:i}",
			"stage", name, "points", (json_int_t)work->end,
			"images", (json_int_t)work->images,
			"broken", (int)work->broken, "wrong", (int)work->wrong);

		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(line);
		return;
	}
	printf("%s: %zu points, %u images of %zu of them; ", name, work->end,
	       work->images, work->points);
	if (work->wrong)
		printf("%u wrong, at %u points\n", work->wrong, work->broken);
	else
		printf("all hold\n");
}

static int examine(struct work *work)
{
	int err = 0;

	work->end = find_end(work->image);
	for (size_t n = 0; !err && n < work->end; n++)
		err = look_at_point(work, n);
	if (err)
		return CMD_UNSURE;
	tell_summary(work);
	return work->wrong ? CMD_FOUND : CMD_OK;
}

static int open_scratch(const char *dir)
{
	return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int crashpoints_examine(const struct crashpoints *plan, const char *log,
			const char *dir, const char *scratch)
{
	struct work work = { .plan = plan, .dir = dir };
	autoclose int log_fd = open(log, O_RDONLY | O_CLOEXEC);
	autoclose int work_fd = open_scratch(scratch);
	autoclose int image_fd = open_scratch(scratch);
	struct crashimage_source source = {
		.log_fd = log_fd, .base_fd = -1, .work_fd = work_fd,
	};
	char why[CRASHIMAGE_WHY_SIZE];
	int status;

	if (log_fd < 0 || work_fd < 0 || image_fd < 0) {
		log_err("cannot open what the images are made of: %s",
			strerror(errno));
		return CMD_UNSURE;
	}
	if (crashimage_open(&source, &work.image, why)) {
		log_err("cannot read the record: %s", why);
		return CMD_UNSURE;
	}
	work.fd = image_fd;
	status = examine(&work);
	crashimage_close(work.image);
	return status;
}
