/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities of files and filesystems.
 *
 * Handles are used on the filesystems known to find a file by its handle after
 * it has left their caches. Others encode handles and do not (vfat by default,
 * FUSE without export support); there the inode number and the time of birth
 * stand for the file.
 */
#include "csum/csum-key.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/digest.h"

#ifndef XFS_SUPER_MAGIC		/* since Linux 6.6 in linux/magic.h */
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* Since Linux 6.9 in linux/fs.h: FS_IOC_GETFSUUID. */
struct fs_uuid {
	uint8_t len;
	uint8_t uuid[16];
};
#define IOC_GET_FS_UUID _IOR(0x15, 0, struct fs_uuid)

enum { KEY_NAME_MAX = 120 };	/* bytes whose hex digits fit a name */

bool csum_key_handles_last(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	switch (fs.f_type) {
	case EXT4_SUPER_MAGIC:		/* and ext2, ext3 */
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case TMPFS_MAGIC:
		return true;
	}
	return false;
}

static int get_handle(int fd, struct csum_key *key)
{
	union {
		struct file_handle handle;
		unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} id;
	int mount_id;

	id.handle.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(fd, "", &id.handle, &mount_id, AT_EMPTY_PATH) < 0)
		return -errno;
	if (id.handle.handle_bytes > KEY_NAME_MAX)
		return -EOPNOTSUPP;
	key->type = (uint32_t)id.handle.handle_type;
	key->bytes = id.handle.handle_bytes;
	memcpy(key->data, id.handle.f_handle, key->bytes);
	return 0;
}

/* FAT makes inode numbers up, for as long as an inode is in memory. */
static bool has_lasting_numbers(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type != MSDOS_SUPER_MAGIC &&
	       fs.f_type != EXFAT_SUPER_MAGIC;
}

static int get_birth(int fd, struct csum_key *key)
{
	struct statx attr;
	uint64_t words[3];

	if (!has_lasting_numbers(fd))
		return -EOPNOTSUPP;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &attr) < 0)
		return -errno;
	if (!(attr.stx_mask & STATX_BTIME))
		return -EOPNOTSUPP;
	words[0] = htole64(attr.stx_ino);
	words[1] = htole64((uint64_t)attr.stx_btime.tv_sec);
	words[2] = htole64(attr.stx_btime.tv_nsec);
	key->type = CSUM_KEY_BIRTH;
	key->bytes = sizeof(words);
	memcpy(key->data, words, sizeof(words));
	return 0;
}

int csum_key_get(int fd, bool handles, struct csum_key *key_ret)
{
	memset(key_ret, 0, sizeof(*key_ret));
	return handles ? get_handle(fd, key_ret) : get_birth(fd, key_ret);
}

static size_t put_hex(char *to, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sprintf(to + 2 * i, "%02x", bytes[i]);
	return 2 * len;
}

void csum_key_path(const struct csum_key *key, char path[CSUM_KEY_PATH_SIZE])
{
	unsigned int spread = digest_bytes(key->data, key->bytes) & 0xff;
	int used = snprintf(path, CSUM_KEY_PATH_SIZE, "%02x/%x-", spread,
			    key->type);

	put_hex(path + used, key->data, MIN(key->bytes, KEY_NAME_MAX));
}

static bool is_unique(const struct fs_uuid *uuid)
{
	static const uint8_t none[16];

	return uuid->len == 16 && memcmp(uuid->uuid, none, 16);
}

int csum_key_fsid(int dir_fd, char fsid[CSUM_FSID_SIZE])
{
	autoclose int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY |
				  O_CLOEXEC);
	struct fs_uuid uuid;
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, IOC_GET_FS_UUID, &uuid) && is_unique(&uuid)) {
		put_hex(fsid, uuid.uuid, 16);
		return 0;
	}
	if (fstatfs(fd, &fs))
		return -errno;
	snprintf(fsid, CSUM_FSID_SIZE, "%08x%08x",
		 (unsigned int)fs.f_fsid.__val[0],
		 (unsigned int)fs.f_fsid.__val[1]);
	return 0;
}
