/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the way from a name of Debian's to a kernel in the cache. The lists are
 * read with apt's lock, the packages downloaded with an entry's and apt's lock:
 * apt's is the inner one, and nobody waits for an entry with it.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/fdio.h"
#include "common/log.h"
#include "vm/apt-lists.h"
#include "vm/apt-offers.h"
#include "vm/apt-suites.h"
#include "vm/apt.h"
#include "vm/cache.h"
#include "vm/kernel-parts.h"

enum { KEY_SIZE = 32, GROWS_TIMES = 7 };

struct market {
	struct vm_apt_packages packages;
	struct vm_apt_offer *offers;
	size_t count;
};

static void market_close(struct market *market)
{
	vm_apt_offers_destroy(market->offers, market->count);
	vm_apt_lists_release(&market->packages);
}

static int read_list(const char *suite, const char *path, void *data)
{
	struct market *market = data;

	for (size_t i = 0; i < vm_apt_suites_count; i++)
		if (strcmp(vm_apt_suites[i].name, suite) == 0)
			return vm_apt_lists_read(&market->packages,
						 (unsigned int)i, path);
	return 0;
}

static int read_lists(const struct vm_apt *apt, struct market *market)
{
	autofree char *text = NULL;
	int err = vm_apt_list(apt, read_list, market);

	if (err)
		return err;
	text = vm_apt_lists_text(&market->packages);
	return text ? vm_apt_save(apt, VM_APT_KERNELS, text) : -ENOMEM;
}

