/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding what is lost: pages that nobody will write back and that differ from
 * the store.
 *
 * A look asks the kernel for the cached bytes of a stretch
 * (FUSE_NOTIFY_RETRIEVE) and reads the same bytes of SOURCE. What differs is
 * only suspect, for most such pages are dirty or under writeback: the daemon
 * cannot see that. Whoever asks (pinctl, never the daemon) can make it so that
 * they are not, through the mount, between two looks:
 *
 *   1. lseek(SEEK_END) takes the inode's lock (fs/fuse/file.c:
 *      fuse_file_llseek() in 6.18), so whatever write(2), truncate, fallocate or
 *      copy was at work at the first look has ended, with what it does to the
 *      page cache after our reply;
 *   2. sync_file_range(WAIT_BEFORE|WRITE|WAIT_AFTER) is WB_SYNC_ALL (fs/sync.c:
 *      sync_file_range()): what was dirty has been written, and answered;
 *   3. a byte of each suspect read through the mount: a page that was still
 *      being filled by a READ is up to date.
 *
 * Meanwhile watch.c notes the WRITEs that arrive and the other changes. A
 * suspect for which none came, and whose bytes are on both sides what they were,
 * is clean and differs: lost. One that was touched or has changed is suspect
 * anew. Only the one who asks gives up on it.
 *
 * What else can show as lost: a page that is pinned, was changed through the pin
 * after its writeback, and will be marked dirty when the pin ends, later than
 * all the looks; and a SOURCE that was changed behind our back.
 *
 * An audit belongs to a connection, and its thread is the only one that works on
 * it; there is one a connection. It ends with the connection, when nothing is
 * suspect any more, with the next one, and by itself after a while.
 */
#include "daemon/audit-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/notify.h"
#include "daemon/session.h"
#include "daemon/settle.h"

#define KEEP_NS (60 * CLOCK_NS_PER_SEC)	/* unused, it ends then */

/* ---- the set ---- */

int audit_set_create(struct audit_set **set_ret)
{
	struct audit_set *set = calloc(1, sizeof(*set));
	int err;

	if (!set)
		return -ENOMEM;
	mutex_init(&set->lock);
	list_init(&set->audits);
	err = watch_set_create(&set->watches);
	if (err) {
		audit_set_destroy(set);
		return err;
	}
	*set_ret = set;
	return 0;
}

void audit_set_destroy(struct audit_set *set)
{
	if (!set)
		return;
	assert(list_empty(&set->audits));
	watch_set_destroy(set->watches);
	mutex_deinit(&set->lock);
	free(set);
}

/* That of a connection; @id 0: whatever its id. */
static struct audit *find(struct audit_set *set, uint64_t connection,
			  uint64_t id)
{
	struct audit *found = NULL;

	mutex_lock(&set->lock);
	list_for_each(node, &set->audits) {
		struct audit *audit = list_entry(node, struct audit, node);

		if (audit->connection == connection && (!id || audit->id == id))
			found = audit;
	}
	mutex_unlock(&set->lock);
	return found;
}

static int begin(struct fs *fs, const struct audit_question *question,
		 struct audit **audit_ret)
{
	struct audit_set *set = fs->audits;
	struct audit *audit = calloc(1, sizeof(*audit));

	if (!audit)
		return -ENOMEM;
	audit->inode = inode_find(fs->inodes, question->ino);
	if (!audit->inode || inode_type(audit->inode) != S_IFREG) {
		if (audit->inode)
			settle_forget(fs, audit->inode, 1);
		free(audit);
		return -ENOENT;
	}
	audit->connection = question->connection;
	audit->watch.generation = inode_generation(audit->inode);
	mutex_lock(&set->lock);
	audit->id = ++set->last_id;
	list_append(&set->audits, &audit->node);
	mutex_unlock(&set->lock);
	watch_begin(set->watches, &audit->watch,
		    clock_deadline_ns(question->timeout_ns + KEEP_NS));
	*audit_ret = audit;
	return 0;
}

