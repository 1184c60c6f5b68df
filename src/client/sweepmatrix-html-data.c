/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what the script of a sweep's page shows of a kernel and of a cell: the
 * result's own line, events, numbers of findings, what stands in the logs, and
 * links to them. A link leads from the page's directory into the kernel's, and
 * never anywhere else, whatever result.json says.
 */
#include "client/sweepmatrix-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/report-html-internal.h"
#include "client/sweepmatrix-html-internal.h"
#include "common/cleanup.h"
#include "common/fdio.h"

enum {
	LOG_MOST = 24 * 1024,		/* of a log, in the page [bytes] */
	RESULT_MOST = 8 * 1024,		/* of what is taken over as it is */
	EVENTS_ROOM = 1500 * 1024,	/* for the events of all cells */
	EVENTS_PLAIN = 3,		/* of a cell that has nothing odd */
};

/* -------------------------------------------------------------------- links */

/* Bytes that both have in common, up to the end of a directory's name. */
static size_t common_length(const char *a, const char *b)
{
	size_t len = 0;

	for (size_t i = 0;; i++) {
		bool ends = !a[i] || a[i] == '/', other = !b[i] || b[i] == '/';

		if (ends && other)
			len = i;
		if (a[i] != b[i] || !a[i])
			return len;
	}
}

static void put_encoded(FILE *out, const char *path)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_.~/";

	for (; *path; path++)
		fprintf(out, strchr(plain, *path) ? "%c" : "%%%02X",
			(unsigned char)*path);
}

/* From the page to a file in a kernel's directory. NULL: without memory. */
static char *link_to(const struct sweepmatrix_html *html,
		     const struct sweepresult *result, const char *name)
{
	size_t common = common_length(html->base, result->real);
	const char *up = html->base + common, *down = result->real + common;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputc('.', out);
	for (; *up; up++)
		if (*up == '/' && up[1])
			fputs("/..", out);
	if (*down && *down != '/')
		fputc('/', out);
	put_encoded(out, down);
	fputc('/', out);
	put_encoded(out, name);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static void add_link(const struct sweepmatrix_html *html,
		     const struct sweepresult *result, json_t *links,
		     const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	autofree char *href = slash ? link_to(html, result, slash + 1) : NULL;

	if (href)
		json_array_append_new(links, json_pack(
			"{s:o, s:s}", "name", json_text(slash + 1),
			"href", href));
}

/* What is there of its files; result.json itself first. */
static json_t *links_json(const struct sweepmatrix_html *html,
			  const struct sweepresult *result)
{
	static const char *const keys[] = {
		"console", "messages", "kernel_log", "qemu", "events",
		"evidence",
	};
	json_t *links = json_array();

	if (result->json)
		add_link(html, result, links, "/result.json");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		autofree char *path = sweepmatrix_file(result, keys[i]);

		add_link(html, result, links, path);
	}
	return links;
}

/* --------------------------------------------------------------------- logs */

/* Its beginning, or its end; @left_ret: bytes that are not in it. */
static char *read_log(const char *path, bool end, json_int_t *left_ret)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = malloc(LOG_MOST + 1);
	struct stat attr;
	ssize_t n = -1;
	off_t from = 0;

	if (fd >= 0 && text && fstat(fd, &attr) == 0 && S_ISREG(attr.st_mode)) {
		if (end && attr.st_size > LOG_MOST)
			from = attr.st_size - LOG_MOST;
		n = fdio_pread(fd, text, LOG_MOST, from);
	}
	if (n < 0) {
		free(text);
		return NULL;
	}
	*left_ret = MAX(attr.st_size - n, 0);
	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	text[n] = '\0';
	return text;
}

/* { "text": ..., "left_out": bytes }; null: there is none. */
static json_t *log_json(const struct sweepresult *result, const char *key,
			bool end)
{
	autofree char *path = sweepmatrix_file(result, key);
	autofree char *text = NULL;
	json_int_t left = 0;

	if (path)
		text = read_log(path, end, &left);
	return text ? json_pack("{s:o, s:I, s:b}", "text", json_text(text),
				"left_out", left, "end", (int)end) :
		      json_null();
}

static json_t *member(const struct sweepresult *result, const char *key)
{
	json_t *value = json_object_get(result->json, key);

	return value ? json_incref(value) : json_null();
}

/* What it said of itself, unless that is out of all proportion. */
static json_t *guest_json(const struct sweepresult *result)
{
	json_t *guest = member(result, "guest");

	if (json_dumpb(guest, NULL, 0, JSON_COMPACT) <= RESULT_MOST)
		return guest;
	json_decref(guest);
	return json_string("too long for this page");
}

