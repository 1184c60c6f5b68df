/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes: what the kernel's nodeids stand for. A nodeid is the address of a
 * struct inode (the root's is FUSE_ROOT_ID); it lives as long as the kernel
 * counts lookups on it, so every request's nodeid is valid until its reply.
 *
 * An inode has no descriptor of its own where SOURCE has file handles
 * (name_to_handle_at): descriptors come from a bounded cache and are borrowed
 * for the length of an operation. Where it has none, or we may not open by
 * handle, each inode keeps an O_PATH descriptor. Symbolic links of SOURCE are
 * never followed.
 *
 * Name and parent are hints for reports and gates, from the last lookup.
 */
#ifndef PIN_INODE_H
#define PIN_INODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/compiler.h"
#include "common/mutex.h"

struct fs;
struct handle;
struct expect_file;
struct inode;
struct inode_table;
struct store_file;

/**
 * inode_table_create() - table with the root inode
 * @source_fd: O_PATH descriptor of SOURCE; stays the caller's
 * @hidden:    the state directory, which lookups must not find; st_ino 0 for none
 *
 * Return: 0 or -errno.
 */
int inode_table_create(int source_fd, const struct stat *hidden,
		       struct inode_table **table_ret) MUST_CHECK;
void inode_table_destroy(struct inode_table *table);
/* Whether inodes are found by file handle ("handle") or O_PATH ("descriptor"). */
const char *inode_table_mode(const struct inode_table *table);
/* Inodes now known to the kernel. */
size_t inode_table_count(struct inode_table *table);

/* The inode of a nodeid; the root's for FUSE_ROOT_ID and 0. Never NULL. */
struct inode *inode_from_nodeid(struct inode_table *table, uint64_t nodeid);
uint64_t inode_nodeid(const struct inode *inode);
/* With the nodeid, unique for the life of the table. */
uint64_t inode_generation(const struct inode *inode);
/*
 * What users see as st_ino: that of SOURCE; with other upper bits in a subvolume
 * of btrfs, because these number their files alike and users see one st_dev.
 */
uint64_t inode_ino(const struct inode *inode);
/* As inode_ino(), for a d_ino that was read from @dir. */
uint64_t inode_entry_ino(const struct inode_table *table,
			 const struct inode *dir, uint64_t d_ino);
/* File type bits (S_IFMT). */
mode_t inode_type(const struct inode *inode);
/* Whether WRITEs of its pages can come; expect.c's. */
struct expect_file *inode_expect(struct inode *inode);
/* Its bytes and their checksums; store.c's. */
struct store_file *inode_store(struct inode *inode);

typedef void inode_fn(void *context, struct inode *inode);
/**
 * inode_table_at_end() - call this for each inode that goes
 * It is not in the table any more; inode_last_attr() still works. Not for those
 * that are left when the table is destroyed. Before any inode is looked up.
 */
void inode_table_at_end(struct inode_table *table, inode_fn *fn, void *context);
/* Call @fn for every inode. Context: no worker is at work. */
void inode_for_each(struct inode_table *table, inode_fn *fn, void *context);
/* Attributes of an inode that goes. Return: 0; -ESTALE: its file is gone; -errno. */
int inode_last_attr(struct inode_table *table, struct inode *inode,
		    struct stat *attr_ret) MUST_CHECK;

/**
 * inode_lookup() - find or make the inode of a name, and count one lookup
 * @name:      one component, not "." or ".."
 * @inode_ret: valid until inode_forget() takes the lookup back
 * @attr_ret:  its attributes
 *
 * Context: blocks. Return: 0 or -errno; -ENOENT also for the state directory
 * and for what lies on another filesystem than SOURCE (submounts show as the
 * directory beneath them).
 */
int inode_lookup(struct inode_table *table, struct inode *parent,
		 const char *name, struct inode **inode_ret,
		 struct stat *attr_ret) MUST_CHECK;
/**
 * inode_adopt() - as inode_lookup(), for a descriptor of a file just made
 * @fd: any descriptor of the file; stays the caller's
 * @name: NULL for a file without a name (O_TMPFILE)
 */
int inode_adopt(struct inode_table *table, struct inode *parent,
		const char *name, int fd, struct inode **inode_ret,
		struct stat *attr_ret) MUST_CHECK;
/**
 * inode_plant() - put a descriptor under a root name that readdir never shows
 * Used by the planted change at mount (probe.c): one at a time. @fd is dup'ed.
 * A name of NULL takes it away again.
 */
int inode_plant(struct inode_table *table, const char *name, int fd) MUST_CHECK;
/* Is this the inode of something planted (now or before)? */
bool inode_is_planted(const struct inode *inode);
/* The inode planted last, NULL when the kernel does not know it. */
struct inode *inode_planted(struct inode_table *table);
/**
 * inode_find() - the inode of a number that users see, and count one lookup
 * While a file that is gone from SOURCE is still known, another may have its
 * number: then one that is open is found.
 *
 * Return: the inode, valid until inode_forget(); NULL when the kernel knows none.
 */
struct inode *inode_find(struct inode_table *table, uint64_t ino) MUST_CHECK;
/**
 * inode_forget() - take back @nlookup lookups; the inode may be gone afterwards
 * Return: whether they were the last: nobody knows the inode any more.
 */
bool inode_forget(struct inode_table *table, struct inode *inode,
		  uint64_t nlookup);

/* A borrowed descriptor. */
struct inode_fd {
	int fd;
	void *owner;		/* cache entry or open file; inode.c's business */
};

/**
 * inode_fd_get() - borrow an O_PATH descriptor (for *at() calls, fstatat with
 * AT_EMPTY_PATH, /proc/self/fd/N); inode_fd_put() as soon as done
 * Return: 0 or -errno (-ESTALE: the file is gone from SOURCE).
 */
int inode_fd_get(struct inode_table *table, struct inode *inode,
		 struct inode_fd *fd_ret) MUST_CHECK;
void inode_fd_put(struct inode_table *table, struct inode_fd *fd);
/**
 * inode_open() - a new descriptor of the file itself, the caller's
 * @flags: open(2) flags without O_CREAT; O_NOFOLLOW is implied. Only regular
 *         files and directories: -ELOOP for symbolic links, -ENXIO for others.
 */
int inode_open(struct inode_table *table, struct inode *inode, int flags)
	MUST_CHECK;

/**
 * inode_getattr() - attributes as users see them
 * @fd: a descriptor of the file (of an open handle), or -1 to borrow one
 */
int inode_getattr(struct inode_table *table, struct inode *inode, int fd,
		  struct stat *attr_ret) MUST_CHECK;

/* From OPEN to RELEASE the inode knows its open files; both take the lock. */
void inode_add_handle(struct inode_table *table, struct handle *handle);
/* Return: was it the last one? */
bool inode_remove_handle(struct inode_table *table, struct handle *handle);
/* Has somebody opened the file for writing? */
bool inode_is_writable(struct inode_table *table, struct inode *inode);

/* Is @name in @parent the state directory (invisible, untouchable)? */
bool inode_name_is_hidden(struct inode_table *table, struct inode *parent,
			  const char *name);
/* Is this st_ino (seen in a directory of the root's filesystem) hidden? */
bool inode_is_hidden(struct inode_table *table, uint64_t ino);

/**
 * inode_path() - path below the mount point, "/" for the root, from the hints
 * @name: a last component to add (lookup, create, ...), or NULL
 * @buf:  result, cut to fit, always NUL-terminated; a file without a known name
 *        is "(ino N)"
 *
 * Context: any; takes the table's lock.
 */
void inode_path(struct inode_table *table, struct inode *inode,
		const char *name, char *buf, size_t size);
/* The hints follow a rename or an unlink done in SOURCE. */
void inode_renamed(struct inode_table *table, struct inode *old_parent,
		   const char *old_name, struct inode *new_parent,
		   const char *new_name, bool exchange);
void inode_unlinked(struct inode_table *table, struct inode *parent,
		    const char *name);

#endif
