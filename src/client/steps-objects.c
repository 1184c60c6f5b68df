/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has a name: descriptors, memory, and the paths that contents speak of.
 * A step takes a copy of what it needs, so that another may close or unmap the
 * object meanwhile: that is what some tests are about. Paths stay known for
 * ever, so that bytes of a file that was closed still name it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/steps-call.h"

struct file {
	struct list node;		/* in steps->files */
	char name[STEPS_NAME_MAX];
	struct steps_fd fd;
};

struct mem {
	struct list node;		/* in steps->mems */
	char name[STEPS_NAME_MAX];
	struct steps_mem mem;
};

struct path {
	struct list node;		/* in steps->paths */
	uint16_t file;
	char text[];
};

static struct file *find_file(struct steps *steps, const char *name)
	REQUIRES(steps->lock)
{
	list_for_each(node, &steps->files) {
		struct file *file = list_entry(node, struct file, node);

		if (strcmp(file->name, name) == 0)
			return file;
	}
	return NULL;
}

static struct mem *find_mem(struct steps *steps, const char *name)
	REQUIRES(steps->lock)
{
	list_for_each(node, &steps->mems) {
		struct mem *mem = list_entry(node, struct mem, node);

		if (strcmp(mem->name, name) == 0)
			return mem;
	}
	return NULL;
}

/* -------------------------------------------------------------- descriptors */

/* Look up; @take: forget it, too. */
static struct steps_fd get_fd(struct steps_call *call, const char *key,
			      bool take)
{
	const char *name = steps_text(call, key);
	struct steps *steps = call->steps;
	struct steps_fd fd = { .fd = -1 };
	struct file *file;

	mutex_lock(&steps->lock);
	file = find_file(steps, name);
	if (file) {
		fd = file->fd;
		if (take)
			list_remove(&file->node);
	}
	mutex_unlock(&steps->lock);
	if (!file)
		steps_bad(call, "there is no descriptor '%s'", name);
	else if (take)
		free(file);
	return fd;
}

struct steps_fd steps_fd(struct steps_call *call, const char *key)
{
	return get_fd(call, key, false);
}

struct steps_fd steps_take_fd(struct steps_call *call, const char *key)
{
	return get_fd(call, key, true);
}

/* A name that is not too long; also "p.r" and "p.w" must fit. */
static const char *new_name(struct steps_call *call, const char *key)
{
	const char *name = steps_text(call, key);

	if (strlen(name) >= STEPS_NAME_MAX - 2)
		steps_bad(call, "%s= is longer than %d bytes", key,
			  STEPS_NAME_MAX - 3);
	return name;
}

bool steps_fd_exists(struct steps *steps, const char *name)
{
	bool exists;

	mutex_lock(&steps->lock);
	exists = find_file(steps, name);
	mutex_unlock(&steps->lock);
	return exists;
}

const char *steps_new_fd(struct steps_call *call, const char *key)
{
	const char *name = new_name(call, key);

	if (steps_fd_exists(call->steps, name))
		steps_bad(call, "descriptor '%s' is open already", name);
	return name;
}

int steps_add_fd(struct steps *steps, const char *name, uint16_t file, int fd,
		 bool nonblock)
{
	struct file *entry = calloc(1, sizeof(*entry));
	bool taken;

	if (!entry)
		return -ENOMEM;
	strncpy(entry->name, name, sizeof(entry->name) - 1);
	entry->fd = (struct steps_fd){ fd, file, nonblock };
	mutex_lock(&steps->lock);
	taken = find_file(steps, name);
	if (!taken)
		list_append(&steps->files, &entry->node);
	mutex_unlock(&steps->lock);
	if (!taken)
		return 0;
	free(entry);
	return -EEXIST;
}

/* ------------------------------------------------------------------- memory */

/* The whole memory; @take: forget it, too. */
static struct steps_mem get_mem(struct steps_call *call, const char *name,
				bool take)
{
	struct steps *steps = call->steps;
	struct steps_mem found = { 0 };
	struct mem *mem;

	mutex_lock(&steps->lock);
	mem = find_mem(steps, name);
	if (mem) {
		found = mem->mem;
		if (take)
			list_remove(&mem->node);
	}
	mutex_unlock(&steps->lock);
	if (!mem)
		steps_bad(call, "there is no memory '%s'", name);
	else if (take)
		free(mem);
	return found;
}

