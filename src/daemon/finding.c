/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue of findings, and the finder.
 *
 *   worker   finds a block that is not what it should be, copies what it knows,
 *            promises the line to the event log, and goes on: to look who it was
 *            takes milliseconds, and the kernel waits for the reply.
 *   finder   one thread: looks around, decides the cause, writes the evidence,
 *            completes the line.
 *
 * Everything is bounded. Findings that wait: FINDING_MAX; one too many is a line
 * without suspects and evidence. The look around one: LOOK_MS. Lines that wait
 * behind a promised one: EVENT_MAX_WAITING, then the event log gives the oldest
 * promise up; the finder asks before it begins, and leaves what has been given up
 * alone. So a storm costs each worker a copy, and memory does not grow with it.
 *
 * The order of findings in the queue may be another than that of their lines (two
 * workers): lines know theirs.
 */
#include "daemon/finding-internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "daemon/event.h"
#include "daemon/evidence.h"
#include "daemon/fs.h"
#include "daemon/inode.h"

enum {
	LOOK_MS = 500,		/* to look around, for one finding */
	REPLY_MS = 20,		/* how long its reply is waited for */
};

struct finding_queue {
	struct fs *fs;
	pthread_t thread;
	struct mutex lock;
	struct cond work;	/* for the finder */
	struct cond replied;
	bool stop GUARDED_BY(lock);
	size_t count GUARDED_BY(lock);	/* in the queue, and about to be */
	struct list queue GUARDED_BY(lock);
	struct list current GUARDED_BY(lock);	/* the one looked into */
	/*
	 * Findings whose WRITE is still to be answered, or has been. Relaxed: the
	 * worker that reports one answers it.
	 */
	atomic_uint answerable;
	json_t *mount GUARDED_BY(lock);	/* NULL: it does not serve yet */
};

_Static_assert(sizeof(struct finding_entry) <= FINDING_BYTES / 2,
	       "half of a finding's memory is its keys");

/* ---- the finder ---- */

/* Return: 0, its path in *path_ret, the caller's; -ENODATA: it is switched off. */
static int keep_evidence(struct finding_queue *finder,
			 const struct finding_entry *entry,
			 const struct finding_answer *answer, uint64_t reply_ns,
			 json_t *mount, char **path_ret)
{
	struct evidence_about about = { entry->event, entry->ino, entry->block };
	json_t *object = finding_file(entry, answer, reply_ns, mount);
	size_t len;
	autofree char *text = json_line(object, &len);

	json_decref(object);
	return text ? evidence_keep(finder->fs->evidence, &about, text, len,
				    path_ret) : -ENOMEM;
}

/* When the WRITE was answered, if that is soon; it is about to be. */
static uint64_t wait_for_reply(struct finding_queue *finder,
			       const struct finding_entry *entry,
			       json_t **mount_ret)
{
	uint64_t deadline_ns = clock_deadline_ns(REPLY_MS * CLOCK_NS_PER_MS);
	uint64_t reply_ns;
	bool in_time = true;

	mutex_lock(&finder->lock);
	while (entry->unique && !entry->reply_ns && in_time && !finder->stop)
		in_time = mutex_cond_wait_until(&finder->replied, &finder->lock,
						deadline_ns);
	reply_ns = entry->reply_ns;
	*mount_ret = json_incref(finder->mount);
	mutex_unlock(&finder->lock);
	return reply_ns;
}

