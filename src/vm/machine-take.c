/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what a guest's frames become: objects in memory, and files below the
 * machine's directory, all of bounded size. A guest may be a kernel that has gone
 * mad: names are made harmless, and what does not read as it should is counted.
 */
#include "vm/machine-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"

enum {
	LOG_MAX = 8 << 20,		/* messages.log and kernel.log together */
	RESULTS_MAX = 100 * 1000,
	TROUBLES_MAX = 1000,
	EVIDENCE_MAX = 10 * 1000,	/* files */
};

int vm_machine_take_init(struct vm_machine_taken *taken)
{
	*taken = (struct vm_machine_taken){
		.results = json_array(),
		.kernel_log = json_array(),
		.messages_fd = -1,
		.kernel_fd = -1,
		.events_fd = -1,
		.evidence_fd = -1,
	};
	return taken->results && taken->kernel_log ? 0 : -ENOMEM;
}

void vm_machine_take_deinit(struct vm_machine_taken *taken)
{
	int fds[] = { taken->messages_fd, taken->kernel_fd, taken->events_fd,
		      taken->evidence_fd };

	json_decref(taken->hello);
	json_decref(taken->results);
	json_decref(taken->summary);
	json_decref(taken->end);
	json_decref(taken->kernel_log);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* ------------------------------------------------------------------ in files */

static int append_file(struct vm_machine *machine, int *fd, const char *name,
		       const char *bytes, size_t len)
{
	if (*fd < 0)
		*fd = openat(machine->dir_fd, name, O_WRONLY | O_CREAT |
			     O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (*fd < 0)
		return -errno;
	return fdio_write(*fd, bytes, len);
}

/* Is there room for @len bytes more? If not, they are counted. */
static bool has_room(struct vm_machine_taken *taken, uint64_t *used, size_t len,
		     uint64_t most)
{
	if (len > most - MIN(*used, most)) {
		taken->beyond += len;
		return false;
	}
	*used += len;
	return true;
}

/* The last line that says something, for a reason. */
static void keep_last_line(char kept[VM_MACHINE_TEXT], const char *text,
			   size_t len)
{
	const char *begin;

	while (len > 0 && strchr("\n\r ", text[len - 1]))
		len--;
	if (!len)
		return;
	begin = memrchr(text, '\n', len);
	begin = begin ? begin + 1 : text;
	snprintf(kept, VM_MACHINE_TEXT, "%.*s",
		 (int)MIN(len - (size_t)(begin - text),
			  (size_t)VM_MACHINE_TEXT - 1), begin);
}

static int take_message(struct vm_machine *machine,
			const struct vm_frame *frame)
{
	struct vm_machine_taken *taken = &machine->taken;

	keep_last_line(taken->message, frame->payload, frame->length);
	if (!has_room(taken, &taken->said, frame->length, LOG_MAX))
		return 0;
	return append_file(machine, &taken->messages_fd, "messages.log",
			   frame->payload, frame->length);
}

static int take_events(struct vm_machine *machine, const struct vm_frame *frame)
{
	struct vm_machine_taken *taken = &machine->taken;

	if (!has_room(taken, &taken->kept, frame->length,
		      VM_MACHINE_EVIDENCE_MAX))
		return 0;
	return append_file(machine, &taken->events_fd, "events.jsonl",
			   frame->payload, frame->length);
}

/* What is left of a path: its last part, of letters, digits, '.', '_', '-'. */
bool vm_machine_take_name(const char *text, size_t len, char name[NAME_MAX + 1])
{
	const char *slash = memrchr(text, '/', len);

	if (slash) {
		len -= (size_t)(slash + 1 - text);
		text = slash + 1;
	}
	if (!len || len > NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char byte = text[i];
		bool fine = (byte >= 'a' && byte <= 'z') ||
			    (byte >= 'A' && byte <= 'Z') ||
			    (byte >= '0' && byte <= '9') ||
			    (byte && strchr("._-", byte));

		/* No "..", no hidden file. */
		if (byte == '.' && (i == 0 || text[i - 1] == '.'))
			fine = false;
		name[i] = fine ? byte : '_';
	}
	name[len] = '\0';
	return true;
}

static int open_evidence(struct vm_machine *machine, const char *name)
{
	struct vm_machine_taken *taken = &machine->taken;

	if (taken->evidence_fd < 0) {
		if (mkdirat(machine->dir_fd, "evidence", 0755) &&
		    errno != EEXIST)
			return -errno;
		taken->evidence_fd = openat(machine->dir_fd, "evidence",
					    O_DIRECTORY | O_RDONLY | O_CLOEXEC |
					    O_NOFOLLOW);
	}
	if (taken->evidence_fd < 0)
		return -errno;

	int fd = openat(taken->evidence_fd, name, O_WRONLY | O_CREAT |
			O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd < 0 ? -errno : fd;
}

static int take_evidence(struct vm_machine *machine,
			 const struct vm_frame *frame)
{
	struct vm_machine_taken *taken = &machine->taken;
	const char *end = memchr(frame->payload, '\n', frame->length);
	size_t head = end ? (size_t)(end + 1 - frame->payload) : 0;
	char name[NAME_MAX + 1];

	if (!head || !vm_machine_take_name(frame->payload, head - 1, name)) {
		taken->unread++;
		return 0;
	}
	if (taken->evidence == EVIDENCE_MAX ||
	    !has_room(taken, &taken->kept, frame->length - head,
		      VM_MACHINE_EVIDENCE_MAX))
		return 0;
	taken->evidence++;

	autoclose int fd = open_evidence(machine, name);

	if (fd < 0)
		return fd;
	return fdio_write(fd, frame->payload + head, frame->length - head);
}

/* ----------------------------------------------------------------- in memory */

/* An object, or NULL: it is none, and that has been counted. */
static json_t *read_object(struct vm_machine_taken *taken,
			   const struct vm_frame *frame)
{
	json_t *object = json_loadb(frame->payload, frame->length,
				    JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	taken->unread++;
	return NULL;
}

/* The first says who it is, a later one more of that. */
static int take_hello(struct vm_machine *machine, const struct vm_frame *frame)
{
	struct vm_machine_taken *taken = &machine->taken;
	json_t *object = read_object(taken, frame);
	int err;

	if (!object)
		return 0;
	if (!taken->hello) {
		taken->hello = object;
		machine->hello_ns = clock_now_ns();
		return 0;
	}
	err = json_object_update(taken->hello, object) ? -ENOMEM : 0;
	json_decref(object);
	return err;
}

/* A line of "pinctl run --json": a scenario's, the summary, or another. */
static int take_result(struct vm_machine *machine, const struct vm_frame *frame)
{
	struct vm_machine_taken *taken = &machine->taken;
	json_t *object = read_object(taken, frame);
	json_t *summary = json_object_get(object, "summary");
	bool named = json_is_string(json_object_get(object, "scenario"));
	int err = 0;

	if (named && !machine->first_ns)
		machine->first_ns = clock_now_ns();
	if (named)
		taken->running[0] = '\0';
	if (named && json_array_size(taken->results) < RESULTS_MAX)
		err = json_array_append(taken->results, object) ? -ENOMEM : 0;
	else if (named)
		taken->beyond += frame->length;
	else if (json_is_object(summary) && !taken->summary)
		taken->summary = json_incref(summary);
	else if (summary)
		taken->unread++;
	json_decref(object);
	return err;
}

static int take_end(struct vm_machine *machine, const struct vm_frame *frame)
{
	machine->taken.end = read_object(&machine->taken, frame);
	return 0;
}

/* "scenario NAME" where one begins. */
static int take_stage(struct vm_machine *machine, const struct vm_frame *frame)
{
	static const char begin[] = "scenario ";
	struct vm_machine_taken *taken = &machine->taken;
	bool runs;

	keep_last_line(taken->stage, frame->payload, frame->length);
	runs = strncmp(taken->stage, begin, strlen(begin)) == 0;
	snprintf(taken->running, sizeof(taken->running), "%s",
		 runs ? taken->stage + strlen(begin) : "");
	return 0;
}

/* ------------------------------------------------------------ the kernel log */

/* A report begins: what kind it is of, its first line, and what ran. */
static int note_trouble(struct vm_machine_taken *taken, const json_t *object)
{
	const char *kind = json_string_value(json_object_get(object, "kind"));
	const char *text = json_string_value(json_object_get(object, "text"));
	json_t *entry;

	if (!kind || !text) {
		taken->unread++;
		return 0;
	}
	if (json_array_size(taken->kernel_log) >= TROUBLES_MAX)
		return 0;
	entry = json_pack("{s:s, s:s, s:s?}", "kind", kind, "text", text,
			  "scenario", json_string_value(
				  json_object_get(object, "scenario")));
	return json_array_append_new(taken->kernel_log, entry) ? -ENOMEM : 0;
}

static int keep_kernel_line(struct vm_machine *machine, const char *line)
{
	struct vm_machine_taken *taken = &machine->taken;
	size_t len = strlen(line);
	autofree char *text = NULL;

	if (!has_room(taken, &taken->said, len + 1, LOG_MAX))
		return 0;
	if (asprintf(&text, "%s\n", line) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return append_file(machine, &taken->kernel_fd, "kernel.log", text,
			   len + 1);
}

static int take_kernel(struct vm_machine *machine, const struct vm_frame *frame)
{
	struct vm_machine_taken *taken = &machine->taken;
	json_t *object = read_object(taken, frame);
	const json_t *lines = json_object_get(object, "lines");
	int err = 0;

	if (json_object_get(object, "kind"))
		err = note_trouble(taken, object);
	for (size_t i = 0; !err && i < json_array_size(lines); i++) {
		const char *line = json_string_value(json_array_get(lines, i));

		if (line)
			err = keep_kernel_line(machine, line);
	}
	json_decref(object);
	return err;
}

/* Who looks on wants to know how far it is. */
static void tell(const struct vm_machine *machine, enum vm_frame_kind kind)
{
	const struct vm_machine_options *options = &machine->options;
	const struct vm_machine_progress progress = {
		.accel = machine->accel,
		.threads = machine->threads,
		.stage = machine->taken.stage,
		.results = (unsigned int)json_array_size(machine->taken.results),
	};

	if (options->tell &&
	    (kind == VM_FRAME_STAGE || kind == VM_FRAME_RESULT))
		options->tell(options->context, &progress);
}

int vm_machine_take(struct vm_machine *machine, const struct vm_frame *frame)
{
	static int (*const takers[VM_FRAME_KIND_COUNT])(
		struct vm_machine *machine, const struct vm_frame *frame) = {
		[VM_FRAME_HELLO] = take_hello,
		[VM_FRAME_STAGE] = take_stage,
		[VM_FRAME_RESULT] = take_result,
		[VM_FRAME_MESSAGE] = take_message,
		[VM_FRAME_KERNEL] = take_kernel,
		[VM_FRAME_EVENTS] = take_events,
		[VM_FRAME_EVIDENCE] = take_evidence,
		[VM_FRAME_END] = take_end,
	};
	int err;

	/* "end" is the last: what comes behind it is not the guest's program. */
	if (machine->taken.end) {
		machine->astray++;
		return 0;
	}
	if (frame->kind != VM_FRAME_END)
		machine->taken.frames++;
	err = takers[frame->kind](machine, frame);
	tell(machine, frame->kind);
	return err;
}
