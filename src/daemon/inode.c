/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of inodes: identities, lookup counts, construction and the end.
 *
 * A lookup opens the name (O_PATH), asks what the descriptor is of, and then
 * finds or makes the inode of that identity and counts, all under the lock: two
 * threads that look up one file end with one inode. An inode whose last lookup
 * is taken back stays while other inodes name it as their parent; a lookup
 * that comes then finds it as it was.
 */
#include "daemon/inode-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/log.h"
#include "daemon/handle.h"

enum {
	FUSE_ROOT = 1,		/* nodeid of the root: FUSE_ROOT_ID */
	MAX_SLOTS = 1024,	/* descriptors in the cache, at most */
	MIN_SLOTS = 16,
};

/* ---- what an inode says of itself ---- */

struct inode *inode_from_nodeid(struct inode_table *table, uint64_t nodeid)
{
	/* 0: a request about no file in particular. */
	if (nodeid <= FUSE_ROOT)
		return table->root;
	return (struct inode *)(uintptr_t)nodeid;
}

uint64_t inode_nodeid(const struct inode *inode)
{
	return (uint64_t)(uintptr_t)inode;
}

uint64_t inode_generation(const struct inode *inode)
{
	return inode->generation;
}

uint64_t inode_ino(const struct inode *inode)
{
	return inode->ino;
}

mode_t inode_type(const struct inode *inode)
{
	return inode->type;
}

struct expect_file *inode_expect(struct inode *inode)
{
	return &inode->expect;
}

struct store_file *inode_store(struct inode *inode)
{
	return &inode->store;
}

const char *inode_table_mode(const struct inode_table *table)
{
	return table->mount_fd >= 0 ? "handle" : "descriptor";
}

size_t inode_table_count(struct inode_table *table)
{
	size_t count;

	mutex_lock(&table->lock);
	count = table->nknown;
	mutex_unlock(&table->lock);
	return count;
}

/* ---- identities ---- */

static uint64_t hash_of(const struct inode_identity *id)
{
	uint64_t words[] = {
		id->attr.st_dev, id->attr.st_ino,
		digest_bytes(&id->handle, sizeof(id->handle) +
			     id->handle.handle_bytes),
	};

	return digest_bytes(words, sizeof(words));
}

static bool has_identity(const struct htab_node *node, const void *key)
{
	const struct inode *inode = container_of(node, struct inode,
						 by_identity);
	const struct inode_identity *id = key;

	return inode->source_ino == id->attr.st_ino &&
	       inode->dev == id->attr.st_dev &&
	       inode->handle.handle_type == id->handle.handle_type &&
	       inode->handle.handle_bytes == id->handle.handle_bytes &&
	       !memcmp(inode->handle.f_handle, id->handle.f_handle,
		       id->handle.handle_bytes);
}

static struct inode *new_inode(const struct inode_table *table,
			       const struct inode_identity *id)
{
	size_t handle_bytes = id->handle.handle_bytes;
	struct inode *inode = calloc(1, sizeof(*inode) + handle_bytes);

	if (!inode)
		return NULL;
	inode->dev = id->attr.st_dev;
	inode->source_ino = id->attr.st_ino;
	inode->ino = id->handle.handle_type < 0 ? id->attr.st_ino :	/* planted */
		inode_map_ino(table, inode->dev, inode->source_ino);
	inode->type = id->attr.st_mode & S_IFMT;
	inode->fd = -1;
	list_init(&inode->handles);
	store_file_init(&inode->store);
	inode->handle.handle_type = id->handle.handle_type;
	inode->handle.handle_bytes = id->handle.handle_bytes;
	memcpy(inode->handle.f_handle, id->handle.f_handle, handle_bytes);
	return inode;
}

static void free_inode(struct inode *inode)
{
	if (inode->fd >= 0)
		close(inode->fd);
	store_file_deinit(&inode->store);
	free(inode->name);
	free(inode);
}

/* ---- counting ---- */

static void insert_locked(struct inode_table *table, struct inode *inode,
			  uint64_t hash) REQUIRES(table->lock)
{
	inode->generation = table->next_generation++;
	htab_insert(&table->by_identity, &inode->by_identity, hash);
	htab_insert(&table->by_ino, &inode->by_ino, inode->ino);
}

static void count_locked(struct inode_table *table, struct inode *inode)
	REQUIRES(table->lock)
{
	if (inode->nlookup++ == 0)
		table->nknown++;
}

