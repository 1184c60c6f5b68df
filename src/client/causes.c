/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of causes: what was true down, what was said across. */
#include "client/causes.h"

#include <string.h>

#include "client/scenario.h"

enum { UNKNOWN = CAUSES_MAX - 1 };

static const char *const names[CAUSES_MAX] = {
	"pin", "overwrite", "notify", "through", "unknown",
};

/* Both of its numbers: hits among those said, and among those true. */
struct quality {
	unsigned long hits;
	unsigned long said;
	unsigned long is;
};

const char *causes_truth(const struct scenario *scenario)
{
	const struct scenario_writer *writer = scenario->writer;

	/* The page of a write-through WRITE, whoever writes into it. */
	if (scenario->moment->cache &&
	    !strcmp(scenario->moment->cache, "through"))
		return "through";
	if (writer->cause)
		return writer->cause;
	/* What a call reads is changed by a store, which is no such cause. */
	if (writer->part.is & PART_SOURCE)
		return NULL;
	if (writer->pins)
		return "pin";
	return writer->part.is & PART_BY_ADDRESS ? NULL : "overwrite";
}

static size_t index_of(const char *name)
{
	size_t i = 0;

	while (i < UNKNOWN && strcmp(names[i], name) != 0)
		i++;
	return i;
}

void causes_add(struct causes *causes, const char *truth, const char *said)
{
	causes->counts[index_of(truth)][index_of(said)]++;
}

static struct quality quality_of(const struct causes *causes, size_t cause)
{
	struct quality quality = { .hits = causes->counts[cause][cause] };

	for (size_t i = 0; i < CAUSES_MAX; i++) {
		quality.said += causes->counts[i][cause];
		quality.is += causes->counts[cause][i];
	}
	return quality;
}

static void print_share(FILE *out, unsigned long part, unsigned long whole)
{
	if (whole)
		fprintf(out, " %9.3f", (double)part / (double)whole);
	else
		fprintf(out, " %9s", "-");
}

void causes_print(const struct causes *causes, FILE *out)
{
	fprintf(out, "\n%-11s", "true\\said");
	for (size_t i = 0; i < CAUSES_MAX; i++)
		fprintf(out, " %9s", names[i]);
	fprintf(out, " %9s %9s\n", "precision", "recall");
	for (size_t i = 0; i < UNKNOWN; i++) {
		struct quality quality = quality_of(causes, i);

		fprintf(out, "%-11s", names[i]);
		for (size_t j = 0; j < CAUSES_MAX; j++)
			fprintf(out, " %9lu", causes->counts[i][j]);
		print_share(out, quality.hits, quality.said);
		print_share(out, quality.hits, quality.is);
		fputc('\n', out);
	}
	fflush(out);
}

static json_t *share_json(unsigned long part, unsigned long whole)
{
	return whole ? json_real((double)part / (double)whole) : json_null();
}

static json_t *row_json(const struct causes *causes, size_t cause)
{
	struct quality quality = quality_of(causes, cause);
	json_t *said = json_object();

	for (size_t i = 0; i < CAUSES_MAX; i++)
		json_object_set_new(said, names[i], json_integer(
			(json_int_t)causes->counts[cause][i]));
	return json_pack("{s:s, s:I, s:o, s:o, s:o}", "cause", names[cause],
			 "true", (json_int_t)quality.is, "said", said,
			 "precision", share_json(quality.hits, quality.said),
			 "recall", share_json(quality.hits, quality.is));
}

json_t *causes_json(const struct causes *causes)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < UNKNOWN; i++)
		json_array_append_new(rows, row_json(causes, i));
	return json_pack("{s:o}", "causes", rows);
}
