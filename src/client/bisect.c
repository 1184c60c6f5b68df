/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the search for a change.
 *
 * Invariant: all that is known to answer as the first one does is at "before" or
 * in front of it, "first" is one that differs, or the number of all, and no look
 * has been taken between the two but at those in "unknown". Each look either
 * moves one of the two towards the other or adds to "unknown", so it ends.
 */
#include "client/bisect.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cleanup.h"

/* At @middle, or as near to it as there is one that may be told. */
static bool choose(const struct bisect_result *result, const bool *unknown,
		   size_t *index_ret)
{
	size_t low = result->before + 1, high = result->first;
	size_t middle = result->before + (high - result->before) / 2;

	for (size_t step = 0; step < high - low; step++) {
		if (middle >= low + step && !unknown[middle - step]) {
			*index_ret = middle - step;
			return true;
		}
		if (middle + step < high && !unknown[middle + step]) {
			*index_ret = middle + step;
			return true;
		}
	}
	return false;
}

static void halve(struct bisect_result *result, bool *unknown,
		  bisect_look_fn *look, void *context)
{
	size_t index;

	while (choose(result, unknown, &index)) {
		int answer = look(context, index);

		if (answer == BISECT_STOP) {
			result->end = BISECT_STOPPED;
			return;
		}
		result->looks++;
		if (answer < 0) {
			unknown[index] = true;
		} else if (answer == result->reference) {
			result->before = index;
		} else {
			result->first = index;
			result->answer = answer;
		}
	}
}

int bisect_search(size_t count, bisect_look_fn *look, void *context,
		  struct bisect_result *result_ret)
{
	struct bisect_result result = { .end = BISECT_LEFT, .first = count };
	autofree bool *unknown = calloc(count, sizeof(*unknown));

	if (!unknown)
		return -ENOMEM;
	result.reference = look(context, 0);
	if (result.reference == BISECT_STOP) {
		result.end = BISECT_STOPPED;
	} else {
		result.looks = 1;
		if (result.reference >= 0)
			halve(&result, unknown, look, context);
	}
	if (result.reference >= 0 && result.end == BISECT_LEFT &&
	    result.first == result.before + 1)
		result.end = result.first < count ? BISECT_FOUND : BISECT_NONE;
	*result_ret = result;
	return 0;
}
