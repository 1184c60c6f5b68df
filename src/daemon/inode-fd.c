/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors of inodes: borrowed O_PATH ones, and new ones of the file itself.
 *
 * In handle mode a bounded cache keeps the O_PATH descriptors used last, one an
 * inode. A slot that is borrowed is pinned; when all are, the borrower gets a
 * descriptor of its own, closed when it is put. The owner of a borrowed
 * descriptor says which it is: a slot, the table (the inode's own, which stays
 * as long as the inode), or NULL (the borrower's).
 *
 * A file that has been unlinked and is still open may not be found by its
 * handle (ESTALE, depends on the filesystem). Then one of its open files stands
 * in: a duplicate, made under the lock, so that a RELEASE cannot close it under
 * the borrower. dup(2) does not block.
 */
#include "daemon/inode-table.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/handle.h"

/* ---- open files ---- */

void inode_add_handle(struct inode_table *table, struct handle *handle)
{
	mutex_lock(&table->lock);
	list_append(&handle->inode->handles, &handle->siblings);
	mutex_unlock(&table->lock);
}

bool inode_remove_handle(struct inode_table *table, struct handle *handle)
{
	bool last;

	mutex_lock(&table->lock);
	list_remove(&handle->siblings);
	last = list_empty(&handle->inode->handles);
	mutex_unlock(&table->lock);
	return last;
}

bool inode_is_writable(struct inode_table *table, struct inode *inode)
{
	bool writable = false;

	mutex_lock(&table->lock);
	list_for_each(pos, &inode->handles)
		writable |= list_entry(pos, struct handle, siblings)->writable;
	mutex_unlock(&table->lock);
	return writable;
}

static int dup_of_open_file(struct inode_table *table, struct inode *inode)
{
	int fd = -ESTALE;

	mutex_lock(&table->lock);
	if (!list_empty(&inode->handles)) {
		struct handle *handle = list_entry(inode->handles.next,
						   struct handle, siblings);

		fd = fcntl(handle->fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			fd = -errno;
	}
	mutex_unlock(&table->lock);
	return fd;
}

/* ---- the cache ---- */

static void pin_locked(struct inode_table *table, struct inode_slot *slot)
	REQUIRES(table->lock)
{
	slot->pins++;
	list_remove(&slot->lru);
	list_append(&table->lru, &slot->lru);
}

/* A slot to use: a new one, the one least recently used, or NULL. */
static struct inode_slot *find_slot_locked(struct inode_table *table)
	REQUIRES(table->lock)
{
	if (table->nslots < table->max_slots) {
		struct inode_slot *slot = calloc(1, sizeof(*slot));

		if (!slot)
			return NULL;
		slot->fd = -1;
		list_append(&table->lru, &slot->lru);
		table->nslots++;
		return slot;
	}
	list_for_each(pos, &table->lru) {
		struct inode_slot *slot = list_entry(pos, struct inode_slot,
						     lru);

		if (!slot->pins)
			return slot;
	}
	return NULL;
}

/*
 * The inode's slot, holding @fd if it had none; @fd becomes the descriptor to
 * close, or -1. NULL when all slots are in use.
 */
static struct inode_slot *fill_slot_locked(struct inode_table *table,
					   struct inode *inode, int *fd)
	REQUIRES(table->lock)
{
	struct inode_slot *slot = inode->slot;
	int old_fd;

	if (slot)
		return slot;
	slot = find_slot_locked(table);
	if (!slot)
		return NULL;
	if (slot->inode)
		slot->inode->slot = NULL;
	old_fd = slot->fd;
	slot->fd = *fd;
	slot->inode = inode;
	inode->slot = slot;
	*fd = old_fd;
	return slot;
}

void inode_slot_keep(struct inode_table *table, struct inode *inode, int *fd)
{
	mutex_lock(&table->lock);
	fill_slot_locked(table, inode, fd);
	mutex_unlock(&table->lock);
}

static int free_slot_locked(struct inode_table *table, struct inode_slot *slot)
	REQUIRES(table->lock)
{
	int fd = slot->fd;

	list_remove(&slot->lru);
	table->nslots--;
	free(slot);
	return fd;
}

int inode_slot_drop_locked(struct inode_table *table, struct inode *inode)
{
	struct inode_slot *slot = inode->slot;

	if (!slot)
		return -1;
	inode->slot = NULL;
	slot->inode = NULL;
	return slot->pins ? -1 : free_slot_locked(table, slot);
}

void inode_slots_destroy(struct inode_table *table) NO_THREAD_SAFETY
{
	list_for_each_safe(pos, &table->lru)
		close(free_slot_locked(table, list_entry(
			pos, struct inode_slot, lru)));
}

/* ---- borrowing ---- */

static bool borrow_cached(struct inode_table *table, struct inode *inode,
			  struct inode_fd *fd_ret)
{
	struct inode_slot *slot;

	mutex_lock(&table->lock);
	slot = inode->slot;
	if (slot) {
		pin_locked(table, slot);
		*fd_ret = (struct inode_fd){ .fd = slot->fd, .owner = slot };
	}
	mutex_unlock(&table->lock);
	return slot;
}

/* Borrow a descriptor just opened, by way of the cache if it has room. */
static void borrow_new(struct inode_table *table, struct inode *inode, int fd,
		       struct inode_fd *fd_ret)
{
	struct inode_slot *slot;

	mutex_lock(&table->lock);
	slot = fill_slot_locked(table, inode, &fd);
	if (slot) {
		pin_locked(table, slot);
		*fd_ret = (struct inode_fd){ .fd = slot->fd, .owner = slot };
	}
	mutex_unlock(&table->lock);
	if (!slot)
		*fd_ret = (struct inode_fd){ .fd = fd };
	else if (fd >= 0)
		close(fd);
}

int inode_fd_get(struct inode_table *table, struct inode *inode,
		 struct inode_fd *fd_ret)
{
	int fd;

	if (inode->fd >= 0) {
		*fd_ret = (struct inode_fd){ .fd = inode->fd, .owner = table };
		return 0;
	}
	if (borrow_cached(table, inode, fd_ret))
		return 0;
	fd = open_by_handle_at(table->mount_fd, &inode->handle,
			       O_PATH | O_CLOEXEC);
	if (fd >= 0) {
		borrow_new(table, inode, fd, fd_ret);
		return 0;
	}
	if (errno != ESTALE)
		return -errno;
	fd = dup_of_open_file(table, inode);
	if (fd < 0)
		return fd;
	*fd_ret = (struct inode_fd){ .fd = fd };
	return 0;
}

void inode_fd_put(struct inode_table *table, struct inode_fd *fd)
{
	int close_fd = -1;

	if (!fd->owner) {
		close_fd = fd->fd;
	} else if (fd->owner != table) {
		struct inode_slot *slot = fd->owner;

		mutex_lock(&table->lock);
		if (--slot->pins == 0 && !slot->inode)
			close_fd = free_slot_locked(table, slot);
		mutex_unlock(&table->lock);
	}
	if (close_fd >= 0)
		close(close_fd);
	*fd = (struct inode_fd){ .fd = -1, .owner = table };
}

/* ---- the file itself ---- */

static int open_stale(struct inode_table *table, struct inode *inode, int flags)
{
	int fd = dup_of_open_file(table, inode);
	int ret;

	if (fd < 0)
		return fd;
	ret = inode_reopen(fd, flags);
	close(fd);
	return ret;
}

int inode_open(struct inode_table *table, struct inode *inode, int flags)
{
	int fd;

	if (S_ISLNK(inode->type))
		return -ELOOP;
	if (!S_ISREG(inode->type) && !S_ISDIR(inode->type))
		return -ENXIO;
	if (inode->fd >= 0)
		return inode_reopen(inode->fd, flags);
	fd = open_by_handle_at(table->mount_fd, &inode->handle,
			       flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0)
		return fd;
	return errno == ESTALE ? open_stale(table, inode, flags) : -errno;
}

int inode_getattr(struct inode_table *table, struct inode *inode, int fd,
		  struct stat *attr_ret)
{
	struct inode_fd borrowed = { .fd = fd, .owner = table };
	int err = fd < 0 ? inode_fd_get(table, inode, &borrowed) : 0;

	if (err)
		return err;
	if (fstatat(borrowed.fd, "", attr_ret, AT_EMPTY_PATH) < 0)
		err = -errno;
	else
		attr_ret->st_ino = inode->ino;
	inode_fd_put(table, &borrowed);
	return err;
}

int inode_last_attr(struct inode_table *table, struct inode *inode,
		    struct stat *attr_ret)
{
	int fd = inode->fd;
	int err;

	if (fd < 0 && inode->slot)
		fd = inode->slot->fd;
	if (fd >= 0)
		return fstatat(fd, "", attr_ret, AT_EMPTY_PATH) ? -errno : 0;
	fd = open_by_handle_at(table->mount_fd, &inode->handle,
			       O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fstatat(fd, "", attr_ret, AT_EMPTY_PATH) ? -errno : 0;
	close(fd);
	return err;
}
