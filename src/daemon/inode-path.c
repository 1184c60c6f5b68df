/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hints: under which name in which directory an inode was last found. They
 * serve reports and gates, never access. A hint counts its parent (nchildren),
 * so that the way up stays whole when the kernel forgets the directory first. A
 * name in a directory is the hint of one inode at most; a second table finds
 * it, for renames.
 */
#include "daemon/inode-table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/digest.h"

/* Deeper than a path can be: hints that went in circles would end here. */
enum { MAX_DEPTH = 4096 };

struct name_key {
	const struct inode *parent;
	const char *name;
};

static uint64_t hash_of(const struct name_key *key)
{
	return digest_bytes(key->name, strlen(key->name)) ^
	       (uint64_t)(uintptr_t)key->parent;
}

static bool has_name(const struct htab_node *node, const void *key_ptr)
{
	const struct inode *inode = container_of(node, struct inode, by_name);
	const struct name_key *key = key_ptr;

	return inode->parent == key->parent && !strcmp(inode->name, key->name);
}

static struct inode *find_locked(struct inode_table *table,
				 const struct inode *parent, const char *name)
	REQUIRES(table->lock)
{
	struct name_key key = { parent, name };
	struct htab_node *node = htab_find(&table->by_name, hash_of(&key),
					   has_name, &key);

	return node ? container_of(node, struct inode, by_name) : NULL;
}

struct inode *inode_unhint_locked(struct inode_table *table,
				  struct inode *inode)
{
	struct inode *parent = inode->parent;

	if (!parent)
		return NULL;
	htab_remove(&table->by_name, &inode->by_name);
	free(inode->name);
	inode->name = NULL;
	inode->parent = NULL;
	parent->nchildren--;
	return parent;
}

static void drop_hint_locked(struct inode_table *table, struct inode *inode)
	REQUIRES(table->lock)
{
	if (inode)
		inode_release_locked(table, inode_unhint_locked(table, inode));
}

void inode_hint_locked(struct inode_table *table, struct inode *inode,
		       struct inode *parent, const char *name)
{
	struct name_key key = { parent, name };
	struct inode *holder = find_locked(table, parent, name);
	char *copy;

	if (holder == inode || inode == table->root)
		return;
	copy = strdup(name);
	parent->nchildren++;
	drop_hint_locked(table, holder);
	drop_hint_locked(table, inode);
	if (!copy) {
		parent->nchildren--;
		return;
	}
	inode->parent = parent;
	inode->name = copy;
	htab_insert(&table->by_name, &inode->by_name, hash_of(&key));
}

void inode_renamed(struct inode_table *table, struct inode *old_parent,
		   const char *old_name, struct inode *new_parent,
		   const char *new_name, bool exchange)
{
	struct inode *moved;
	struct inode *other;

	mutex_lock(&table->lock);
	moved = find_locked(table, old_parent, old_name);
	other = find_locked(table, new_parent, new_name);
	if (moved != other) {
		drop_hint_locked(table, other);
		if (moved)
			inode_hint_locked(table, moved, new_parent, new_name);
		if (exchange && other)
			inode_hint_locked(table, other, old_parent, old_name);
	}
	inode_unlock_collect(table);
}

void inode_unlinked(struct inode_table *table, struct inode *parent,
		    const char *name)
{
	mutex_lock(&table->lock);
	drop_hint_locked(table, find_locked(table, parent, name));
	inode_unlock_collect(table);
}

/* ---- paths ---- */

/* Put a string before what is there; what does not fit is cut off. */
static void prepend(char *buf, size_t size, size_t *pos, const char *text)
{
	size_t len = strlen(text);

	*pos -= len;
	for (size_t i = 0; i < len && *pos + i < size - 1; i++)
		buf[*pos + i] = text[i];
}

static void path_locked(struct inode_table *table, const struct inode *inode,
			const char *name, char *buf, size_t size)
	REQUIRES(table->lock)
{
	size_t len = name ? 1 + strlen(name) : 0;
	const struct inode *top = inode;
	char start[32] = "";
	int depth = 0;

	for (; top->parent && depth < MAX_DEPTH; depth++) {
		len += 1 + strlen(top->name);
		top = top->parent;
	}
	if (top != table->root)
		snprintf(start, sizeof(start), "(ino %llu)",
			 (unsigned long long)top->ino);
	len += strlen(start);
	buf[MIN(len, size - 1)] = '\0';
	if (name) {
		prepend(buf, size, &len, name);
		prepend(buf, size, &len, "/");
	}
	for (; depth > 0; depth--, inode = inode->parent) {
		prepend(buf, size, &len, inode->name);
		prepend(buf, size, &len, "/");
	}
	prepend(buf, size, &len, start);
}

void inode_path(struct inode_table *table, struct inode *inode,
		const char *name, char *buf, size_t size)
{
	if (!name && inode == table->root) {
		snprintf(buf, size, "/");
		return;
	}
	mutex_lock(&table->lock);
	path_locked(table, inode, name, buf, size);
	mutex_unlock(&table->lock);
}

/* ---- the state directory ---- */

bool inode_is_hidden(struct inode_table *table, uint64_t ino)
{
	return table->hidden_ino && ino == table->hidden_ino;
}

bool inode_name_is_hidden(struct inode_table *table, struct inode *parent,
			  const char *name)
{
	struct inode_fd dir;
	struct stat attr;
	bool hidden;

	if (!table->hidden_ino || inode_fd_get(table, parent, &dir))
		return false;
	hidden = !fstatat(dir.fd, name, &attr, AT_SYMLINK_NOFOLLOW) &&
		 attr.st_ino == table->hidden_ino &&
		 attr.st_dev == table->hidden_dev;
	inode_fd_put(table, &dir);
	return hidden;
}
