/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns which files of a package are taken, and the writing of those. A target is
 * put together here and not taken from the package; only regular files are made,
 * each new, below a directory that only this process writes to and that has no
 * links in it. So no order of entries leads out of it.
 */
#include "vm/package-file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

static const uint64_t BYTES_MAX = UINT64_C(8) << 30;
enum { FILES_MAX = 100000, COPY_BYTES = 1 << 16 };

static const char *behind(const char *text, const char *start)
{
	size_t len = strlen(start);

	return strncmp(text, start, len) == 0 ? text + len : NULL;
}

/* Absolute, with "..", or with bytes that no such name has. */
static bool is_hostile(const char *name)
{
	if (*name == '/' || !*name)
		return true;
	for (const char *at = name; *at; at++)
		if (iscntrl((unsigned char)*at))
			return true;
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (strncmp(part, "..", 2) == 0 &&
		    (part[2] == '/' || part[2] == '\0'))
			return true;
	}
	return false;
}

static bool is_module(const char *path)
{
	static const char *const ends[] = { ".ko", ".ko.xz", ".ko.zst",
					    ".ko.gz" };
	size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len > end && strcmp(path + len - end, ends[i]) == 0)
			return true;
	}
	return false;
}

static bool is_index(const char *path)
{
	return !strchr(path, '/') && (strcmp(path, "modules.order") == 0 ||
				      behind(path, "modules.builtin"));
}

/* @name from RELEASE on. */
static enum vm_package_choice
choose_below_modules(const char *name,
		     char release_ret[VM_PACKAGE_RELEASE_SIZE],
		     char target_ret[PATH_MAX])
{
	size_t len = strcspn(name, "/");
	const char *path = name + len + 1;

	if (len == 0 || len >= VM_PACKAGE_RELEASE_SIZE || name[len] != '/')
		return VM_PACKAGE_LEFT_OUT;
	memcpy(release_ret, name, len);
	release_ret[len] = '\0';
	if (strcmp(path, "vmlinuz") == 0) {
		snprintf(target_ret, PATH_MAX, "vmlinuz");
		return VM_PACKAGE_IMAGE;
	}
	if (!is_index(path) && !is_module(path))
		return VM_PACKAGE_LEFT_OUT;
	if (snprintf(target_ret, PATH_MAX, "modules/%s", path) >= PATH_MAX)
		return VM_PACKAGE_REFUSED;
	return VM_PACKAGE_MODULES;
}

enum vm_package_choice
vm_package_file_choose(const char *name,
		       char release_ret[VM_PACKAGE_RELEASE_SIZE],
		       char target_ret[PATH_MAX])
{
	const char *rest;

	if (is_hostile(name))
		return VM_PACKAGE_REFUSED;
	while ((rest = behind(name, "./")) || (rest = behind(name, "usr/")))
		name = rest;
	rest = behind(name, "lib/modules/");
	if (rest)
		return choose_below_modules(rest, release_ret, target_ret);
	rest = behind(name, "boot/vmlinuz-");
	if (!rest || !*rest || strchr(rest, '/') ||
	    strlen(rest) >= VM_PACKAGE_RELEASE_SIZE)
		return VM_PACKAGE_LEFT_OUT;
	strcpy(release_ret, rest);
	strcpy(target_ret, "vmlinuz");
	return VM_PACKAGE_IMAGE;
}

#ifdef HAVE_LIBARCHIVE

/* A new file, and the directories above it. -EEXIST: there is one. */
static int create(int dir, char *target)
{
	int fd;

	for (char *slash = target; (slash = strchr(slash + 1, '/'));) {
		int err;

		*slash = '\0';
		err = mkdirat(dir, target, 0700) < 0 && errno != EEXIST ?
			-errno : 0;
		*slash = '/';
		if (err)
			return err;
	}
	fd = openat(dir, target,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int copy(struct archive *archive, const char *path, int fd,
		struct vm_package *package)
{
	autofree char *buf = malloc(COPY_BYTES);

	if (!buf)
		return -ENOMEM;
	for (;;) {
		la_ssize_t n = archive_read_data(archive, buf, COPY_BYTES);
		int err;

		if (n < 0) {
			log_err("'%s' is damaged: %s", path,
				archive_error_string(archive));
			return -EIO;
		}
		if (n == 0)
			return 0;
		package->bytes += (uint64_t)n;
		if (package->bytes > BYTES_MAX) {
			log_err("'%s' is refused: too much is in it", path);
			return -EIO;
		}
		err = fdio_write(fd, buf, (size_t)n);
		if (err) {
			log_err("cannot unpack '%s': %s", path, strerror(-err));
			return err;
		}
	}
}

/* All of them must be of one kernel. */
static int note_release(const char *path, const char *release,
			struct vm_package *package)
{
	if (!package->release) {
		package->release = strdup(release);
		return package->release ? 0 : -ENOMEM;
	}
	if (strcmp(package->release, release) == 0)
		return 0;
	log_err("'%s' has files of the kernel %s besides those of %s", path,
		release, package->release);
	return -EIO;
}

/* The same file twice (also /boot/vmlinuz-R and .../R/vmlinuz): the first one. */
static int take(struct archive *archive, const char *path, int dir,
		char *target, struct vm_package *package)
{
	autoclose int fd = create(dir, target);

	if (fd == -EEXIST)
		return 0;
	if (fd < 0) {
		log_err("cannot unpack '%s': %s", path, strerror(-fd));
		return fd;
	}
	return copy(archive, path, fd, package);
}

int vm_package_file_take(struct archive *archive, struct archive_entry *entry,
			 const char *path, int dir, struct vm_package *package)
{
	const char *name = archive_entry_pathname(entry);
	char release[VM_PACKAGE_RELEASE_SIZE];
	char target[PATH_MAX];
	enum vm_package_choice choice;
	int err;

	choice = name ? vm_package_file_choose(name, release, target) :
			VM_PACKAGE_REFUSED;
	if (choice == VM_PACKAGE_REFUSED || ++package->files > FILES_MAX) {
		log_err("'%s' is refused: '%.100s' in it %s", path,
			name ? name : "?", choice == VM_PACKAGE_REFUSED ?
			"is no name for a file of a package" :
			"is one file too many");
		return -EIO;
	}
	if (choice == VM_PACKAGE_LEFT_OUT ||
	    archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry))
		return 0;
	err = note_release(path, release, package);
	if (!err)
		err = take(archive, path, dir, target, package);
	if (!err && choice == VM_PACKAGE_IMAGE)
		package->image = true;
	else if (!err)
		package->modules = true;
	return err;
}

#endif
