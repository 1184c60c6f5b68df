/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns which events and findings belong to which result: those about a file that
 * the result names, which only this one used. What is kept is bounded; how much
 * there was is counted.
 */
#include "client/sweepmatrix-html-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/finding.h"
#include "client/findings.h"
#include "client/findingsplace.h"
#include "client/report-html-internal.h"
#include "common/cleanup.h"
#include "common/log.h"

enum {
	KEEP = 2000,			/* findings of one kernel */
	LINE_MOST = 2048,		/* of an event's line [bytes] */
	IMAGES_ROOM = 2500 * 1024,	/* for the images of all findings */
};

/* A file, by the last part of its path, and the result that names it. */
struct owner {
	const char *name;
	size_t result;
};

/* A kernel's log while the findings of all are counted. */
struct kernel {
	struct owner *owners;		/* by name, then result */
	size_t owner_count;
	struct findingsplace *place;
	struct findings *findings;
};

struct work {
	struct sweepmatrix_evidence *evidence;
	struct kernel *kernels;
	struct report_html_state state;
	size_t number;		/* of the last finding that was written */
	FILE *out;
};

/* --------------------------------------------------------------- the files */

char *sweepmatrix_file(const struct sweepresult *result, const char *key)
{
	const char *name = json_string_value(json_object_get(
		json_object_get(result->json, "files"), key));
	struct stat attr;
	char *path;

	if (!name || !*name || *name == '.' || strchr(name, '/') ||
	    asprintf(&path, "%s/%s", result->dir, name) < 0)
		return NULL;
	if (lstat(path, &attr) == 0 &&
	    (S_ISREG(attr.st_mode) || S_ISDIR(attr.st_mode)))
		return path;
	free(path);
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *one = a, *other = b;
	int order = strcmp(one->name, other->name);

	return order ? order : (one->result > other->result) -
			       (one->result < other->result);
}

static size_t count_files(const struct sweepresult *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->case_count; i++)
		count += json_array_size(json_object_get(
				result->cases[i].json, "files"));
	return count;
}

/* Whose file has which name, by name: a log may have many lines. */
static int find_owners(struct kernel *own, const struct sweepresult *result)
{
	own->owners = calloc(count_files(result) + 1, sizeof(*own->owners));
	if (!own->owners)
		return -ENOMEM;
	for (size_t i = 0; i < result->case_count; i++) {
		const json_t *files = json_object_get(result->cases[i].json,
						      "files");
		json_t *file;
		size_t n;

		json_array_foreach(files, n, file) {
			const char *text = json_string_value(file);

			if (text && *base_name(text))
				own->owners[own->owner_count++] =
					(struct owner){ base_name(text), i };
		}
	}
	qsort(own->owners, own->owner_count, sizeof(*own->owners),
	      compare_owners);
	return 0;
}

