/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the inode*.c files share; nobody else includes this.
 *
 * One lock covers the table: both hash tables, the counts, the hints, the
 * cache of descriptors and the lists of open files. It is never held across a
 * system call that can block; what has to be opened or closed is opened before
 * and closed after.
 *
 * An inode lives while the kernel counts lookups on it or another inode names
 * it as its parent. It stays in the table all that time, so that a lookup finds
 * it again.
 */
#ifndef PIN_INODE_TABLE_H
#define PIN_INODE_TABLE_H

#include <fcntl.h>

#include "common/htab.h"
#include "common/list.h"
#include "daemon/expect.h"
#include "daemon/inode.h"
#include "daemon/store.h"

/* A descriptor in the cache. */
struct inode_slot {
	struct list lru;	/* in table->lru */
	struct inode *inode;	/* NULL: forgotten while borrowed */
	int fd;			/* O_PATH */
	unsigned int pins;	/* borrowers */
};

/*
 * What a file is, whatever its name: where SOURCE lies (st_dev: btrfs gives
 * each subvolume one of its own), st_ino, and its handle, which also tells a
 * file from a later one with the same number. Where there is no handle (0
 * bytes) the inode's descriptor keeps the number from being used again.
 */
struct inode_identity {
	struct stat attr;
	union {
		struct file_handle handle;
		unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	};
};

struct inode {
	/* Set once. */
	uint64_t generation;
	uint64_t ino;		/* what users see */
	dev_t dev;		/* st_dev and st_ino in SOURCE */
	ino_t source_ino;
	mode_t type;
	int fd;			/* root, planted, without a handle; else -1; also
				 * taken over by the last release */
	struct expect_file expect;	/* expect.c's */
	struct store_file store;	/* store.c's */

	/* Guarded by the table's lock. */
	struct htab_node by_identity;
	struct htab_node by_ino;
	uint64_t nlookup;	/* lookups that the kernel will take back */
	uint64_t nchildren;	/* inodes whose parent hint this is */
	struct inode_slot *slot;	/* NULL: not in the cache */
	struct list handles;	/* open files, struct handle.siblings */
	struct htab_node by_name;
	struct inode *parent;	/* NULL: no hint */
	char *name;		/* with parent */

	struct file_handle handle;	/* its bytes follow */
};

/* The hidden file of inode_plant(). */
struct inode_plant {
	char *name;		/* NULL: nothing is planted */
	int fd;
	uint64_t number;	/* makes its identity its own */
	struct inode *inode;	/* that of the last plant, if the kernel knows it */
};

struct inode_table {
	/* Set once. */
	struct inode *root;
	int mount_fd;		/* for open_by_handle_at(); -1: descriptor mode */
	bool btrfs;
	dev_t hidden_dev;	/* the state directory; hidden_ino 0: none */
	ino_t hidden_ino;
	size_t max_slots;	/* limit of the cache */
	inode_fn *at_end;	/* called for each inode that goes */
	void *at_end_context;

	struct mutex lock;
	struct htab by_identity GUARDED_BY(lock);
	struct htab by_name GUARDED_BY(lock);
	struct htab by_ino GUARDED_BY(lock);	/* as users see it */
	struct list lru GUARDED_BY(lock);	/* least recently used first */
	size_t nslots GUARDED_BY(lock);
	size_t nknown GUARDED_BY(lock);		/* inodes with lookups */
	uint64_t next_generation GUARDED_BY(lock);
	struct inode *garbage GUARDED_BY(lock);	/* by parent; to be freed */
	struct inode_plant plant GUARDED_BY(lock);
};

/* ---- inode.c ---- */

/* st_ino and st_dev of SOURCE to what users see. */
uint64_t inode_map_ino(const struct inode_table *table, dev_t dev, ino_t ino);
/**
 * inode_count() - count a lookup on the inode of an identity, made if need be
 * @parent: hint, NULL for none
 * @fd:     O_PATH descriptor of the file; taken over (set to -1) when it is
 *          of use, else the caller's
 */
int inode_count(struct inode_table *table, const struct inode_identity *id,
		struct inode *parent, const char *name, int *fd,
		struct inode **inode_ret) MUST_CHECK EXCLUDES(table->lock);
/* Move an inode that nobody needs, and parents that only it did, to garbage. */
void inode_release_locked(struct inode_table *table, struct inode *inode)
	REQUIRES(table->lock);
/* Unlock, then free the garbage: whoever has dropped a hint or a count. */
void inode_unlock_collect(struct inode_table *table) RELEASES(table->lock);

/* ---- inode-source.c ---- */

/* Open SOURCE and find out whether handles work: root descriptor, mount_fd. */
int inode_source_open(struct inode_table *table, int source_fd,
		      int *root_fd_ret) MUST_CHECK;
/* What a descriptor is of. */
int inode_identify(const struct inode_table *table, int fd,
		   struct inode_identity *id_ret) MUST_CHECK;
/* An O_PATH descriptor of a name, which is not followed nor crossed. */
int inode_open_name(int dir_fd, const char *name) MUST_CHECK;
/* A new open(2) of what a descriptor is of; symbolic links excepted. */
int inode_reopen(int fd, int flags) MUST_CHECK;
/* An O_PATH descriptor of what a descriptor is of. */
int inode_open_path(int fd) MUST_CHECK;

/* ---- inode-fd.c ---- */

/* Put a descriptor into the cache; @fd becomes the one to close, or -1. */
void inode_slot_keep(struct inode_table *table, struct inode *inode, int *fd)
	EXCLUDES(table->lock);
/* The inode goes: its slot, too. Return: descriptor to close, or -1. */
int inode_slot_drop_locked(struct inode_table *table, struct inode *inode)
	REQUIRES(table->lock);
void inode_slots_destroy(struct inode_table *table);

/* ---- inode-path.c ---- */

/*
 * Remember where an inode was found. Without memory there is no hint. The old
 * parent may become garbage: inode_unlock_collect().
 */
void inode_hint_locked(struct inode_table *table, struct inode *inode,
		       struct inode *parent, const char *name)
	REQUIRES(table->lock);
/*
 * Forget it. Return: the parent it had, with one child less, or NULL; call
 * inode_release_locked() for it.
 */
struct inode *inode_unhint_locked(struct inode_table *table,
				  struct inode *inode) REQUIRES(table->lock);

/* ---- inode-plant.c ---- */

/**
 * inode_plant_lookup() - if @name is the planted one, look it up
 * Return: true when it is; *err_ret is the result.
 */
bool inode_plant_lookup(struct inode_table *table, struct inode *parent,
			const char *name, struct inode **inode_ret,
			struct stat *attr_ret, int *err_ret)
	EXCLUDES(table->lock);

#endif
