/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns what a kernel's specification means, and the kernels that packages are. */
#include "vm/kernel.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/log.h"
#include "vm/apt.h"
#include "vm/cache.h"
#include "vm/kernel-image.h"
#include "vm/kernel-parts.h"
#include "vm/manifest.h"
#include "vm/package.h"

enum {
	PACKAGES_MAX = 16,
	KEY_SIZE = 32,
	GROWS_TIMES = 6,	/* unpacked; 4 were seen of gzip and xz */
};

void vm_kernel_destroy(struct vm_kernel *kernel)
{
	if (!kernel)
		return;
	free(kernel->spec);
	free(kernel->name);
	free(kernel->release);
	free(kernel->package);
	free(kernel->version);
	free(kernel->image);
	free(kernel->modules);
	free(kernel);
}

int vm_kernel_set_name(struct vm_kernel *kernel, const char *text)
{
	char *name = strdup(text);

	if (!name)
		return -ENOMEM;
	for (char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("+-.~_", *at))
			*at = '_';
	if (*name == '.' || *name == '-')
		*name = '_';
	free(kernel->name);
	kernel->name = name;
	return 0;
}

static int set_text(char **to, const char *text)
{
	if (!text)
		return 0;
	*to = strdup(text);
	return *to ? 0 : -ENOMEM;
}

int vm_kernel_of_entry(struct vm_kernel *kernel,
		       const struct vm_cache_entry *entry)
{
	int err;

	if (asprintf(&kernel->image, "%s/vmlinuz", entry->path) < 0) {
		kernel->image = NULL;
		return -ENOMEM;
	}
	if (asprintf(&kernel->modules, "%s/modules", entry->path) < 0) {
		kernel->modules = NULL;
		return -ENOMEM;
	}
	if (access(kernel->modules, F_OK) < 0) {
		free(kernel->modules);
		kernel->modules = NULL;
	}
	err = vm_kernel_image_release(kernel->image, &kernel->release);
	if (err) {
		log_err("'%s' is no kernel", kernel->image);
		return err == -EINVAL ? -EIO : err;
	}
	err = set_text(&kernel->package, entry->package);
	if (!err)
		err = set_text(&kernel->version, entry->version);
	if (err)
		return err;
	return vm_kernel_set_name(kernel, kernel->version ? kernel->version :
				  kernel->release ? kernel->release : "kernel");
}

/* The files that a specification is made of: cut out of @text, which changes. */
static size_t cut_paths(char *text, bool one, char *paths[PACKAGES_MAX])
{
	size_t count = 0;

	if (one) {
		paths[0] = text;
		return 1;
	}
	for (char *path; (path = strsep(&text, ","));)
		if (*path && count < PACKAGES_MAX)
			paths[count++] = path;
	return count;
}

/* What is in the packages, one after the other. */
static int make_key(char **paths, size_t count, char key[KEY_SIZE],
		    uint64_t *bytes_ret)
{
	uint64_t digests[PACKAGES_MAX];
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		struct stat st;
		int err = stat(paths[i], &st) < 0 ? -errno :
			vm_manifest_digest(AT_FDCWD, paths[i], &digests[i]);

		if (err) {
			log_err("cannot read '%s': %s", paths[i],
				strerror(-err));
			return err;
		}
		bytes += (uint64_t)st.st_size;
	}
	snprintf(key, KEY_SIZE, "package-%016" PRIx64,
		 digest_bytes(digests, count * sizeof(digests[0])));
	*bytes_ret = bytes;
	return 0;
}

int vm_kernel_unpack(struct vm_cache_entry *entry, char **paths, size_t count)
{
	struct vm_package package = { 0 };
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = vm_package_unpack(paths[i], entry->making, &package);
	if (!err && !package.image) {
		log_err("no kernel's image is in '%s'%s", paths[0],
			count > 1 ? " and the others" : "");
		err = -EIO;
	}
	if (!err && !package.modules)
		log_warn("no modules are in '%s': if they are in another package, name both, with a comma between them",
			 paths[0]);
	if (!err) {
		entry->package = steal_ptr(package.name);
		entry->version = steal_ptr(package.version);
	}
	vm_package_release(&package);
	return err;
}

static int make_entry(struct vm_cache_entry *entry, char **paths, size_t count,
		      uint64_t bytes)
{
	int err = vm_cache_room(entry->making, bytes * GROWS_TIMES);

	if (!err)
		err = vm_kernel_unpack(entry, paths, count);
	return err ? err : vm_cache_commit(entry);
}

int vm_kernel_of_packages(struct vm_kernel *kernel, const char *paths_text,
			  const struct vm_kernel_options *options)
{
	autofree char *text = strdup(paths_text);
	char *paths[PACKAGES_MAX];
	struct vm_cache_entry entry;
	char key[KEY_SIZE];
	uint64_t bytes;
	size_t count;
	int err;

	if (!text)
		return -ENOMEM;
	count = cut_paths(text, access(paths_text, F_OK) == 0, paths);
	err = make_key(paths, count, key, &bytes);
	if (!err)
		err = vm_cache_begin(options ? options->cache : NULL, key,
				     &entry);
	if (err)
		return err;
	if (!entry.there)
		err = make_entry(&entry, paths, count, bytes);
	if (!err)
		err = vm_kernel_of_entry(kernel, &entry);
	vm_cache_end(&entry);
	return err;
}

/* FILE.deb[,FILE.rpm...]; a file's own name may have commas. */
static bool names_packages(const char *spec)
{
	autofree char *text = NULL;
	char *rest;

	if (access(spec, F_OK) == 0)
		return vm_package_is_one(spec);
	text = strdup(spec);
	rest = text;
	for (char *path; (path = strsep(&rest, ","));)
		if (!vm_package_is_one(path))
			return false;
	return text;
}

static int find(struct vm_kernel *kernel, const char *spec,
		const struct vm_kernel_options *options)
{
	struct stat st;

	if (strncmp(spec, VM_APT_PREFIX, strlen(VM_APT_PREFIX)) == 0)
		return vm_apt_find(kernel, spec + strlen(VM_APT_PREFIX),
				   options);
	if (names_packages(spec))
		return vm_kernel_of_packages(kernel, spec, options);
	if (stat(spec, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return vm_kernel_of_tree(kernel, spec);
		if (S_ISREG(st.st_mode))
			return vm_kernel_of_image(kernel, spec, options);
		log_err("'%s' is neither a file nor a directory", spec);
		return -EINVAL;
	}
	if (errno == ENOENT && strchr(spec, ':') && !strchr(spec, '/')) {
		log_err("'%s' is of no distribution that is known here; " VM_APT_PREFIX
			"NAME is", spec);
		return -EINVAL;
	}
	return vm_kernel_of_image(kernel, spec, options);
}

int vm_kernel_find(const char *spec, const struct vm_kernel_options *options,
		   struct vm_kernel **kernel_ret)
{
	struct vm_kernel *kernel = calloc(1, sizeof(*kernel));
	int err = kernel ? set_text(&kernel->spec, spec) : -ENOMEM;

	if (!err)
		err = find(kernel, spec, options);
	if (!err) {
		*kernel_ret = kernel;
		return 0;
	}
	if (err == -ENOMEM)
		log_err("cannot find '%s': %s", spec, strerror(ENOMEM));
	vm_kernel_destroy(kernel);
	return err;
}
