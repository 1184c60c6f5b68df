/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions. A record is appended when one begins and its flags are set when it
 * has ended in order; so a session without flags has crashed, or is ours.
 *
 * What a session wrote is exact while the boot lasts: what the daemon wrote
 * before it was killed is in SOURCE's page cache, in the order in which it was
 * written. After another boot it is so when the session was durable; else only
 * sealed regions are.
 *
 * Size and ctime of a file tell that it was changed behind our back only when
 * every session since the stamp has ended in order: one that crashed may have
 * changed them without a new stamp.
 */
#include "csum/csum-store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "csum/csum-key.h"
#include "csum/csum-store-internal.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* ---- what the records say ---- */

static const struct csum_disk_session *find(const struct csum_store *store,
					    uint32_t session)
{
	return session && session < store->session ?
		&store->sessions[session - 1] : NULL;
}

bool csum_store_is_durable(const struct csum_store *store, uint32_t record)
{
	const struct csum_disk_session *session = find(store, record);

	return record == CSUM_SEALED ||
	       (session && session->flags & CSUM_SESSION_DURABLE);
}

bool csum_store_trusts(const struct csum_store *store, uint32_t record)
{
	const struct csum_disk_session *session = find(store, record);

	if (record == store->session || csum_store_is_durable(store, record))
		return true;
	return session && !memcmp(session->boot_id, store->boot_id,
				  sizeof(store->boot_id));
}

bool csum_store_stamp_holds(const struct csum_store *store, uint32_t session)
{
	return session >= store->stamps_from && session < store->session;
}

/* ---- beginning ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int read_boot_id(uint8_t boot_id[16])
{
	autofree char *text = NULL;
	int err = fdio_read_file(BOOT_ID, &text);
	unsigned int digits = 0;

	if (err)
		return err;
	memset(boot_id, 0, 16);
	for (const char *at = text; *at && digits < 32; at++) {
		int value = hex_value(*at);

		if (value < 0)
			continue;
		boot_id[digits / 2] |= (uint8_t)(digits % 2 ? value : value << 4);
		digits++;
	}
	return digits == 32 ? 0 : -EPROTO;
}

static int open_dir(int at, const char *name)
{
	int fd;

	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_header(int fd)
{
	struct csum_disk_sessions header = {
		.magic = CSUM_SESSIONS_MAGIC, .version = htole32(CSUM_VERSION),
	};

	return fdio_pwrite(fd, &header, sizeof(header), 0);
}

/* An empty file, or one cut short as it was made, is a new one. */
static int check_header(int fd, off_t size)
{
	struct csum_disk_sessions header;

	if (size < (off_t)sizeof(header))
		return write_header(fd);
	if (fdio_pread(fd, &header, sizeof(header), 0) != sizeof(header))
		return -EIO;
	if (memcmp(header.magic, CSUM_SESSIONS_MAGIC, sizeof(header.magic)) ||
	    le32toh(header.version) > CSUM_VERSION) {
		log_err("the checksums were written by a later version of "
			"pinfs, or are not its own (version %u, this is %d)",
			le32toh(header.version), CSUM_VERSION);
		return -EPROTO;
	}
	return 0;
}

/* Read what was before; a record cut short is of a session that did nothing. */
static int load(struct csum_store *store)
{
	struct stat attr;
	size_t count;
	size_t bytes;
	int err;

	if (fstat(store->sessions_fd, &attr))
		return -errno;
	err = check_header(store->sessions_fd, attr.st_size);
	if (err)
		return err;
	count = attr.st_size < (off_t)sizeof(struct csum_disk_sessions) ? 0 :
		(attr.st_size - sizeof(struct csum_disk_sessions)) /
		sizeof(struct csum_disk_session);
	bytes = count * sizeof(*store->sessions);
	store->sessions = malloc(MAX(bytes, 1));
	if (!store->sessions)
		return -ENOMEM;
	if (fdio_pread(store->sessions_fd, store->sessions, bytes,
		       sizeof(struct csum_disk_sessions)) != (ssize_t)bytes)
		return -EIO;
	store->stamps_from = 1;
	for (uint32_t i = 0; i < count; i++) {
		store->sessions[i].flags = le32toh(store->sessions[i].flags);
		if (!(store->sessions[i].flags & CSUM_SESSION_ENDED))
			store->stamps_from = i + 2;
	}
	store->session = (uint32_t)count + 1;
	return 0;
}

