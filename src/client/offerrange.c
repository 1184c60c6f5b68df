/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns how packages are meant by the versions at both ends of a range. */
#include "client/offerrange.h"

#include <ctype.h>
#include <string.h>

/* Debian's "1:6.12" is 6.12 to people. */
static const char *without_epoch(const char *version)
{
	const char *colon = strchr(version, ':');

	return colon ? colon + 1 : version;
}

bool offerrange_means(const struct vm_kernel_offer *offer, const char *word)
{
	const char *version = without_epoch(offer->version);
	size_t length = strlen(word);

	if (strcmp(offer->spec, word) == 0 ||
	    strcmp(offer->package, word) == 0 ||
	    strcmp(offer->version, word) == 0)
		return true;
	return length && strncmp(version, word, length) == 0 &&
	       !isalnum((unsigned char)version[length]);
}

const char *offerrange_find(const struct vm_kernel_offer *offers, size_t count,
			    const char *from, const char *to,
			    size_t *first_ret, size_t *count_ret)
{
	size_t first = count, last = count;

	for (size_t i = count; i-- > 0;)
		if (offerrange_means(&offers[i], from))
			first = i;
	for (size_t i = 0; i < count; i++)
		if (offerrange_means(&offers[i], to))
			last = i;
	if (first == count)
		return "no package is meant by the first version";
	if (last == count)
		return "no package is meant by the second version";
	if (first > last)
		return "the first version is newer than the second";
	*first_ret = first;
	*count_ret = last - first + 1;
	return NULL;
}