void audit_end(struct fs *fs, uint64_t connection)
{
	struct audit_set *set = fs->audits;
	struct audit *audit = find(set, connection, 0);

	if (!audit)
		return;
	mutex_lock(&set->lock);
	list_remove(&audit->node);
	mutex_unlock(&set->lock);
	watch_end(set->watches, &audit->watch);
	settle_forget(fs, audit->inode, 1);
	free(audit);
}

/* ---- changes ---- */

void audit_note_write(struct fs *fs, struct inode *inode, uint64_t off,
		      uint64_t len)
{
	watch_note(fs->audits->watches, inode_generation(inode), off,
		   off + len);
}

/* All of the file: a change of its size changes the page at the old end, too. */
void audit_note_change(struct fs *fs, struct inode *inode, uint64_t off,
		       uint64_t end)
{
	uint64_t generation = inode_generation(inode);

	watch_note(fs->audits->watches, generation, 0, UINT64_MAX);
	settle_drop(fs->settle, generation, off, end);
}

/* ---- questions ---- */

/* Buffers and the store's descriptor. */
static int prepare(struct audit_looking *looking)
{
	looking->fd = inode_open(looking->fs->inodes, looking->audit->inode,
				 O_RDONLY | O_CLOEXEC);
	if (looking->fd < 0)
		return audit_fail(looking, looking->fd, "the file cannot be opened "
			    "in SOURCE");
	looking->cache = malloc(AUDIT_STRETCH);
	looking->store = malloc(AUDIT_STRETCH);
	return looking->cache && looking->store ? 0 : -ENOMEM;
}

static void clean_up(struct audit_looking *looking)
{
	if (looking->fd >= 0)
		close(looking->fd);
	free(looking->cache);
	free(looking->store);
}

static int ask_first(struct audit_looking *looking,
		     const struct audit_question *question, json_t *reply,
		     bool *ended_ret)
{
	int err;

	audit_end(looking->fs, question->connection);
	err = begin(looking->fs, question, &looking->audit);
	if (err)
		return audit_fail(looking, err, "the kernel knows no regular file "
			    "with this inode number");
	err = prepare(looking);
	if (!err)
		err = audit_look_first(looking, question, reply);
	*ended_ret = err || !looking->audit->watch.count;
	return err;
}

static int ask_again(struct audit_looking *looking,
		     const struct audit_question *question, json_t *reply,
		     bool *ended_ret)
{
	struct watch_set *watches = looking->fs->audits->watches;
	int err;

	looking->audit = find(looking->fs->audits, question->connection,
			      question->id);
	if (!looking->audit ||
	    !watch_extend(watches, &looking->audit->watch, clock_deadline_ns(
			  question->timeout_ns + KEEP_NS)))
		return audit_fail(looking, -ENOENT, "there is no such audit of this "
			    "connection (any more)");
	err = prepare(looking);
	return err ? err : audit_look_again(looking, reply, ended_ret);
}

int audit_ask(struct fs *fs, const struct audit_question *question,
	      json_t *reply, const char **why_ret)
{
	struct audit_looking looking = {
		.fs = fs,
		.fd = -1,
		.deadline_ns = clock_deadline_ns(question->timeout_ns),
	};
	bool ended = false;
	int err = question->id ?
		ask_again(&looking, question, reply, &ended) :
		ask_first(&looking, question, reply, &ended);

	clean_up(&looking);
	if (ended)
		audit_end(fs, question->connection);
	*why_ret = looking.why;
	return err;
}

/* ---- for tests ---- */

int audit_plant(struct fs *fs, uint64_t ino, uint64_t off, uint64_t len,
		uint8_t byte)
{
	struct inode *inode = inode_find(fs->inodes, ino);
	autofree uint8_t *bytes = malloc(len);
	int err = inode && bytes ? 0 : inode ? -ENOMEM : -ENOENT;

	if (!err) {
		uint64_t store = notify_begin(&fs->notify,
					      inode_generation(inode), off, len,
					      byte);

		memset(bytes, byte, len);
		err = session_notify_store(fs->session, inode_nodeid(inode),
					   (off_t)off, bytes, len);
		notify_end(&fs->notify, store);
	}
	if (inode)
		settle_forget(fs, inode, 1);
	return err;
}
