/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the list of places that are kept. */
#include "client/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/site.h"

static void deinit_place(struct kept_place *place)
{
	free(place->source);
	free(place->state);
	free(place->log);
}

const char *kept_source(const struct kept *kept, const struct site *site)
{
	for (size_t i = 0; i < kept->count; i++)
		if (strcmp(kept->places[i].source, site->source) == 0)
			return kept->places[i].source;
	return NULL;
}

int kept_add(struct kept *kept, const struct site *site)
{
	struct kept_place *grown, place;

	if (kept_source(kept, site))
		return 0;
	place = (struct kept_place){ .source = strdup(site->source),
				     .state = strdup(site->state),
				     .log = strdup(site->log) };
	grown = reallocarray(kept->places, kept->count + 1, sizeof(*grown));
	if (grown)
		kept->places = grown;
	if (!grown || !place.source || !place.state || !place.log) {
		deinit_place(&place);
		return -ENOMEM;
	}
	kept->places[kept->count++] = place;
	return 0;
}

void kept_deinit(struct kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		deinit_place(&kept->places[i]);
	free(kept->places);
	*kept = (struct kept){ 0 };
}
