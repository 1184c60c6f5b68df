/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what packages are called. A kernel is linux-image-ABI-FLAVOUR; since 6.19
 * that one is empty, and depends on linux-binary- and linux-modules-ABI-FLAVOUR of
 * the same version. Mirrors drop the latter (of the source linux) sooner than the
 * former (of linux-signed-amd64): then there is no kernel to be had.
 */
#include "vm/apt-offers.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "vm/apt-suites.h"
#include "vm/kernel.h"

#define IMAGE "linux-image-"

static const struct {
	const char *end;
	bool cloud;
} flavours[] = {
	{ "-cloud-amd64", true },	/* smaller, and all that a VM needs */
	{ "-amd64", false },
};

static const struct {
	const char *start;
	bool required;
} parts[] = {
	{ "linux-binary-", true },
	{ "linux-modules-", true },
	{ "linux-base-", false },	/* lists of what is built in */
};

static bool ends(const char *text, const char *end)
{
	size_t len = strlen(text);
	size_t tail = strlen(end);

	return len > tail && strcmp(text + len - tail, end) == 0;
}

/* Does a list of dependencies have this name? */
static bool depends_on(const char *depends, const char *name)
{
	size_t len = strlen(name);
	const char *at = depends;

	while (at && (at = strstr(at, name))) {
		bool starts = at == depends || strchr(" ,|", at[-1]);

		if (starts && (at[len] == '\0' || strchr(" ,|", at[len])))
			return true;
		at += len;
	}
	return false;
}

static int take_parts(const struct vm_apt_packages *packages,
		      struct vm_apt_offer *offer)
{
	const struct vm_apt_package *image = offer->image;
	const char *tail = image->name + strlen(IMAGE);

	offer->parts[offer->count++] = image;
	offer->bytes = image->bytes;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct vm_apt_package *part;
		autofree char *name = NULL;

		if (asprintf(&name, "%s%s", parts[i].start, tail) < 0) {
			name = NULL;
			return -ENOMEM;
		}
		if (!depends_on(image->depends, name))
			continue;
		part = vm_apt_lists_find(packages, name, image->version);
		if (part) {
			offer->parts[offer->count++] = part;
			offer->bytes += part->bytes;
		} else if (parts[i].required) {
			offer->missing = parts[i].start;
		}
	}
	return 0;
}

/* Is it a kernel's, not one that follows a series ("linux-image-6.12-amd64")? */
static bool is_kernel(const struct vm_apt_package *package)
{
	return strncmp(package->name, IMAGE, strlen(IMAGE)) == 0 &&
	       !(package->depends && strstr(package->depends, IMAGE)) &&
	       !ends(package->name, "-rt-amd64");
}

/* Return: 1 it is one; 0 it is not; -ENOMEM. */
static int make_one(const struct vm_apt_packages *packages,
		    const struct vm_apt_package *package,
		    struct vm_apt_offer *offer)
{
	const char *name = package->name + strlen(IMAGE);

	if (!is_kernel(package))
		return 0;
	*offer = (struct vm_apt_offer){ .image = package };
	for (size_t i = 0; i < ARRAY_SIZE(flavours) && !offer->abi; i++) {
		if (!ends(package->name, flavours[i].end))
			continue;
		offer->cloud = flavours[i].cloud;
		offer->abi = strndup(name, strlen(name) -
					   strlen(flavours[i].end));
		if (!offer->abi)
			return -ENOMEM;
	}
	if (!offer->abi)
		return 0;
	return take_parts(packages, offer) ? -ENOMEM : 1;
}

static int compare(const void *a, const void *b)
{
	const struct vm_apt_offer *first = a;
	const struct vm_apt_offer *second = b;
	int difference = vm_version_compare(first->image->version,
					    second->image->version);

	if (!difference)
		difference = first->cloud - second->cloud;
	return difference ? difference : strcmp(first->image->name,
						second->image->name);
}

