/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of operations, the session's capabilities, and what all operations
 * share.
 *
 * Who checks permissions: the kernel does, before it asks, because we mount with
 * default_permissions (mount.c); so it never asks for ACCESS. The daemon does
 * what it is asked, with its own privileges; what it creates belongs to the
 * caller (ops-caller.c). Access control lists are stored and given back, and
 * SOURCE inherits them, but the kernel's check knows only the mode bits
 * (FUSE_CAP_POSIX_ACL is off).
 *
 * What the kernel may believe: SOURCE is ours while it is mounted, so that names
 * are good for a day; names that are not there are always asked for. Attributes
 * are good for a second, because some change without the kernel's knowledge:
 * the mode by an access control list, and st_blocks by writeback (with the
 * writeback cache it keeps size, mtime and ctime by itself and asks for nothing
 * then: fs/fuse/file.c, fuse_writepage_end() in 6.18).
 */
#include "daemon/ops.h"

#include <assert.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/receive.h"

enum {
	ENTRY_TIMEOUT_S = 24 * 60 * 60,
	MAX_BACKGROUND = 65535,	/* held requests must not starve others */
	CONGESTION = 49151,	/* of these: no more writeback for WB_SYNC_NONE */
};

/*
 * AUTO_INVAL_DATA would drop pages when SOURCE's mtime changes, which our own
 * stores do; a pinned page dropped is a change lost. HANDLE_KILLPRIV is the old
 * version of what ops_amend_init() asks for.
 */
static const unsigned int unwanted =
	FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_HANDLE_KILLPRIV |
	FUSE_CAP_EXPORT_SUPPORT | FUSE_CAP_POSIX_ACL | FUSE_CAP_DONT_MASK |
	FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE;

/* libfuse wants the mount option and the connection to agree. */
static unsigned int max_read(const struct config *config)
{
	static const char word[] = "max_read=";
	const char *at = strstr(config->mount_options, word);

	return at ? (unsigned int)strtoul(at + strlen(word), NULL, 10) : 0;
}

void ops_init(void *userdata, struct fuse_conn_info *conn)
{
	const struct fs *fs = userdata;

	conn->want &= ~unwanted;
	if (fs->config->cache == CONFIG_CACHE_WRITEBACK) {
		if (conn->capable & FUSE_CAP_WRITEBACK_CACHE)
			conn->want |= FUSE_CAP_WRITEBACK_CACHE;
		else
			log_warn("this kernel has no writeback cache for FUSE: "
				 "write(2) sends its WRITE at once");
	}
	/* A page of the pipe is for the headers. */
	conn->max_write = (unsigned int)(RECEIVE_MAX_BYTES -
					 sysconf(_SC_PAGESIZE));
	conn->max_read = max_read(fs->config);
	conn->max_background = MAX_BACKGROUND;
	conn->congestion_threshold = CONGESTION;
	conn->time_gran = 1;
}

/*
 * HANDLE_KILLPRIV_V2: writing takes set-user-ID, set-group-ID and file
 * capabilities away, and that is our business (SOURCE's, that is). Without it
 * the kernel sends a GETXATTR for security.capability before every write(2)
 * (mm/filemap.c: file_remove_privs(), no S_NOSEC): 2,000 writes, 2,000 requests.
 *
 * ABORT_ERROR: reading tells an aborted connection from an unmounted one.
 */
enum {
	LATER_FLAGS = FUSE_PARALLEL_DIROPS | FUSE_HANDLE_KILLPRIV_V2 |
		      FUSE_ABORT_ERROR,
};

void ops_amend_init(const void *bytes, size_t len, struct iovec *iov, int count)
{
	const struct fuse_init_in *in = (const void *)
		((const char *)bytes + sizeof(struct fuse_in_header));
	const struct fuse_out_header *header = iov[0].iov_base;
	struct fuse_init_out *out;

	if (len < sizeof(struct fuse_in_header) +
		  offsetof(struct fuse_init_in, flags2) ||
	    count < 2 || header->error ||
	    iov[1].iov_len < offsetof(struct fuse_init_out, max_background))
		return;
	out = iov[1].iov_base;
	out->flags |= in->flags & (uint32_t)LATER_FLAGS;
}

void ops_fill_entry(const struct inode *inode, const struct stat *attr,
		    struct fuse_entry_param *entry_ret)
{
	*entry_ret = (struct fuse_entry_param){
		.ino = inode_nodeid(inode),
		.generation = inode_generation(inode),
		.attr = *attr,
		.attr_timeout = OPS_ATTR_TIMEOUT_S,
		/* What is planted is gone again soon. */
		.entry_timeout = inode_is_planted(inode) ? 0 : ENTRY_TIMEOUT_S,
	};
}

/* ---- the thread's buffer ---- */

struct buffer {
	void *memory;
	size_t size;
};

static pthread_key_t buffer_key;
static pthread_once_t buffer_once = PTHREAD_ONCE_INIT;

static void free_buffer(void *arg)
{
	struct buffer *buffer = arg;

	free(buffer->memory);
	free(buffer);
}

static void make_buffer_key(void)
{
	int err = pthread_key_create(&buffer_key, free_buffer);

	assert(!err);
}

static struct buffer *thread_buffer(void)
{
	struct buffer *buffer;

	pthread_once(&buffer_once, make_buffer_key);
	buffer = pthread_getspecific(buffer_key);
	if (!buffer) {
		buffer = calloc(1, sizeof(*buffer));
		if (buffer && pthread_setspecific(buffer_key, buffer)) {
			free(buffer);
			buffer = NULL;
		}
	}
	return buffer;
}

void *ops_buffer(size_t size)
{
	struct buffer *buffer = thread_buffer();

	if (!buffer)
		return NULL;
	if (buffer->size < size) {
		free(buffer->memory);
		buffer->size = 0;
		if (posix_memalign(&buffer->memory,
				   (size_t)sysconf(_SC_PAGESIZE), size)) {
			buffer->memory = NULL;
			return NULL;
		}
		buffer->size = size;
	}
	return buffer->memory;
}

const struct fuse_lowlevel_ops ops_table = {
	.init = ops_init,
	.lookup = ops_lookup,
	.forget = ops_forget,
	.forget_multi = ops_forget_multi,
	.getattr = ops_getattr,
	.setattr = ops_setattr,
	.readlink = ops_readlink,
	.mknod = ops_mknod,
	.mkdir = ops_mkdir,
	.unlink = ops_unlink,
	.rmdir = ops_rmdir,
	.symlink = ops_symlink,
	.rename = ops_rename,
	.link = ops_link,
	.open = ops_open,
	.read = ops_read,
	.write_buf = ops_write_buf,
	.flush = ops_flush,
	.release = ops_release,
	.fsync = ops_fsync,
	.opendir = ops_opendir,
	.readdir = ops_readdir,
	.readdirplus = ops_readdirplus,
	.releasedir = ops_releasedir,
	.fsyncdir = ops_fsyncdir,
	.statfs = ops_statfs,
	.setxattr = ops_setxattr,
	.getxattr = ops_getxattr,
	.listxattr = ops_listxattr,
	.removexattr = ops_removexattr,
	.create = ops_create,
	.ioctl = ops_ioctl,
	.fallocate = ops_fallocate,
	.lseek = ops_lseek,
	.copy_file_range = ops_copy_file_range,
};
