/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of unpacked kernels: CACHE/kernels/KEY/ with "vmlinuz", "modules/" and
 * "manifest", which has the digest of each file. An entry is made as KEY.tmp and
 * renamed when it is whole; KEY.lock is held (flock(2)) while somebody looks at it
 * or makes it. What is not as its manifest says is removed and made again, so
 * nothing of it need be flushed, and it may be emptied whenever nobody uses it.
 */
#ifndef PIN_CACHE_H
#define PIN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

struct vm_cache_entry {
	char *path;		/* of the entry, once it is there */
	char *making;		/* where to put its files until then */
	int lock;
	bool there;		/* it is whole: nothing needs to be made */
	char *package;		/* of the manifest; NULL: it does not say */
	char *version;
};

/**
 * vm_cache_begin() - look for an entry, or begin to make it
 * @cache: directory; NULL: vm_cache_dir()
 * @key:   a file name
 * Waits for others that make the same one. Then either @entry->there, or the
 * directory @entry->making is there and empty; call vm_cache_end() in both cases.
 * Return: 0 or -errno, logged.
 */
int vm_cache_begin(const char *cache, const char *key,
		   struct vm_cache_entry *entry) MUST_CHECK;
/* What has been put there is whole. Return: 0 or -errno, logged. */
int vm_cache_commit(struct vm_cache_entry *entry) MUST_CHECK;
/* Frees it, and removes what was begun and not committed. */
void vm_cache_end(struct vm_cache_entry *entry);

/* Is there room for so much? Return: 0; -ENOSPC, logged. */
int vm_cache_room(const char *dir, uint64_t bytes) MUST_CHECK;
/* Make a directory and those above it, for this user only. 0 or -errno. */
int vm_cache_make_dir(const char *path) MUST_CHECK;
/* Remove a file or a directory with all that is in it. */
void vm_cache_remove(const char *path);

/* A part of @cache (NULL: vm_cache_dir()), made when it is not there.
 * Return: the caller's to free; NULL: logged. */
char *vm_cache_place(const char *cache, const char *part) MUST_CHECK;
/* Open and lock a file, for as long as it is open. Waits. -errno. */
int vm_cache_lock(const char *path) MUST_CHECK;

#endif