struct steps_mem steps_take_mem(struct steps_call *call, const char *key)
{
	return get_mem(call, steps_text(call, key), true);
}

struct steps_mem steps_mem_named(struct steps_call *call, const char *name,
				 uint64_t at, uint64_t len)
{
	struct steps_mem mem = get_mem(call, name, false);

	if (at > mem.len || len > mem.len - at) {
		steps_bad(call, "%llu bytes at %llu are not inside of '%s'",
			  (unsigned long long)len, (unsigned long long)at, name);
		return (struct steps_mem){ 0 };
	}
	mem.addr += at;
	mem.off += at;
	mem.len = (size_t)len;
	return mem;
}

struct steps_mem steps_mem_rest(struct steps_call *call, const char *key,
				uint64_t at)
{
	const char *name = steps_text(call, key);
	const struct mem *mem;
	size_t len = 0;

	mutex_lock(&call->steps->lock);
	mem = find_mem(call->steps, name);
	if (mem)
		len = mem->mem.len;
	mutex_unlock(&call->steps->lock);
	return steps_mem(call, key, at, len - MIN(at, (uint64_t)len));
}

struct steps_mem steps_mem(struct steps_call *call, const char *key,
			   uint64_t at, uint64_t len)
{
	return steps_mem_named(call, steps_text(call, key), at, len);
}

const char *steps_new_mem(struct steps_call *call, const char *key)
{
	const char *name = new_name(call, key);
	bool taken;

	mutex_lock(&call->steps->lock);
	taken = find_mem(call->steps, name);
	mutex_unlock(&call->steps->lock);
	if (taken)
		steps_bad(call, "memory '%s' is mapped already", name);
	return name;
}

int steps_add_mem(struct steps *steps, const char *name, uint16_t file,
		  void *addr, size_t len, uint64_t off)
{
	struct mem *entry = calloc(1, sizeof(*entry));
	bool taken;

	if (!entry)
		return -ENOMEM;
	strncpy(entry->name, name, sizeof(entry->name) - 1);
	entry->mem = (struct steps_mem){ addr, len, off, file };
	mutex_lock(&steps->lock);
	taken = find_mem(steps, name);
	if (!taken)
		list_append(&steps->mems, &entry->node);
	mutex_unlock(&steps->lock);
	if (!taken)
		return 0;
	free(entry);
	return -EEXIST;
}

long steps_name_mem(struct steps_call *call, const char *name, uint16_t file,
		    void *addr, size_t len, uint64_t off)
{
	int err = steps_add_mem(call->steps, name, file, addr, len, off);

	if (err)
		munmap(addr, len);
	return err;
}

/* -------------------------------------------------------------------- paths */

static struct path *find_path(struct steps *steps, uint16_t file)
	REQUIRES(steps->lock)
{
	list_for_each(node, &steps->paths) {
		struct path *path = list_entry(node, struct path, node);

		if (path->file == file)
			return path;
	}
	return NULL;
}

uint16_t steps_path(struct steps *steps, const char *path)
{
	uint16_t file = content_file(path);
	size_t size = strlen(path) + 1;
	struct path *entry = malloc(sizeof(*entry) + size);

	/* Without memory the path stays a number: nothing else is lost. */
	if (!entry)
		return file;
	entry->file = file;
	memcpy(entry->text, path, size);
	mutex_lock(&steps->lock);
	if (!find_path(steps, file)) {
		list_append(&steps->paths, &entry->node);
		entry = NULL;
	}
	mutex_unlock(&steps->lock);
	free(entry);
	return file;
}

const char *steps_path_of(struct steps *steps, uint16_t file)
{
	struct path *path;

	mutex_lock(&steps->lock);
	path = find_path(steps, file);
	mutex_unlock(&steps->lock);
	return path ? path->text : NULL;
}

/* ---------------------------------------------------------------------- end */

void steps_drop_objects(struct steps *steps)
{
	list_for_each_safe(node, &steps->files) {
		struct file *file = list_entry(node, struct file, node);

		close(file->fd.fd);
		free(file);
	}
	list_for_each_safe(node, &steps->mems) {
		struct mem *mem = list_entry(node, struct mem, node);

		munmap(mem->mem.addr, mem->mem.len);
		free(mem);
	}
	list_for_each_safe(node, &steps->paths)
		free(list_entry(node, struct path, node));
}