/* What has been taken from the lists already, as long as they are the same. */
static int load_packages(const struct vm_apt *apt, struct market *market)
{
	autofree char *path = NULL;
	autofree char *text = NULL;
	int err = -EINVAL;

	if (asprintf(&path, "%s/" VM_APT_KERNELS, apt->dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (!apt->updated && fdio_read_file(path, &text) == 0)
		err = vm_apt_lists_parse(&market->packages, text);
	if (err != -EINVAL)
		return err;
	vm_apt_lists_release(&market->packages);
	return read_lists(apt, market);
}

static int market_open(const struct vm_kernel_options *options,
		       struct market *market)
{
	struct vm_apt apt;
	ssize_t count;
	int err = vm_apt_open(options ? options->cache : NULL,
			      options && options->update, &apt);

	*market = (struct market){ 0 };
	if (err)
		return err;
	err = load_packages(&apt, market);
	vm_apt_close(&apt);
	if (!err) {
		count = vm_apt_offers_make(&market->packages, &market->offers);
		err = count < 0 ? (int)count : 0;
		market->count = err ? 0 : (size_t)count;
	}
	if (err)
		market_close(market);
	return err;
}

/* ------------------------------------------------------------------- one kernel */

/* What it is made of, not where it was found. */
static int make_key(const struct vm_apt_offer *offer, char key[KEY_SIZE])
{
	autofree char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < offer->count; i++)
		fprintf(out, "%s\n", offer->parts[i]->sha256);
	if (fclose(out))
		return -ENOMEM;
	snprintf(key, KEY_SIZE, "debian-%016" PRIx64, digest_bytes(text, len));
	return 0;
}

static int download(const struct vm_apt_offer *offer, const char *cache,
		    const char *dir)
{
	char *words[VM_APT_PARTS_MAX + 1] = { NULL };
	struct vm_apt apt;
	int err = 0;

	for (size_t i = 0; i < offer->count && !err; i++)
		if (asprintf(&words[i], "%s=%s", offer->parts[i]->name,
			     offer->parts[i]->version) < 0) {
			words[i] = NULL;
			err = -ENOMEM;
		}
	if (!err)
		err = vm_apt_open(cache, false, &apt);
	if (!err) {
		log_info("downloading %s (%" PRIu64 " MiB)", offer->image->name,
			 (offer->bytes >> 20) + 1);
		err = vm_apt_download(&apt, (const char *const *)words, dir);
		vm_apt_close(&apt);
	}
	for (size_t i = 0; i < offer->count; i++)
		free(words[i]);
	return err;
}

static int is_deb(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && strcmp(end, ".deb") == 0;
}

static int unpack(const char *dir, struct vm_cache_entry *entry)
{
	char *paths[VM_APT_PARTS_MAX] = { NULL };
	struct dirent **names;
	int count = scandir(dir, &names, is_deb, alphasort);
	size_t used = 0;
	int err = count < 0 ? -errno : 0;

	for (int i = 0; i < count; i++) {
		if (!err && used < VM_APT_PARTS_MAX &&
		    asprintf(&paths[used++], "%s/%s", dir,
			     names[i]->d_name) < 0) {
			paths[--used] = NULL;
			err = -ENOMEM;
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	if (!err && !used)
		err = -EIO;
	if (!err)
		err = vm_kernel_unpack(entry, paths, used);
	for (size_t i = 0; i < used; i++)
		free(paths[i]);
	return err;
}

static int keep(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	return *to ? 0 : -ENOMEM;
}

static int make_entry(const struct vm_apt_offer *offer, const char *cache,
		      struct vm_cache_entry *entry)
{
	autofree char *dir = NULL;
	int err = vm_cache_room(entry->making, offer->bytes * GROWS_TIMES);

	if (!err && asprintf(&dir, "%s/packages", entry->making) < 0) {
		dir = NULL;
		err = -ENOMEM;
	}
	if (!err)
		err = vm_cache_make_dir(dir);
	if (!err)
		err = download(offer, cache, dir);
	if (!err)
		err = unpack(dir, entry);
	if (dir)
		vm_cache_remove(dir);
	if (!err)
		err = keep(&entry->package, offer->image->name);
	if (!err)
		err = keep(&entry->version, offer->image->version);
	return err ? err : vm_cache_commit(entry);
}

static int get(struct vm_kernel *kernel, const struct vm_apt_offer *offer,
	       const char *cache)
{
	struct vm_cache_entry entry;
	char key[KEY_SIZE];
	int err = make_key(offer, key);

	if (!err)
		err = vm_cache_begin(cache, key, &entry);
	if (err)
		return err;
	if (!entry.there)
		err = make_entry(offer, cache, &entry);
	if (!err)
		err = vm_kernel_of_entry(kernel, &entry);
	vm_cache_end(&entry);
	return err;
}

int vm_apt_find(struct vm_kernel *kernel, const char *name,
		const struct vm_kernel_options *options)
{
	const struct vm_apt_offer *offer;
	struct market market;
	int err = market_open(options, &market);

	if (err)
		return err;
	offer = vm_apt_offers_find(market.offers, market.count, name);
	if (!offer) {
		log_err("Debian's mirrors have no kernel '%s' now: --available lists those that they have",
			name);
		err = -ENOENT;
	} else if (offer->missing) {
		log_err("Debian's mirrors have %s, but no longer its %s package",
			offer->image->name, offer->missing);
		err = -ENOENT;
	} else {
		err = get(kernel, offer, options ? options->cache : NULL);
	}
	market_close(&market);
	return err;
}

/* -------------------------------------------------------------------- the list */

static bool is_only_one(const struct market *market,
			const struct vm_apt_offer *offer)
{
	return vm_apt_offers_find(market->offers, market->count,
				  offer->abi) == offer;
}

static const char *first_suite(const struct vm_apt_package *package)
{
	for (size_t i = 0; i < vm_apt_suites_count; i++)
		if (package->suites & 1u << i)
			return vm_apt_suites[i].name;
	return "";
}

static int fill(const struct market *market, const struct vm_apt_offer *from,
		struct vm_kernel_offer *to)
{
	int n = is_only_one(market, from) ?
		asprintf(&to->spec, VM_APT_PREFIX "%s", from->abi) :
		asprintf(&to->spec, VM_APT_PREFIX "%s=%s", from->image->name,
			 from->image->version);

	if (n < 0)
		to->spec = NULL;
	to->package = strdup(from->image->name);
	to->version = strdup(from->image->version);
	to->suite = strdup(first_suite(from->image));
	to->bytes = from->bytes;
	return to->spec && to->package && to->version && to->suite ? 0 :
								     -ENOMEM;
}

void vm_kernel_offers_destroy(struct vm_kernel_offer *offers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(offers[i].spec);
		free(offers[i].package);
		free(offers[i].version);
		free(offers[i].suite);
	}
	free(offers);
}

ssize_t vm_kernel_available(const struct vm_kernel_options *options,
			    struct vm_kernel_offer **offers_ret)
{
	struct vm_kernel_offer *offers;
	struct market market;
	size_t count = 0;
	int err = market_open(options, &market);

	if (err)
		return err;
	offers = calloc(market.count + 1, sizeof(*offers));
	if (!offers)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < market.count; i++)
		if (vm_apt_offers_lists(market.offers, market.count,
					&market.offers[i]))
			err = fill(&market, &market.offers[i],
				   &offers[count++]);
	market_close(&market);
	if (err) {
		log_err("cannot list kernels: %s", strerror(-err));
		if (offers)
			vm_kernel_offers_destroy(offers, count);
		return err;
	}
	*offers_ret = offers;
	return (ssize_t)count;
}
