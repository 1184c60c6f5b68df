/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the finding of an image's modules: those given, else those of its build
 * tree, or of its release beside it, or of this system. None is no error: a kernel
 * may have all that it needs built in.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "vm/kernel-image.h"
#include "vm/kernel-parts.h"

static bool has(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) <
		       (int)sizeof(path) && access(path, F_OK) == 0;
}

/* Where modules are, from the image's directory on. */
static const struct {
	const char *path;
	bool has_release;
} beside[] = {
	{ ".", false },			/* lib/modules/R/vmlinuz */
	{ "../lib/modules/", true },
	{ "../usr/lib/modules/", true },
	{ "lib/modules/", true },	/* DIR/vmlinuz, DIR/lib/modules */
	{ "usr/lib/modules/", true },
	{ "/lib/modules/", true },
};

static char *join(const char *dir, const char *path, const char *release)
{
	autofree char *joined = NULL;

	if (asprintf(&joined, "%s%s%s%s", *path == '/' ? "" : dir,
		     *path == '/' ? "" : "/", path, release) < 0) {
		joined = NULL;
		return NULL;
	}
	return has(joined, "kernel") ? realpath(joined, NULL) : NULL;
}

static char *look_beside(const char *image, const char *release)
{
	autofree char *dir = strdup(image);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		char *found;

		if (beside[i].has_release && !release)
			continue;
		found = join(dir, beside[i].path,
			     beside[i].has_release ? release : "");
		if (found)
			return found;
	}
	return NULL;
}

/* TREE/arch/x86/boot/bzImage: the tree, when modules have been built in it. */
static char *tree_of(const char *image)
{
	static const char tail[] = "/arch/x86/boot/bzImage";
	size_t len = strlen(image);
	char *tree;

	if (len < sizeof(tail) ||
	    strcmp(image + len - strlen(tail), tail) != 0)
		return NULL;
	tree = strndup(image, len - strlen(tail));
	if (tree && has(tree, "modules.order"))
		return tree;
	free(tree);
	return NULL;
}

/* DIR itself, or as "make modules_install INSTALL_MOD_PATH=DIR" leaves it. */
static char *look_in(const char *given, const char *release)
{
	char *found = NULL;
	struct stat st;

	if (stat(given, &st) < 0 || !S_ISDIR(st.st_mode)) {
		log_err("there is no directory '%s' with modules", given);
		return NULL;
	}
	if (release)
		found = join(given, "lib/modules/", release);
	return found ? found : realpath(given, NULL);
}

static int set_image(struct vm_kernel *kernel, const char *path)
{
	int err;

	kernel->image = realpath(path, NULL);
	if (!kernel->image) {
		err = -errno;
		log_err("there is no kernel '%s': %s", path, strerror(-err));
		return err;
	}
	err = vm_kernel_image_release(kernel->image, &kernel->release);
	if (err)
		log_err("'%s' is no kernel: %s", path, err == -EINVAL ?
			"it is neither a bzImage nor an ELF file" :
			strerror(-err));
	return err;
}

int vm_kernel_of_image(struct vm_kernel *kernel, const char *path,
		       const struct vm_kernel_options *options)
{
	const char *given = options ? options->modules : NULL;
	const char *base;
	int err = set_image(kernel, path);

	if (err)
		return err;
	if (given) {
		kernel->modules = look_in(given, kernel->release);
		if (!kernel->modules)
			return -ENOENT;
	} else {
		kernel->modules = tree_of(kernel->image);
	}
	if (!kernel->modules)
		kernel->modules = look_beside(kernel->image, kernel->release);
	base = strrchr(kernel->image, '/') + 1;
	return vm_kernel_set_name(kernel,
				  kernel->release ? kernel->release : base);
}

int vm_kernel_of_tree(struct vm_kernel *kernel, const char *path)
{
	autofree char *image = NULL;
	int err;

	if (asprintf(&image, "%s/arch/x86/boot/bzImage", path) < 0) {
		image = NULL;
		return -ENOMEM;
	}
	if (access(image, F_OK) < 0) {
		log_err("'%s' is no build tree with a kernel: it has no arch/x86/boot/bzImage",
			path);
		return -ENOENT;
	}
	err = set_image(kernel, image);
	if (err)
		return err;
	if (has(path, "modules.order"))
		kernel->modules = realpath(path, NULL);
	return vm_kernel_set_name(kernel, kernel->release ? kernel->release :
							     "bzImage");
}