static int write_record(struct csum_store *store, uint32_t flags)
{
	struct csum_disk_session record = { .flags = htole32(flags) };

	memcpy(record.boot_id, store->boot_id, sizeof(record.boot_id));
	return fdio_pwrite(store->sessions_fd, &record, sizeof(record),
			   (off_t)(sizeof(struct csum_disk_sessions) +
				   (store->session - 1) * sizeof(record)));
}

/* The directories, too: names must be there when what they lead to is. */
static int sync_session(const struct csum_store *store)
{
	autoclose int dir = openat(store->dir_fd, "..", O_RDONLY | O_DIRECTORY |
				   O_CLOEXEC);
	autoclose int state = openat(store->dir_fd, "../..", O_RDONLY |
				     O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || state < 0 || fdatasync(store->sessions_fd) ||
	    (store->session == 1 && (fsync(dir) || fsync(state))))
		return -errno;
	return 0;
}

/*
 * Before anything of the session is on the disk: its number must never be given
 * to another one.
 */
int csum_store_change(struct csum_store *store)
{
	int err = 0;

	if (atomic_load(&store->changed))
		return 0;
	mutex_lock(&store->lock);
	if (!atomic_load(&store->changed)) {
		err = sync_session(store);
		if (!err)
			atomic_store(&store->changed, true);
	}
	mutex_unlock(&store->lock);
	return err;
}

static int open_files(struct csum_store *store, int state_fd, int source_fd)
{
	char fsid[CSUM_FSID_SIZE];
	autoclose int dir = open_dir(state_fd, "csum");
	int err = csum_key_fsid(source_fd, fsid);

	if (dir < 0 || err)
		return dir < 0 ? dir : err;
	store->handles = csum_key_handles_last(source_fd);
	store->sessions_fd = openat(dir, "sessions", O_RDWR | O_CREAT |
				    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (store->sessions_fd < 0)
		return -errno;
	store->dir_fd = open_dir(dir, fsid);
	return store->dir_fd < 0 ? store->dir_fd : 0;
}

int csum_store_open_in_boot(int state_fd, int source_fd,
			    const uint8_t boot_id[16],
			    struct csum_store **store_ret)
{
	struct csum_store *store = calloc(1, sizeof(*store));
	int err;

	if (!store)
		return -ENOMEM;
	store->dir_fd = store->sessions_fd = -1;
	memcpy(store->boot_id, boot_id, sizeof(store->boot_id));
	mutex_init(&store->lock);
	err = open_files(store, state_fd, source_fd);
	if (!err)
		err = load(store);
	if (!err)
		err = write_record(store, 0);
	if (err) {
		log_err("cannot open the checksums: %s", strerror(-err));
		csum_store_close(store);
		return err;
	}
	*store_ret = store;
	return 0;
}

int csum_store_open(int state_fd, int source_fd, struct csum_store **store_ret)
{
	uint8_t boot_id[16];
	int err = read_boot_id(boot_id);

	if (err) {
		log_err("cannot read " BOOT_ID ": %s", strerror(-err));
		return err;
	}
	return csum_store_open_in_boot(state_fd, source_fd, boot_id, store_ret);
}

/* ---- the end ---- */

/* A descriptor of SOURCE may be an O_PATH one. */
static int sync_filesystem(int fd)
{
	autoclose int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 || syncfs(dir) ? -errno : 0;
}

void csum_store_end(struct csum_store *store, int source_fd)
{
	uint32_t flags = CSUM_SESSION_ENDED;
	int err = 0;

	/* First the bytes, then the checksums. */
	if (atomic_load(&store->changed)) {
		err = sync_filesystem(source_fd);
		if (!err)
			err = sync_filesystem(store->dir_fd);
	}
	if (!err)
		flags |= CSUM_SESSION_DURABLE;
	else
		log_err("what was written is perhaps not on the disk: %s",
			strerror(-err));
	err = write_record(store, flags);
	if (!err && fdatasync(store->sessions_fd))
		err = -errno;
	if (err)
		log_err("cannot write the end of the session: %s",
			strerror(-err));
}

void csum_store_close(struct csum_store *store)
{
	if (!store)
		return;
	if (store->dir_fd >= 0)
		close(store->dir_fd);
	if (store->sessions_fd >= 0)
		close(store->sessions_fd);
	mutex_deinit(&store->lock);
	free(store->sessions);
	free(store);
}