/* Does an inode need a descriptor of its own for as long as it lives? */
static bool keeps_descriptor(const struct inode_identity *id)
{
	return !id->handle.handle_bytes || id->handle.handle_type < 0;
}

int inode_count(struct inode_table *table, const struct inode_identity *id,
		struct inode *parent, const char *name, int *fd,
		struct inode **inode_ret)
{
	uint64_t hash = hash_of(id);
	struct inode *fresh = new_inode(table, id);
	struct inode *inode = fresh;
	struct htab_node *found;

	if (!fresh)
		return -ENOMEM;
	mutex_lock(&table->lock);
	found = htab_find(&table->by_identity, hash, has_identity, id);
	if (found) {
		inode = container_of(found, struct inode, by_identity);
	} else {
		insert_locked(table, inode, hash);
		if (keeps_descriptor(id))
			inode->fd = steal_fd(fd);
		fresh = NULL;
	}
	count_locked(table, inode);
	if (parent && name)
		inode_hint_locked(table, inode, parent, name);
	inode_unlock_collect(table);
	if (fresh)
		free_inode(fresh);
	if (inode->fd < 0)
		inode_slot_keep(table, inode, fd);
	*inode_ret = inode;
	return 0;
}

static bool is_hidden(const struct inode_table *table, const struct stat *attr)
{
	return table->hidden_ino && attr->st_ino == table->hidden_ino &&
	       attr->st_dev == table->hidden_dev;
}

/* Count a lookup of what @fd is of. */
static int lookup_fd(struct inode_table *table, struct inode *parent,
		     const char *name, int *fd, struct inode **inode_ret,
		     struct stat *attr_ret)
{
	struct inode_identity id;
	int err = inode_identify(table, *fd, &id);

	if (!err && is_hidden(table, &id.attr))
		err = -ENOENT;
	if (!err)
		err = inode_count(table, &id, parent, name, fd, inode_ret);
	if (err)
		return err;
	*attr_ret = id.attr;
	attr_ret->st_ino = (*inode_ret)->ino;
	return 0;
}

int inode_lookup(struct inode_table *table, struct inode *parent,
		 const char *name, struct inode **inode_ret,
		 struct stat *attr_ret)
{
	struct inode_fd dir;
	autoclose int fd = -1;
	int err;

	if (inode_plant_lookup(table, parent, name, inode_ret, attr_ret, &err))
		return err;
	err = inode_fd_get(table, parent, &dir);
	if (err)
		return err;
	fd = inode_open_name(dir.fd, name);
	inode_fd_put(table, &dir);
	if (fd < 0)
		return fd;
	return lookup_fd(table, parent, name, &fd, inode_ret, attr_ret);
}

int inode_adopt(struct inode_table *table, struct inode *parent,
		const char *name, int fd, struct inode **inode_ret,
		struct stat *attr_ret)
{
	/* As open(2) with O_PATH of what fd is of. */
	autoclose int path_fd = inode_open_path(fd);

	if (path_fd < 0)
		return path_fd;
	return lookup_fd(table, parent, name, &path_fd, inode_ret, attr_ret);
}

/* ---- by number ---- */

static bool has_ino(const struct htab_node *node, const void *key)
{
	const struct inode *inode = container_of(node, struct inode, by_ino);

	return inode->nlookup && inode->ino == *(const uint64_t *)key;
}

static bool has_ino_and_is_open(const struct htab_node *node, const void *key)
{
	return has_ino(node, key) &&
	       !list_empty(&container_of(node, struct inode, by_ino)->handles);
}

struct inode *inode_find(struct inode_table *table, uint64_t ino)
{
	struct inode *inode = NULL;
	struct htab_node *found;

	mutex_lock(&table->lock);
	found = htab_find(&table->by_ino, ino, has_ino_and_is_open, &ino);
	if (!found)
		found = htab_find(&table->by_ino, ino, has_ino, &ino);
	if (found) {
		inode = container_of(found, struct inode, by_ino);
		count_locked(table, inode);
	}
	mutex_unlock(&table->lock);
	return inode;
}

/* ---- the end of an inode ---- */

static bool is_needed(const struct inode *inode)
{
	return inode->nlookup || inode->nchildren;
}

void inode_release_locked(struct inode_table *table, struct inode *inode)
{
	struct inode *parent;

	while (inode && inode != table->root && !is_needed(inode)) {
		parent = inode_unhint_locked(table, inode);
		htab_remove(&table->by_identity, &inode->by_identity);
		htab_remove(&table->by_ino, &inode->by_ino);
		if (table->plant.inode == inode)
			table->plant.inode = NULL;
		if (inode->slot)
			inode->fd = inode_slot_drop_locked(table, inode);
		inode->parent = table->garbage;
		table->garbage = inode;
		inode = parent;
	}
}

