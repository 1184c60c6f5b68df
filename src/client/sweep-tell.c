/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what a sweep says while it runs: a line for each kernel that is done, on a
 * terminal a line about those that are not, and with --verbose each stage.
 */
#include "client/sweep-internal.h"

#include <stdio.h>
#include <string.h>

#include "client/statusline.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"

enum { STATUS_SIZE = 160 };

static struct statusline line;

static void erase(void)
{
	statusline_erase(&line);
}

/* What a kernel is called: as its place, or as it was asked for. */
static const char *name_of(const struct sweep_job *job)
{
	return *job->name ? job->name : job->spec;
}

void sweep_tell_begin(const struct sweep *sweep)
{
	if (sweep->options->quiet)
		return;
	statusline_begin(&line);
	log_before(erase);
}

void sweep_tell_finish(void)
{
	erase();
	log_before(NULL);
	line.shown = false;
}

void sweep_tell_message(UNUSED const struct sweep *sweep,
			const struct sweep_job *job, const char *text)
{
	log_warn("%s: %s", name_of(job), text);
}

void sweep_tell_stage(const struct sweep *sweep, const struct sweep_job *job)
{
	if (sweep->options->verbose)
		log_info("%s: %s, %u results", name_of(job), job->stage,
			 job->results);
}

static const char *text_in(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

void sweep_tell_end(const struct sweep *sweep, const struct sweep_job *job,
		    const json_t *result)
{
	const char *reason;

	if (sweep->options->quiet)
		return;
	reason = text_in(result, "reason");
	if (strcmp(reason, job->last) == 0)
		reason = "";	/* it stands in the line above */
	log_info("%s: %s after %llu s, %zu results%s%s", name_of(job),
		 text_in(result, "outcome"),
		 (unsigned long long)((clock_now_ns() - job->started_ns) /
				      CLOCK_NS_PER_SEC),
		 json_array_size(json_object_get(result, "results")),
		 *reason ? ": " : "", reason);
}

/* "2 of 6; 6.12.95: 12 results; 6.16.12: boot" */
void sweep_tell_now(const struct sweep *sweep)
{
	char text[STATUS_SIZE];
	size_t length;

	if (!statusline_is_time(&line))
		return;
	length = (size_t)snprintf(text, sizeof(text), "%zu of %zu",
				  sweep->ended, sweep->options->count);
	for (size_t i = 0; i < sweep->job_count; i++) {
		const struct sweep_job *job = &sweep->jobs[i];

		if (!job->pid || length >= sizeof(text))
			continue;
		length += (size_t)snprintf(text + length,
					   sizeof(text) - length,
					   "; %s: %s, %u results",
					   name_of(job), job->stage,
					   job->results);
	}
	statusline_draw(&line, text);
}
