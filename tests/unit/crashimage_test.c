/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images of a power cut: logs made by chance against a model that applies, for
 * each point and from the beginning, whatever the rule says.
 */
#include "crashimage-bench.h"

#include <errno.h>
#include <linux/falloc.h>

enum { FILE_MAX = 64 << 10 };	/* bytes of a model's file */

/* ---- a log by chance ---- */

static void add_change(struct log *log)
{
	static const uint32_t modes[] = {
		0, FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
	};
	uint64_t off = below(FILE_MAX - 1);
	uint64_t len = 1 + below(MIN(FILE_MAX - off, 20000UL));

	switch (below(6)) {
	case 0:
		add(log, (struct requestlog_record){ .type = REQUESTLOG_SIZE,
			.ino = INO, .off = off });
		break;
	case 1:
		add(log, (struct requestlog_record){
			.type = REQUESTLOG_FALLOCATE, .ino = INO, .off = off,
			.len = len, .arg = modes[below(ARRAY_SIZE(modes))] });
		break;
	default:
		add_write(log, off, len, 1 + (int)below(255),
			  below(8) ? 0 : REQUESTLOG_DURABLE);
	}
}

/* Syncs overlap, fail, and never end. */
static void fill_log(struct log *log, size_t count)
{
	uint64_t open[RECORDS_MAX];
	size_t nopen = 0;

	while (log->n < count) {
		switch (below(8)) {
		case 0:
			open[nopen++] = add_sync(log, INO);
			break;
		case 1:
			if (nopen)
				end_sync(log, INO, open[--nopen],
					 below(4) ? 0 : EIO);
			break;
		case 2:
			add_mark(log, "a mark");
			break;
		default:
			add_change(log);
		}
	}
}

/* ---- the model ---- */

struct model {
	uint64_t size;
	uint8_t bytes[2 * FILE_MAX];
};

static void resize(struct model *model, uint64_t size)
{
	if (size < model->size)
		memset(model->bytes + size, 0, model->size - size);
	model->size = size;
}

static void model_apply(struct model *model,
			const struct requestlog_record *record)
{
	uint64_t end = record->off + record->len;

	if (record->type == REQUESTLOG_SIZE) {
		resize(model, record->off);
		return;
	}
	if (record->type == REQUESTLOG_FALLOCATE) {
		if (!(record->arg & FALLOC_FL_KEEP_SIZE) && end > model->size)
			model->size = end;
		if ((record->arg & ~(uint32_t)FALLOC_FL_KEEP_SIZE) &&
		    record->off < model->size)
			memset(model->bytes + record->off, 0,
			       MIN(end, model->size) - record->off);
		return;
	}
	memcpy(model->bytes + record->off, record->data, record->len);
	model->size = MAX(model->size, end);
}

/* Has a sync that has ended well by record @k begun behind this one? */
static bool is_durable(const struct log *log, size_t change, size_t k)
{
	if (log->records[change].flags & REQUESTLOG_DURABLE)
		return true;
	for (size_t i = 0; i < k; i++) {
		const struct requestlog_record *record = &log->records[i];

		if (record->type == REQUESTLOG_SYNC_ENDED && !record->arg &&
		    record->other > log->records[change].id)
			return true;
	}
	return false;
}

/* @k: records that have happened. Return: pending changes. */
static size_t model_build(struct model *model, const struct log *log, size_t k,
			  enum crashimage_kind kind, uint64_t seed)
{
	uint64_t state = seed;
	size_t pending = 0;

	memset(model, 0, sizeof(*model));
	for (size_t i = 0; i < k; i++) {
		const struct requestlog_record *record = &log->records[i];
		bool there = true;

		if (!requestlog_is_change(record))
			continue;
		if (!is_durable(log, i, k)) {
			if (kind == CRASHIMAGE_FLUSHED)
				there = false;
			if (kind == CRASHIMAGE_WITHOUT)
				there = pending != seed;
			if (kind == CRASHIMAGE_SUBSET)
				there = random_next(&state) >> 63;
			pending++;
		}
		if (there)
			model_apply(model, record);
	}
	return pending;
}

/* ---- comparing ---- */

static struct model wanted;

static void assert_file(int fd, const struct model *model)
{
	static uint8_t bytes[2 * FILE_MAX];
	ssize_t n = fdio_pread(fd, bytes, sizeof(bytes), 0);

	assert_int_equal(n, model->size);
	assert_memory_equal(bytes, model->bytes, model->size);
}