void inode_unlock_collect(struct inode_table *table)
{
	struct inode *inode = steal_ptr(table->garbage);

	mutex_unlock(&table->lock);
	while (inode) {
		struct inode *next = inode->parent;

		if (table->at_end)
			table->at_end(table->at_end_context, inode);
		free_inode(inode);
		inode = next;
	}
}

bool inode_forget(struct inode_table *table, struct inode *inode,
		  uint64_t nlookup)
{
	bool last;

	if (inode == table->root)
		return false;
	mutex_lock(&table->lock);
	assert(inode->nlookup >= nlookup);
	inode->nlookup -= nlookup;
	last = nlookup && !inode->nlookup;
	if (last)
		table->nknown--;
	inode_release_locked(table, inode);
	inode_unlock_collect(table);
	return last;
}

/* ---- the table ---- */

static size_t cache_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return MIN_SLOTS;
	return MAX(MIN(limit.rlim_cur / 16, MAX_SLOTS), MIN_SLOTS);
}

static int create_root(struct inode_table *table, int *root_fd)
{
	struct inode_identity id;
	int err = inode_identify(table, *root_fd, &id);

	if (err)
		return err;
	mutex_lock(&table->lock);
	table->root = new_inode(table, &id);
	if (table->root) {
		table->root->fd = steal_fd(root_fd);
		insert_locked(table, table->root, hash_of(&id));
		count_locked(table, table->root);
	} else {
		err = -ENOMEM;
	}
	mutex_unlock(&table->lock);
	return err;
}

static int init_table(struct inode_table *table, int source_fd)
{
	autoclose int root_fd = -1;
	int err = htab_init(&table->by_identity);

	if (!err)
		err = htab_init(&table->by_name);
	if (!err)
		err = htab_init(&table->by_ino);
	if (!err)
		err = inode_source_open(table, source_fd, &root_fd);
	return err ? err : create_root(table, &root_fd);
}

int inode_table_create(int source_fd, const struct stat *hidden,
		       struct inode_table **table_ret)
{
	struct inode_table *table = calloc(1, sizeof(*table));
	int err;

	if (!table)
		return -ENOMEM;
	mutex_init(&table->lock);
	list_init(&table->lru);
	table->mount_fd = -1;
	table->plant.fd = -1;
	table->max_slots = cache_limit();
	table->hidden_dev = hidden->st_dev;
	table->hidden_ino = hidden->st_ino;
	err = init_table(table, source_fd);
	if (err) {
		log_err("cannot prepare SOURCE: %s", strerror(-err));
		inode_table_destroy(table);
		return err;
	}
	log_debug("inodes by %s, %zu descriptors in the cache",
		  inode_table_mode(table), table->max_slots);
	*table_ret = table;
	return 0;
}

/* An aborted connection releases nothing: what is open ends with its inode. */
static void destroy_inodes(struct inode_table *table)
{
	struct htab_node *next;

	if (!table->by_identity.buckets)
		return;
	for (struct htab_node *node = htab_next(&table->by_identity, NULL);
	     node; node = next) {
		struct inode *inode = container_of(node, struct inode,
						   by_identity);

		next = htab_next(&table->by_identity, node);
		list_for_each_safe(pos, &inode->handles)
			handle_destroy(list_entry(pos, struct handle,
						  siblings));
		free_inode(inode);
	}
}

void inode_table_at_end(struct inode_table *table, inode_fn *fn, void *context)
{
	table->at_end = fn;
	table->at_end_context = context;
}

void inode_for_each(struct inode_table *table, inode_fn *fn, void *context)
	NO_THREAD_SAFETY
{
	for (struct htab_node *node = htab_next(&table->by_identity, NULL);
	     node; node = htab_next(&table->by_identity, node))
		fn(context, container_of(node, struct inode, by_identity));
}

void inode_table_destroy(struct inode_table *table)
{
	if (!table)
		return;
	if (inode_plant(table, NULL, -1))
		log_debug("nothing was planted");
	inode_slots_destroy(table);
	destroy_inodes(table);
	htab_deinit(&table->by_identity);
	htab_deinit(&table->by_name);
	htab_deinit(&table->by_ino);
	if (table->mount_fd >= 0)
		close(table->mount_fd);
	mutex_deinit(&table->lock);
	free(table);
}
