/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image-tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

bool vm_image_tree_has(const struct vm_image_tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->count; i++)
		if (strcmp(tree->files[i].path, path) == 0)
			return true;
	return false;
}

/* Takes @file->path and @file->bytes. */
static int append(struct vm_image_tree *tree, const struct vm_image_file *file)
{
	if (tree->count == tree->size) {
		size_t size = MAX(2 * tree->size, (size_t)64);
		struct vm_image_file *larger = reallocarray(
			tree->files, size, sizeof(*larger));

		if (!larger) {
			free(file->path);
			free(file->bytes);
			return -ENOMEM;
		}
		tree->files = larger;
		tree->size = size;
	}
	tree->files[tree->count++] = *file;
	return 0;
}

static int add_directories(struct vm_image_tree *tree, const char *path)
{
	int err = 0;

	for (const char *slash = strchr(path + 1, '/'); !err && slash;
	     slash = strchr(slash + 1, '/')) {
		char *dir = strndup(path, (size_t)(slash - path));

		if (!dir)
			return -ENOMEM;
		if (vm_image_tree_has(tree, dir))
			free(dir);
		else
			err = append(tree, &(struct vm_image_file){
				.path = dir, .mode = S_IFDIR | 0755 });
	}
	return err;
}

static int add(struct vm_image_tree *tree, const char *path,
	       const struct vm_image_file *like)
{
	struct vm_image_file file = *like;
	int err = vm_image_tree_has(tree, path) ? -EEXIST :
		add_directories(tree, path);

	file.path = err ? NULL : strdup(path);
	if (file.path)
		return append(tree, &file);
	free(file.bytes);
	return err ? err : -ENOMEM;
}

int vm_image_tree_add(struct vm_image_tree *tree, const char *path, mode_t mode,
		      void *bytes, size_t len)
{
	return add(tree, path, &(struct vm_image_file){
		.mode = mode, .bytes = bytes, .len = len });
}

int vm_image_tree_add_text(struct vm_image_tree *tree, const char *path,
			   mode_t mode, const char *text)
{
	char *copy = strdup(text);

	return copy ? vm_image_tree_add(tree, path, mode, copy, strlen(copy)) :
		      -ENOMEM;
}

int vm_image_tree_add_device(struct vm_image_tree *tree, const char *path,
			     mode_t mode, dev_t device)
{
	return add(tree, path, &(struct vm_image_file){
		.mode = mode, .device = device });
}

void vm_image_tree_deinit(struct vm_image_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		free(tree->files[i].path);
		free(tree->files[i].bytes);
	}
	free(tree->files);
	*tree = (struct vm_image_tree){ 0 };
}

/* -------------------------------------------------------------- the archive */

#ifdef HAVE_LIBARCHIVE
/* No times, no owners: the same files give the same archive. */
static int put_file(struct archive *archive, const struct vm_image_file *file)
{
	struct archive_entry *entry = archive_entry_new();
	bool link = S_ISLNK(file->mode);
	size_t len = link ? 0 : file->len;
	int status;

	if (!entry)
		return -ENOMEM;
	archive_entry_set_pathname(entry, file->path + 1);
	archive_entry_set_mode(entry, file->mode);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (la_int64_t)len);
	if (link) {
		autofree char *target = strndup(file->bytes, file->len);

		archive_entry_set_symlink(entry, target ? target : "");
	}
	if (S_ISCHR(file->mode))
		archive_entry_set_rdev(entry, file->device);
	status = archive_write_header(archive, entry);
	archive_entry_free(entry);
	if (status < ARCHIVE_WARN)
		return -EIO;
	return len == 0 || archive_write_data(archive, file->bytes, len) ==
		(la_ssize_t)len ? 0 : -EIO;
}

int vm_image_tree_write(const struct vm_image_tree *tree, int fd)
{
	struct archive *archive = archive_write_new();
	int err = archive ? 0 : -ENOMEM;

	if (!err && (archive_write_set_format_cpio_newc(archive) ||
		     archive_write_open_fd(archive, fd)))
		err = -EOPNOTSUPP;
	for (size_t i = 0; !err && i < tree->count; i++)
		err = put_file(archive, &tree->files[i]);
	if (!err && archive_write_close(archive) != ARCHIVE_OK)
		err = -EIO;
	if (err == -EIO && archive_errno(archive) > 0)
		err = -archive_errno(archive);
	archive_write_free(archive);
	return err;
}
#else
int vm_image_tree_write(UNUSED const struct vm_image_tree *tree,
			UNUSED int fd)
{
	return -EOPNOTSUPP;
}
#endif