static void check_kind(struct images *images, const struct log *log, size_t n,
		       enum crashimage_kind kind, uint64_t seed)
{
	struct crashimage_point point;
	size_t pending;
	int err = crashimage_build(images->image, n, kind, seed, images->fd);

	crashimage_point(images->image, n, &point);
	pending = model_build(&wanted, log, point.record, kind, seed);
	assert_int_equal(point.pending, pending);
	if (kind == CRASHIMAGE_WITHOUT ? seed >= pending :
	    kind == CRASHIMAGE_SUBSET && !pending) {
		assert_int_equal(err, -ERANGE);
		return;
	}
	assert_int_equal(err, 0);
	assert_file(images->fd, &wanted);
}

static void check_point(struct images *images, const struct log *log, size_t n)
{
	check_kind(images, log, n, CRASHIMAGE_ORDERED, 0);
	check_kind(images, log, n, CRASHIMAGE_FLUSHED, 0);
	check_kind(images, log, n, CRASHIMAGE_WITHOUT, below(4));
	check_kind(images, log, n, CRASHIMAGE_SUBSET, below(1000));
}

/* Is it, by the model, another one than behind the record before? */
static bool is_new(const struct log *log, size_t k, enum crashimage_kind kind)
{
	static struct model before;

	model_build(&before, log, k - 1, kind, 0);
	model_build(&wanted, log, k, kind, 0);
	return memcmp(&before, &wanted, sizeof(before)) != 0;
}

static size_t marks_until(const struct log *log, size_t k)
{
	size_t marks = 0;

	for (size_t i = 0; i < k; i++)
		marks += log->records[i].type == REQUESTLOG_MARK;
	return marks;
}

/* Where an image or a promise changes there is a point that says so. */
static void check_points(struct images *images, const struct log *log)
{
	struct crashimage_point point;
	size_t n = 0;

	for (size_t k = 1; k <= log->n; k++) {
		bool mark = log->records[k - 1].type == REQUESTLOG_MARK;
		bool ordered = is_new(log, k, CRASHIMAGE_ORDERED);
		bool flushed = is_new(log, k, CRASHIMAGE_FLUSHED);

		if (n + 1 < crashimage_npoints(images->image))
			crashimage_point(images->image, n + 1, &point);
		if (point.record != k) {
			assert_false(mark || ordered || flushed);
			continue;
		}
		n++;
		assert_int_equal(point.t_ns, 10 * k);
		assert_int_equal(point.marks, marks_until(log, k));
		assert_true(!mark || point.news[CRASHIMAGE_ORDERED]);
		assert_true(!mark || point.news[CRASHIMAGE_FLUSHED]);
		assert_true(!ordered || point.news[CRASHIMAGE_ORDERED]);
		assert_true(!flushed || point.news[CRASHIMAGE_FLUSHED]);
		/* A sync changes nothing of what has come, a change not of what is
		 * flushed, unless it is durable by itself. */
		if (log->records[k - 1].type == REQUESTLOG_SYNC_ENDED)
			assert_false(point.news[CRASHIMAGE_ORDERED]);
		else if (!mark && !log->records[k - 1].flags)
			assert_false(point.news[CRASHIMAGE_FLUSHED]);
	}
	assert_int_equal(n + 1, crashimage_npoints(images->image));
}

static struct images images;

static void test_images_are_the_models(void **state UNUSED)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct log log;

		chance = seed;
		log_init(&log, 0);
		/* There is at least one record of the file. */
		add_change(&log);
		fill_log(&log, 1 + below(RECORDS_MAX - 1));
		open_images(&images, &log, -1, 0);
		assert_int_equal(crashimage_ino(images.image), INO);
		assert_int_equal(crashimage_rest_bytes(images.image), 0);
		check_points(&images, &log);
		for (size_t n = 0; n < crashimage_npoints(images.image); n++)
			check_point(&images, &log, n);
		close_images(&images);
		log_deinit(&log);
	}
}

static void test_points_in_any_order(void **state UNUSED)
{
	struct log log;

	chance = 4711;
	log_init(&log, INO);
	fill_log(&log, RECORDS_MAX);
	open_images(&images, &log, -1, 0);
	for (int i = 0; i < 200; i++)
		check_point(&images, &log,
			    below(crashimage_npoints(images.image)));
	close_images(&images);
	log_deinit(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* at each point, four kinds, for 60 logs */
		cmocka_unit_test(test_images_are_the_models),
		/* the working file goes back, too */
		cmocka_unit_test(test_points_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
