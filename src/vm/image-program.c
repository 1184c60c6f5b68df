/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns which programs a guest has, and where they are here.
 *
 * Which libraries a program is started with is for its loader to say: it knows
 * run paths, its cache and what of the processor it chooses by. The cache goes
 * into the guest, too, so that it finds there what it has found here.
 */
#include "vm/image-program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/program.h"
#include "common/tool.h"
#include "vm/elf.h"
#include "vm/unpack.h"

enum { LIST_SIZE = 1 << 16, PROGRAM_MODE = S_IFREG | 0755 };

/* ------------------------------------------------------------- one of them */

/* A file that several need comes once. */
static int add_file(struct vm_image_tree *tree, const char *path)
{
	void *bytes;
	size_t len;
	int err;

	if (vm_image_tree_has(tree, path))
		return 0;
	err = vm_unpack_read(path, &bytes, &len);
	return err ? err : vm_image_tree_add(tree, path, PROGRAM_MODE, bytes,
					     len);
}

/*
 * A line of "ld.so --list": "NAME => PATH (0x...)", "PATH (0x...)", "NAME => not
 * found", or the kernel's own, which has no path.
 */
static int add_listed(struct vm_image_tree *tree, char *line,
		      const char *program)
{
	char *arrow = strstr(line, " => ");
	char *path = arrow ? arrow + strlen(" => ") :
		line + strspn(line, " \t");
	char *end = strstr(path, " (0x");

	if (end)
		*end = '\0';
	if (*path == '/')
		return add_file(tree, path);
	if (!arrow || end)
		return 0;
	log_err("'%s' needs a library that is not here:%s", program, line);
	return -ENOENT;
}

static int add_libraries(struct vm_image_tree *tree, const char *program,
			 const char *loader)
{
	const char *const argv[] = { loader, "--list", program, NULL };
	autofree char *text = malloc(LIST_SIZE);
	char *save = NULL;
	int status, err;

	if (!text)
		return -ENOMEM;
	status = tool_run(argv, text, LIST_SIZE);
	if (status) {
		tool_cut_line(text);
		log_err("'%s --list %s' failed: %s", loader, program,
			status < 0 ? strerror(-status) : text);
		return status < 0 ? status : -EIO;
	}
	err = add_file(tree, loader);
	for (char *line = strtok_r(text, "\n", &save); !err && line;
	     line = strtok_r(NULL, "\n", &save))
		err = add_listed(tree, line, program);
	return err;
}

int vm_image_program_add(struct vm_image_tree *tree, const char *path,
			 const char *guest)
{
	struct vm_elf elf;
	autofree char *loader = NULL;
	const char *interpreter;
	void *bytes;
	int err = vm_unpack_read(path, &bytes, &elf.len);

	if (err)
		return err;
	elf.bytes = bytes;
	interpreter = vm_elf_interpreter(&elf);
	loader = interpreter ? strdup(interpreter) : NULL;
	if (interpreter && !loader) {
		free(bytes);
		return -ENOMEM;
	}
	err = vm_image_tree_add(tree, guest, PROGRAM_MODE, bytes, elf.len);
	return !err && loader ? add_libraries(tree, path, loader) : err;
}

/* -------------------------------------------------------------- all of them */

static const struct {
	const char *name;
	const char *guest;
	bool ours;		/* beside pinctl, and must be there */
} programs[] = {
	{ "pinfs-guest", "/init", true },
	{ "pinctl", "/bin/pinctl", true },
	{ "pinfs", "/bin/pinfs", true },
	{ "fusermount3", "/bin/fusermount3", false },
	{ "mkfs.btrfs", "/sbin/mkfs.btrfs", false },
	{ "mkfs.ext4", "/sbin/mkfs.ext4", false },
	{ "mkfs.xfs", "/sbin/mkfs.xfs", false },
	{ "busybox", "/bin/busybox", false },	/* for people */
};

/* This very program, or, for one that is not pinctl, that of PATH. */
static bool find_pinctl(char path[PATH_MAX])
{
	char dir[PATH_MAX];

	program_dir(dir);
	if (snprintf(path, PATH_MAX, "%s/pinctl", dir) < PATH_MAX &&
	    access(path, X_OK) == 0)
		return true;
	return tool_find("pinctl", path);
}

static bool find_ours(const char *name, char path[PATH_MAX])
{
	char pinctl[PATH_MAX];

	if (find_pinctl(pinctl)) {
		*strrchr(pinctl, '/') = '\0';
		if (snprintf(path, PATH_MAX, "%s/%s", pinctl, name) <
		    PATH_MAX && access(path, X_OK) == 0)
			return true;
	}
	snprintf(path, PATH_MAX, "%s/%s", PINFS_PKGLIBEXECDIR, name);
	return access(path, X_OK) == 0 || tool_find(name, path);
}

/* glibc looks for it only when a thread is cancelled (pthread_cancel()). */
static int add_cancellation(struct vm_image_tree *tree)
{
	static const char name[] = "libgcc_s.so.1";

	for (size_t i = 0; i < tree->count; i++) {
		const char *libc = strstr(tree->files[i].path, "/libc.so.");
		autofree char *path = NULL;

		if (!libc)
			continue;
		if (asprintf(&path, "%.*s/%s", (int)(libc -
						     tree->files[i].path),
			     tree->files[i].path, name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		return access(path, R_OK) == 0 ? add_file(tree, path) : 0;
	}
	return 0;
}

/* As pinctl finds it (client/known.c). */
static int add_known(struct vm_image_tree *tree)
{
	static const char *const places[] = {
		"known.tsv", "../share/pinfs/known.tsv",
	};
	const char *given = getenv("PINFS_KNOWN");
	char pinctl[PATH_MAX], path[PATH_MAX] = PINFS_PKGDATADIR "/known.tsv";
	void *bytes;
	size_t len;
	int err;

	if (given && *given) {
		snprintf(path, sizeof(path), "%s", given);
	} else if (find_pinctl(pinctl)) {
		*strrchr(pinctl, '/') = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			char beside[PATH_MAX];

			if (snprintf(beside, sizeof(beside), "%s/%s", pinctl,
				     places[i]) >= PATH_MAX ||
			    access(beside, R_OK))
				continue;
			strcpy(path, beside);
			break;
		}
	}
	err = vm_unpack_read(path, &bytes, &len);
	return err ? err : vm_image_tree_add(tree, "/etc/known.tsv",
					     S_IFREG | 0644, bytes, len);
}

static int add_loader_cache(struct vm_image_tree *tree)
{
	static const char path[] = "/etc/ld.so.cache";

	return access(path, R_OK) == 0 ? add_file(tree, path) : 0;
}

int vm_image_program_add_all(struct vm_image_tree *tree)
{
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(programs); i++) {
		char path[PATH_MAX];

		if (programs[i].ours ? find_ours(programs[i].name, path) :
				       tool_find(programs[i].name, path)) {
			err = vm_image_program_add(tree, path,
						   programs[i].guest);
		} else if (programs[i].ours) {
			log_err("cannot find '%s', which a guest needs: it "
				"should be beside pinctl", programs[i].name);
			err = -ENOENT;
		}
	}
	if (!err && vm_image_tree_has(tree, "/bin/busybox"))
		err = vm_image_tree_add_text(tree, "/bin/sh", S_IFLNK | 0777,
					     "busybox");
	if (!err)
		err = add_cancellation(tree);
	if (!err)
		err = add_loader_cache(tree);
	return err ? err : add_known(tree);
}
