/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open files and directories: making and closing them. */
#include "daemon/handle.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct handle *handle_from_fh(uint64_t fh)
{
	return (struct handle *)(uintptr_t)fh;
}

struct handle_dir *handle_dir_from_fh(uint64_t fh)
{
	return container_of(handle_from_fh(fh), struct handle_dir, base);
}

struct handle *handle_create(struct inode *inode, int fd, bool writable)
{
	struct handle *handle = malloc(sizeof(*handle));

	if (!handle) {
		close(fd);
		return NULL;
	}
	*handle = (struct handle){
		.fd = fd, .inode = inode, .writable = writable,
	};
	list_init(&handle->siblings);
	return handle;
}

struct handle_dir *handle_create_dir(struct inode *inode, int fd)
{
	DIR *stream = fdopendir(fd);
	struct handle_dir *dir;

	if (!stream) {
		int err = errno;

		close(fd);
		errno = err;
		return NULL;
	}
	dir = malloc(sizeof(*dir));
	if (!dir) {
		closedir(stream);
		errno = ENOMEM;
		return NULL;
	}
	*dir = (struct handle_dir){
		.base = { .fd = fd, .inode = inode, .directory = true },
		.stream = stream,
		.busy = ATOMIC_FLAG_INIT,
	};
	list_init(&dir->base.siblings);
	return dir;
}

void handle_destroy(struct handle *handle)
{
	if (!handle)
		return;
	if (handle->directory) {
		struct handle_dir *dir =
			container_of(handle, struct handle_dir, base);

		closedir(dir->stream);
		free(dir);
	} else {
		close(handle->fd);
		free(handle);
	}
}