ssize_t vm_apt_offers_make(const struct vm_apt_packages *packages,
			   struct vm_apt_offer **offers_ret)
{
	struct vm_apt_offer *offers = calloc(packages->count + 1,
					     sizeof(*offers));
	size_t count = 0;

	if (!offers)
		return -ENOMEM;
	for (size_t i = 0; i < packages->count; i++) {
		int made = make_one(packages, &packages->all[i],
				    &offers[count]);

		if (made < 0) {
			free(offers[count].abi);
			vm_apt_offers_destroy(offers, count);
			return made;
		}
		count += (size_t)made;
	}
	qsort(offers, count, sizeof(*offers), compare);
	*offers_ret = offers;
	return (ssize_t)count;
}

void vm_apt_offers_destroy(struct vm_apt_offer *offers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(offers[i].abi);
	free(offers);
}

bool vm_apt_offers_lists(const struct vm_apt_offer *offers, size_t count,
			 const struct vm_apt_offer *offer)
{
	if (offer->missing)
		return false;
	if (offer->cloud)
		return true;
	for (size_t i = 0; i < count; i++)
		if (offers[i].cloud && !offers[i].missing &&
		    strcmp(offers[i].abi, offer->abi) == 0 &&
		    strcmp(offers[i].image->version,
			   offer->image->version) == 0)
			return false;
	return true;
}

/* "6.12" begins 6.12.95-1 and 6.12-1, not 6.120; what ends a number may follow. */
static bool begins(const char *version, const char *series, size_t len)
{
	return len && strncmp(version, series, len) == 0 &&
	       !isdigit((unsigned char)version[len]);
}

static bool has_suite(const struct vm_apt_offer *offer, const char *suffix)
{
	for (size_t i = 0; i < vm_apt_suites_count; i++)
		if ((offer->image->suites & 1u << i) &&
		    (strcmp(vm_apt_suites[i].suffix, suffix) == 0 ||
		     strcmp(vm_apt_suites[i].name, suffix) == 0))
			return true;
	return false;
}

/* How a name may mean an offer; the first way that finds any is the one. */
static bool is_package(const struct vm_apt_offer *offer, const char *name)
{
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);

	return strlen(offer->image->name) == len &&
	       strncmp(offer->image->name, name, len) == 0 &&
	       (!equals || strcmp(offer->image->version, equals + 1) == 0);
}

static bool is_abi(const struct vm_apt_offer *offer, const char *name)
{
	return strcmp(offer->abi, name) == 0 ||
	       strcmp(offer->image->version, name) == 0;
}

static bool is_series(const struct vm_apt_offer *offer, const char *name)
{
	return begins(offer->image->version, name, strlen(name));
}

static bool is_series_of_suite(const struct vm_apt_offer *offer,
			       const char *name)
{
	const char *dash = strchr(name, '-');

	return dash && dash[1] && has_suite(offer, dash + 1) &&
	       begins(offer->image->version, name, (size_t)(dash - name));
}

static bool is_any(const struct vm_apt_offer *offer UNUSED, const char *name)
{
	return strcmp(name, "newest") == 0;
}

static const struct {
	bool (*means)(const struct vm_apt_offer *offer, const char *name);
	bool listed;		/* one that is not listed is not meant */
} ways[] = {
	{ is_package, false },
	{ is_abi, true },
	{ is_series, true },
	{ is_series_of_suite, true },
	{ is_any, true },
};

const struct vm_apt_offer *
vm_apt_offers_find(const struct vm_apt_offer *offers, size_t count,
		   const char *name)
{
	for (size_t way = 0; way < ARRAY_SIZE(ways); way++)
		for (size_t i = count; i-- > 0;)
			if (ways[way].means(&offers[i], name) &&
			    (!ways[way].listed ||
			     vm_apt_offers_lists(offers, count, &offers[i])))
				return &offers[i];
	return NULL;
}
