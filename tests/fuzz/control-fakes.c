/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control verbs call and a mount has, without one. Each fake asserts
 * what its real one counts on. Linked before the archives, they take the place
 * of the members of libpinfsd.a and of libpincommon.a that would do it.
 */
#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "daemon/audit.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/loopdev.h"
#include "daemon/record.h"
#include "daemon/session.h"
#include "daemon/settle.h"
#include "daemon/state.h"
#include "daemon/suspect.h"
#include "daemon/trace.h"
#include "rescue/rescue.h"

#include "fuzz.h"

/* ---- the session and the kernel ---- */

static bool paused;

void session_pause(UNUSED struct session *session)
{
	paused = true;
}

void session_pause_for(UNUSED struct session *session,
		       UNUSED uint64_t owner)
{
	paused = true;
}

void session_resume(UNUSED struct session *session)
{
	paused = false;
}

bool session_is_paused(UNUSED const struct session *session)
{
	return paused;
}

long session_unanswered(UNUSED const struct session *session)
{
	return 3;
}

uint32_t rescue_connection(UNUSED unsigned int major, unsigned int minor)
{
	return minor;
}

long rescue_waiting(UNUSED uint32_t connection)
{
	return 5;
}

/* ---- events ---- */

void event_write(UNUSED struct event_log *log, const char *name, json_t *keys)
{
	char *text = json_dumps(keys, JSON_COMPACT);

	assert(fuzz_is_message(name) && json_is_object(keys) && text &&
	       !strchr(text, '\n'));
	free(text);
	json_decref(keys);
}

void event_sync(UNUSED struct event_log *log)
{
}

const char *event_log_path(UNUSED const struct event_log *log)
{
	return "/state/events.jsonl";
}

/* ---- audits ---- */

int audit_ask(UNUSED struct fs *fs, const struct audit_question *question,
	      json_t *reply, const char **why_ret)
{
	assert(question->connection && !question->ino != !question->id &&
	       question->timeout_ns <= 60 * CLOCK_NS_PER_SEC);
	json_object_set_new(reply, "blocks", json_integer(0));
	if (question->ino < 100)
		return 0;
	*why_ret = question->ino < 200 ? "there is no such file" : NULL;
	return -ENOENT;
}

int audit_plant(UNUSED struct fs *fs, uint64_t ino, UNUSED uint64_t off,
		uint64_t len, UNUSED uint8_t byte)
{
	assert(ino && len && len <= AUDIT_PLANT_MAX);
	return ino < 100 ? 0 : -ENOENT;
}

json_t *suspect_find(UNUSED struct suspect *suspect,
		     const struct suspect_query *query, const struct call *calls,
		     size_t ncalls, uint64_t deadline_ns)
{
	assert(query->ino && query->len && query->len <= INT64_MAX - query->off);
	assert(!calls && !ncalls && deadline_ns);
	return query->ino < 100 ? json_pack("{s:[]}", "suspects") : NULL;
}

const char *trace_state(UNUSED struct trace *trace)
{
	return "unavailable";
}

const char *trace_reason(UNUSED struct trace *trace, char buf[TRACE_REASON_SIZE])
{
	snprintf(buf, TRACE_REASON_SIZE, "there is no mount");
	return buf;
}

/* ---- inodes, by their number ---- */

struct inode {
	uint64_t nodeid;
};

static struct inode inodes[100];

struct inode *inode_find(UNUSED struct inode_table *table, uint64_t ino)
{
	assert(ino);
	return ino < ARRAY_SIZE(inodes) ? &inodes[ino] : NULL;
}

/* Some take their time, for nobody. */
int session_invalidate(UNUSED struct session *session, struct inode *inode,
		       off_t off, off_t len, UNUSED uint64_t deadline_ns,
		       bool (*gone)(void *arg), void *arg)
{
	static const int results[] = { 0, -ENOENT, -ETIMEDOUT, -EBUSY, -ENODEV };

	assert(inode && off >= 0 && len >= 0 && len <= INT64_MAX - off);
	if (gone(arg))
		return -EPIPE;
	return results[(size_t)(inode - inodes) % ARRAY_SIZE(results)];
}

struct inode *inode_from_nodeid(UNUSED struct inode_table *table,
				uint64_t nodeid)
{
	assert(nodeid < ARRAY_SIZE(inodes));
	inodes[nodeid].nodeid = nodeid;
	return &inodes[nodeid];
}

uint64_t inode_ino(const struct inode *inode)
{
	return 1000 + inode->nodeid;
}

void inode_path(UNUSED struct inode_table *table, struct inode *inode,
		const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "/dir/%u%s%s", (unsigned int)inode->nodeid,
		 name ? "/" : "", name ? name : "");
}

const char *inode_table_mode(UNUSED const struct inode_table *table)
{
	return "handles";
}

size_t inode_table_count(UNUSED struct inode_table *table)
{
	return ARRAY_SIZE(inodes);
}

/* ---- the rest of status ---- */

const char *loopdev_path(UNUSED const struct loopdev *loop)
{
	return "/dev/loop0";
}

const char *state_path(UNUSED const struct state_dir *state)
{
	return "/state\xff";	/* paths are bytes */
}

size_t settle_count(UNUSED const struct settle *settle)
{
	return 0;
}

const char *probe_live_name(UNUSED enum probe_live live)
{
	return "proven";
}

/* ---- recordings ---- */

static bool recording;

int record_begin(UNUSED struct fs *fs, const struct record_choice *choice,
		 const char **why_ret)
{
	assert(*choice->file == '/' && !choice->ino == !!choice->path &&
	       (choice->ino || !choice->base));
	*why_ret = recording ? "it is recorded" : NULL;
	if (recording)
		return -EBUSY;
	recording = strcmp(choice->file, "/refused") != 0;
	return recording ? 0 : -ENOSPC;
}

int record_end(UNUSED struct fs *fs, json_t *reply)
{
	if (!recording)
		return -ENOENT;
	recording = false;
	return json_object_set_new(reply, "records", json_integer(1)) ?
		-ENOMEM : 0;
}

int record_mark(UNUSED struct fs *fs, const char *text)
{
	assert(text);
	return recording ? 0 : -ENOENT;
}

json_t *record_json(UNUSED struct fs *fs)
{
	return recording ? json_object() : json_null();
}