/* NULL: it is about no result's file. */
static struct sweepmatrix_trace *trace_of(const struct work *work,
					  size_t kernel, const json_t *event)
{
	const struct kernel *own = &work->kernels[kernel];
	const char *name = base_name(findings_text(event, "path"));
	size_t first = 0, end = own->owner_count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (strcmp(own->owners[middle].name, name) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	if (first == own->owner_count ||
	    strcmp(own->owners[first].name, name) != 0)
		return NULL;
	return &work->evidence->traces[kernel][own->owners[first].result];
}

/* ------------------------------------------------------------- event lines */

static void take_line(const struct work *work, size_t kernel, char *line)
{
	json_t *event;
	struct sweepmatrix_trace *trace;

	line[strcspn(line, "\n")] = '\0';
	event = json_loads(line, 0, NULL);
	trace = event ? trace_of(work, kernel, event) : NULL;
	json_decref(event);
	if (!trace)
		return;
	if (trace->event_count < SWEEPMATRIX_EVENTS)
		trace->events[trace->event_count] = strndup(line, LINE_MOST);
	trace->event_count++;
}

static int read_lines(const struct work *work, size_t kernel, const char *path)
{
	FILE *in = fopen(path, "re");
	autofree char *line = NULL;
	size_t size = 0;

	if (!in)
		return -errno;
	while (getline(&line, &size, in) > 0)
		take_line(work, kernel, line);
	fclose(in);
	return 0;
}

/* ---------------------------------------------------------------- findings */

/* Its findings, counted for the results that they belong to. */
static int read_findings(struct work *work, size_t kernel, const char *path)
{
	const struct findings_query query = { .keep = KEEP };
	struct kernel *own = &work->kernels[kernel];
	int err = findingsplace_open(path, &own->place);

	if (!err)
		err = findings_read(own->place, &query, &own->findings);
	if (err)
		return err;
	for (size_t i = 0; i < own->findings->count; i++) {
		const struct findings_item *item = own->findings->items[i];
		struct sweepmatrix_trace *trace =
			trace_of(work, kernel, item->event);

		if (trace && trace->finding_count++ < SWEEPMATRIX_FINDINGS)
			work->state.left += report_html_has_evidence(item);
	}
	return 0;
}

static int put_line(struct work *work, json_t *row, json_t *details)
{
	autofree char *head = json_dumps(row, JSON_COMPACT);
	autofree char *line = NULL;
	size_t len = 0;

	if (details)
		line = json_line(details, &len);
	if (!head || !line)
		return -ENOMEM;
	report_html_data(work->out, head, strlen(head));
	fputc('\t', work->out);
	report_html_data(work->out, line, len);
	return 0;
}

/* With a number of its own among those of all kernels. */
static int put_finding(struct work *work, const struct kernel *own,
		       struct findings_item *item)
{
	struct finding *finding;
	json_t *row, *details;
	int err;

	item->number = ++work->number;
	err = finding_open(own->findings, item, &finding);
	if (err)
		return err;
	row = report_html_row(finding);
	details = report_html_details(&work->state, finding);
	err = row ? put_line(work, row, details) : -ENOMEM;
	json_decref(row);
	json_decref(details);
	finding_close(finding);
	return err;
}

static int put_findings(struct work *work, size_t kernel)
{
	struct kernel *own = &work->kernels[kernel];
	int err = 0;

	for (size_t i = 0; own->findings && !err && i < own->findings->count;
	     i++) {
		struct findings_item *item = own->findings->items[i];
		struct sweepmatrix_trace *trace =
			trace_of(work, kernel, item->event);
		size_t place = 0;

		while (trace && place < SWEEPMATRIX_FINDINGS &&
		       trace->findings[place])
			place++;
		if (!trace || place == SWEEPMATRIX_FINDINGS)
			continue;
		err = put_finding(work, own, item);
		trace->findings[place] = work->number;
	}
	return err;
}

/* ---------------------------------------------------------------- the whole */

/* A log that cannot be read takes nothing away from the results. */
static int read_kernel(struct work *work, size_t kernel)
{
	const struct sweepresult *result =
		&work->evidence->matrix->list->results[kernel];
	autofree char *path = sweepmatrix_file(result, "events");
	int err;

	if (!path)
		return 0;
	work->evidence->traces[kernel] =
		calloc(result->case_count + 1,
		       sizeof(**work->evidence->traces));
	if (!work->evidence->traces[kernel])
		return -ENOMEM;
	err = find_owners(&work->kernels[kernel], result);
	if (!err)
		err = read_lines(work, kernel, path);
	if (!err)
		err = read_findings(work, kernel, path);
	if (err && err != -ENOMEM)
		log_warn("%s: %s: the page does without", path,
			 strerror(-err));
	return err == -ENOMEM ? err : 0;
}

static int fill(struct work *work)
{
	struct sweepmatrix_evidence *evidence = work->evidence;
	size_t count = evidence->matrix->list->count;
	int err = 0;

	evidence->traces = calloc(count + 1, sizeof(*evidence->traces));
	work->kernels = calloc(count + 1, sizeof(*work->kernels));
	work->out = open_memstream(&evidence->details, &evidence->details_len);
	if (!evidence->traces || !work->kernels || !work->out)
		err = -ENOMEM;
	for (size_t k = 0; !err && k < count; k++)
		err = read_kernel(work, k);
	for (size_t k = 0; !err && k < count; k++)
		err = put_findings(work, k);
	if (work->out && fclose(work->out))
		err = -ENOMEM;
	return err;
}

int sweepmatrix_evidence_create(const struct sweepmatrix *matrix,
				struct sweepmatrix_evidence **evidence_ret)
{
	struct sweepmatrix_evidence *evidence = calloc(1, sizeof(*evidence));
	struct work work = {
		.evidence = evidence, .state.room = IMAGES_ROOM,
	};
	int err;

	if (!evidence)
		return -ENOMEM;
	evidence->matrix = matrix;
	err = fill(&work);
	for (size_t k = 0; work.kernels && k < matrix->list->count; k++) {
		free(work.kernels[k].owners);
		findings_free(work.kernels[k].findings);
		findingsplace_close(work.kernels[k].place);
	}
	free(work.kernels);
	json_decref(work.state.mappers.value);
	json_decref(work.state.openers.value);
	if (err)
		sweepmatrix_evidence_destroy(evidence);
	else
		*evidence_ret = evidence;
	return err;
}

void sweepmatrix_evidence_destroy(struct sweepmatrix_evidence *evidence)
{
	if (!evidence)
		return;
	for (size_t k = 0; evidence->traces && k < evidence->matrix->list->count;
	     k++) {
		size_t cases = evidence->matrix->list->results[k].case_count;

		for (size_t i = 0; evidence->traces[k] && i < cases; i++)
			for (size_t e = 0; e < SWEEPMATRIX_EVENTS; e++)
				free(evidence->traces[k][i].events[e]);
		free(evidence->traces[k]);
	}
	free(evidence->traces);
	free(evidence->details);
	free(evidence);
}

const struct sweepmatrix_trace *
sweepmatrix_evidence_of(const struct sweepmatrix_evidence *evidence,
			size_t kernel, const struct sweepresult_case *result)
{
	const struct sweepresult *own =
		&evidence->matrix->list->results[kernel];

	return result && evidence->traces[kernel] ?
	       &evidence->traces[kernel][result - own->cases] : NULL;
}