static json_t *kernel_json(const struct sweepmatrix_html *html, size_t kernel)
{
	const struct sweepresult *result =
		&html->matrix->list->results[kernel];
	json_t *object = sweepmatrix_kernel_json(html->matrix, kernel);

	if (!object)
		return NULL;
	json_object_set_new(object, "stage", result->stage ?
			    json_text(result->stage) : json_null());
	json_object_set_new(object, "duration_us",
			    member(result, "duration_us"));
	json_object_set_new(object, "machine", member(result, "machine"));
	json_object_set_new(object, "guest", guest_json(result));
	json_object_set_new(object, "foreign_bytes",
			    member(result, "foreign_bytes"));
	json_object_set_new(object, "forged_frames",
			    member(result, "forged_frames"));
	json_object_set_new(object, "log", log_json(result, "kernel_log",
						    false));
	/* What is on the console is no result; it can say why there is none. */
	json_object_set_new(object, "last_words",
			    sweepresult_stands(result) ? json_null() :
			    log_json(result, "console", true));
	json_object_set_new(object, "links", links_json(html, result));
	return object;
}

/* -------------------------------------------------------------------- cells */

static bool is_odd(const struct sweepmatrix_cell *cell)
{
	return cell->changed || cell->partial || sweepmatrix_deviates(cell) ||
	       sweepmatrix_unsure(cell);
}

static json_t *events_json(const struct sweepmatrix_trace *trace, size_t most,
			   size_t *room)
{
	json_t *list = json_array();

	for (size_t i = 0; i < MIN(trace->event_count, most); i++) {
		const char *line = trace->events[i];
		size_t len = line ? strlen(line) : 0;

		if (!len || len > *room)
			break;
		*room -= len;
		json_array_append_new(list, json_text(line));
	}
	return list;
}

static json_t *findings_json(const struct sweepmatrix_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < SWEEPMATRIX_FINDINGS && trace->findings[i]; i++)
		json_array_append_new(list, json_integer(
			(json_int_t)trace->findings[i]));
	return list;
}

static void add_trace(json_t *object, const struct sweepmatrix_cell *cell,
		      const struct sweepmatrix_trace *trace, size_t *room)
{
	size_t most = is_odd(cell) ? SWEEPMATRIX_EVENTS : EVENTS_PLAIN;

	json_object_set_new(object, "events", events_json(trace, most, room));
	json_object_set_new(object, "event_count",
			    json_integer((json_int_t)trace->event_count));
	json_object_set_new(object, "findings", findings_json(trace));
	json_object_set_new(object, "finding_count",
			    json_integer((json_int_t)trace->finding_count));
}

/* A result's own line, unless it is out of all proportion. */
static void add_result(json_t *object, const struct sweepresult_case *result)
{
	bool fits = json_dumpb(result->json, NULL, 0, JSON_COMPACT) <=
		    RESULT_MOST;

	if (fits)
		json_object_set(object, "result", (json_t *)result->json);
	json_object_set_new(object, "result_left_out", json_boolean(!fits));
}

static json_t *cell_json(const struct sweepmatrix_html *html, size_t scenario,
			 size_t kernel, size_t *room)
{
	const struct sweepmatrix_cell *cell =
		sweepmatrix_cell(html->matrix, scenario, kernel);
	const struct sweepmatrix_trace *trace = sweepmatrix_evidence_of(
		html->evidence, kernel, cell->result);
	json_t *object = sweepmatrix_cell_json(html->matrix, scenario, kernel);

	if (object && cell->result)
		add_result(object, cell->result);
	if (object && trace)
		add_trace(object, cell, trace, room);
	return object;
}

/* One object a line, so that none is parsed before it is looked at. */
static int put_line(FILE *out, json_t *object)
{
	autofree char *line = NULL;
	size_t len = 0;

	if (object)
		line = json_line(object, &len);
	json_decref(object);
	if (!line)
		return -ENOMEM;
	report_html_data(out, line, len);
	return 0;
}

int sweepmatrix_html_data(const struct sweepmatrix_html *html, FILE *out)
{
	const struct sweepmatrix *matrix = html->matrix;
	size_t room = EVENTS_ROOM;
	json_t *names = json_array();
	int err;

	for (size_t s = 0; s < matrix->scenario_count; s++)
		json_array_append_new(names, json_text(matrix->scenarios[s]));
	err = put_line(out, json_pack("{s:I, s:o}", "kernels",
				      (json_int_t)matrix->list->count,
				      "scenarios", names));
	for (size_t k = 0; !err && k < matrix->list->count; k++)
		err = put_line(out, kernel_json(html, k));
	for (size_t s = 0; !err && s < matrix->scenario_count; s++)
		for (size_t k = 0; !err && k < matrix->list->count; k++)
			err = put_line(out, cell_json(html, s, k, &room));
	return err;
}