/* Of the blocks whose line has been completed. */
static void count_cause(struct stats *stats, const char *cause)
{
	static const struct {
		const char *cause;
		size_t counter;
	} counters[] = {
		{ "pin", offsetof(struct stats, unstable_pin) },
		{ "overwrite", offsetof(struct stats, unstable_overwrite) },
		{ "notify", offsetof(struct stats, unstable_notify) },
		{ "through", offsetof(struct stats, unstable_through) },
		{ "unknown", offsetof(struct stats, unstable_unknown) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (!strcmp(cause, counters[i].cause))
			stats_add((atomic_uint_fast64_t *)(void *)
				  ((char *)stats + counters[i].counter), 1);
}

/*
 * Each line that has been completed has evidence or is counted as one without. (A
 * promise that is given up while the evidence is being written leaves a file that
 * no line names.)
 */
static void complete(struct finding_queue *finder, const struct finding_entry *entry,
		     const struct finding_answer *answer)
{
	struct fs *fs = finder->fs;
	autofree char *path = NULL;
	json_t *mount;
	uint64_t reply_ns = wait_for_reply(finder, entry, &mount);
	int err = -ENODATA;
	bool completed;

	if (event_is_promised(fs->events, entry->ticket))
		err = keep_evidence(finder, entry, answer, reply_ns, mount,
				    &path);
	json_decref(mount);
	completed = event_complete(fs->events, entry->ticket,
				   finding_line(entry->keys, answer, path));
	if (!completed)
		stats_add(&fs->stats.unexamined_findings, 1);
	else if (err && err != -ENODATA)
		stats_add(&fs->stats.evidence_dropped, 1);
	if (completed && !strcmp(entry->event, "unstable"))
		count_cause(&fs->stats, answer->cause.name);
}

static void look_into(struct finding_queue *finder, const struct finding_entry *entry)
{
	struct finding_answer answer;

	answer = finding_look_around(finder->fs, entry,
				     clock_deadline_ns(LOOK_MS *
						       CLOCK_NS_PER_MS));
	complete(finder, entry, &answer);
	json_decref(answer.around);
}

static void free_entry(struct finding_entry *entry)
{
	json_decref(entry->keys);
	free(entry);
}

/* Return: NULL at the end. */
static struct finding_entry *take(struct finding_queue *finder)
{
	struct finding_entry *entry = NULL;

	mutex_lock(&finder->lock);
	while (list_empty(&finder->queue) && !finder->stop)
		mutex_cond_wait(&finder->work, &finder->lock);
	if (!finder->stop) {
		entry = list_entry(finder->queue.next, struct finding_entry,
				   node);
		list_remove(&entry->node);
		list_append(&finder->current, &entry->node);
	}
	mutex_unlock(&finder->lock);
	return entry;
}

static void drop(struct finding_queue *finder, struct finding_entry *entry)
{
	mutex_lock(&finder->lock);
	list_remove(&entry->node);
	finder->count--;
	mutex_unlock(&finder->lock);
	if (entry->unique)
		atomic_fetch_sub_explicit(&finder->answerable, 1,
					  memory_order_relaxed);
	free_entry(entry);
}

static void *finder_main(void *arg)
{
	struct finding_queue *finder = arg;
	struct fs *fs = finder->fs;
	struct finding_entry *entry;

	pthread_setname_np(pthread_self(), "pinfs-finder");
	while ((entry = take(finder))) {
		if (event_is_promised(fs->events, entry->ticket))
			look_into(finder, entry);
		else
			stats_add(&fs->stats.unexamined_findings, 1);
		drop(finder, entry);
	}
	return NULL;
}

/* ---- the workers' side ---- */

static void copy_request(struct finding_entry *entry,
			 const struct finding *finding)
{
	const struct request *request = finding->request;

	if (!request)
		return;
	entry->pid = request->pid;
	entry->begin_ns = request->begin_ns ? request->begin_ns :
					      request->arrival_ns;
	entry->arrival_ns = request->arrival_ns;
	entry->stored_ns = request->stored_ns;
	entry->npauses = request->npauses;
	memcpy(entry->pauses, request->pauses, sizeof(entry->pauses));
	/* What was found on arrival is not answered soon. */
	if (request->stored_ns)
		entry->unique = request->unique;
}

/* Takes over the reference to its keys, if there is memory. */
static struct finding_entry *make_entry(const struct finding *finding)
{
	struct finding_entry *entry = malloc(sizeof(*entry));

	if (!entry)
		return NULL;
	*entry = (struct finding_entry){
		.event = finding->event,
		.ino = inode_ino(finding->inode),
		.block = finding->block,
		.off = finding->off,
		.len = finding->len,
		.known = finding->known,
		.to_ns = finding->to_ns,
		.begin_ns = finding->to_ns,
		/* They have been compared by now. */
		.end_ns = clock_now_ns(),
		.keys = finding->keys,
	};
	for (size_t i = 0; i < ARRAY_SIZE(entry->names); i++) {
		const struct finding_image *image = &finding->images[i];

		entry->names[i] = image->name;
		entry->digests[i] = image->digest;
		if (image->name)
			memcpy(entry->bytes[i], image->bytes, finding->len);
	}
	copy_request(entry, finding);
	return entry;
}

/* Room for one more in the queue? */
static bool take_room(struct finding_queue *finder)
{
	bool room;

	mutex_lock(&finder->lock);
	room = finder->count < FINDING_MAX && !finder->stop;
	finder->count += room;
	mutex_unlock(&finder->lock);
	return room;
}

static void put(struct finding_queue *finder, struct finding_entry *entry)
{
	if (entry && entry->unique)
		atomic_fetch_add_explicit(&finder->answerable, 1,
					  memory_order_relaxed);
	mutex_lock(&finder->lock);
	if (entry)
		list_append(&finder->queue, &entry->node);
	else
		finder->count--;
	mutex_cond_signal(&finder->work);
	mutex_unlock(&finder->lock);
}

/* Nobody will look into it. */
static void write_plain(struct fs *fs, const struct finding *finding,
			const char *why)
{
	stats_add(&fs->stats.unexamined_findings, 1);
	event_write(fs->events, finding->event,
		    finding_plain_line(finding, why));
	json_decref(finding->keys);
}

static void put_in_queue(struct fs *fs, const struct finding *finding)
{
	struct finding_entry *entry = make_entry(finding);

	if (!entry) {
		write_plain(fs, finding, "there was no memory");
	} else {
		entry->ticket = event_promise(fs->events, finding->event,
			finding_plain_line(finding, "there was no time"));
		if (!entry->ticket) {
			free_entry(entry);
			entry = NULL;
		}
	}
	put(fs->finder, entry);
}

void finding_report(struct fs *fs, const struct finding *finding)
{
	if (!finding->keys)
		event_write(fs->events, finding->event, NULL);
	else if (take_room(fs->finder))
		put_in_queue(fs, finding);
	else
		write_plain(fs, finding, "too much was found at a time");
}

static bool note_reply(struct list *list, uint64_t unique, uint64_t now_ns)
{
	bool found = false;

	list_for_each(node, list) {
		struct finding_entry *entry =
			list_entry(node, struct finding_entry, node);

		if (entry->unique != unique)
			continue;
		entry->reply_ns = now_ns;
		found = true;
	}
	return found;
}

void finding_replied(struct fs *fs, uint64_t unique)
{
	struct finding_queue *finder = fs->finder;
	uint64_t now_ns;

	if (!atomic_load_explicit(&finder->answerable, memory_order_relaxed))
		return;
	now_ns = clock_now_ns();
	mutex_lock(&finder->lock);
	note_reply(&finder->queue, unique, now_ns);
	if (note_reply(&finder->current, unique, now_ns))
		mutex_cond_signal(&finder->replied);
	mutex_unlock(&finder->lock);
}

/* ---- construction ---- */

/* Signals are the main thread's business. */
static int start_thread(struct finding_queue *finder)
{
	sigset_t all;
	sigset_t before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = -pthread_create(&finder->thread, NULL, finder_main, finder);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void free_finder(struct finding_queue *finder)
{
	json_decref(finder->mount);
	mutex_cond_deinit(&finder->replied);
	mutex_cond_deinit(&finder->work);
	mutex_deinit(&finder->lock);
	free(finder);
}

int finding_queue_create(struct fs *fs, struct finding_queue **finder_ret)
{
	struct finding_queue *finder = calloc(1, sizeof(*finder));
	int err;

	if (!finder)
		return -ENOMEM;
	finder->fs = fs;
	mutex_init(&finder->lock);
	mutex_cond_init(&finder->work);
	mutex_cond_init(&finder->replied);
	list_init(&finder->queue);
	list_init(&finder->current);
	err = start_thread(finder);
	if (err) {
		free_finder(finder);
		return err;
	}
	*finder_ret = finder;
	return 0;
}

void finding_queue_serve(struct finding_queue *finder, json_t *mount)
{
	mutex_lock(&finder->lock);
	json_decref(finder->mount);
	finder->mount = mount;
	mutex_unlock(&finder->lock);
}

void finding_queue_destroy(struct finding_queue *finder)
{
	if (!finder)
		return;
	mutex_lock(&finder->lock);
	finder->stop = true;
	mutex_cond_signal(&finder->work);
	mutex_cond_signal(&finder->replied);
	mutex_unlock(&finder->lock);
	pthread_join(finder->thread, NULL);
	list_for_each_safe(node, &finder->queue) {
		struct finding_entry *entry =
			list_entry(node, struct finding_entry, node);

		(void)!event_complete(finder->fs->events, entry->ticket, NULL);
		stats_add(&finder->fs->stats.unexamined_findings, 1);
		free_entry(entry);
	}
	free_finder(finder);
}
