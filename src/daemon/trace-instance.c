/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instance of tracefs that records.
 *
 * The events are raw_syscalls' two and not the hundreds of "syscalls": they have
 * one format each, and are there whatever calls a kernel has. Their filter is
 * asked at every call of every process while they are on, so it is short, and
 * asks for the number first.
 *
 * raw_syscalls has the numbers of 32-bit programs as they are, which are other
 * calls: what such a program does is not seen, or seen as what it is not.
 */
#include "daemon/trace-internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/parse.h"

enum {
	RING_KIB_MIN = 128,
	RING_KIB_MAX = 1024,
	OWN_MAX = 48,		/* threads in the filter; it has to fit a page */
	FILTER_SIZE = 3900,
	NUMBERS_MAX = 64,
};

#define RAW "events/raw_syscalls/"
#define URING "events/io_uring/"

/* The events, and the names that they have had. */
static const struct {
	enum trace_kind kind;
	const char *dir;
	bool needed;		/* io_uring may not be in the kernel */
} events[] = {
	{ TRACE_ENTER, RAW "sys_enter", true },
	{ TRACE_EXIT, RAW "sys_exit", true },
	{ TRACE_SUBMIT, URING "io_uring_submit_req", false },
	{ TRACE_SUBMIT, URING "io_uring_submit_sqe", false },
	{ TRACE_COMPLETE, URING "io_uring_complete", false },
};

/* The number of a process is the recorder's only in the first namespace. */
static bool is_first_namespace(void)
{
	static const char first[] = "pid:[4026531836]";	/* PROC_PID_INIT_INO */
	char link[32];
	ssize_t len = readlink("/proc/self/ns/pid", link, sizeof(link));

	return len == (ssize_t)strlen(first) &&
	       !memcmp(link, first, strlen(first));
}

const char *trace_instance_obstacle(void)
{
	const char *root = tracefs_root();
	char path[128];

	if (!root)
		return access("/sys/kernel/tracing/instances", F_OK) ?
			"there is no tracefs here" :
			"tracefs may not be written by this user";
	snprintf(path, sizeof(path), "%s/" RAW "sys_enter", root);
	if (access(path, F_OK))
		return "the kernel has no events of system calls";
	if (!is_first_namespace())
		return "not in the first PID namespace, whose numbers it records";
	return NULL;
}

/* ---- filters ---- */

static int by_value(const void *a, const void *b)
{
	int x = *(const int *)a;
	int y = *(const int *)b;

	return (x > y) - (x < y);
}

static size_t call_numbers(int numbers[NUMBERS_MAX])
{
	size_t count;
	const struct call_shape *shapes = call_shapes(&count);

	assert(count <= NUMBERS_MAX);
	for (size_t i = 0; i < count; i++)
		numbers[i] = shapes[i].number;
	qsort(numbers, count, sizeof(*numbers), by_value);
	return count;
}

char *trace_instance_filter(const pid_t *tids, size_t ntids)
{
	int numbers[NUMBERS_MAX];
	size_t count = call_numbers(numbers);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	size_t last;

	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i = last + 1) {
		last = i;
		while (last + 1 < count && numbers[last + 1] <= numbers[last] + 1)
			last++;
		fputs(i ? " || " : "(", out);
		if (numbers[i] == numbers[last])
			fprintf(out, "id == %d", numbers[i]);
		else
			fprintf(out, "(id >= %d && id <= %d)", numbers[i],
				numbers[last]);
	}
	fputc(')', out);
	for (size_t i = 0; i < ntids && ftell(out) < FILTER_SIZE; i++)
		fprintf(out, " && common_pid != %d", (int)tids[i]);
	fputs(" && comm != \"" CALL_SEARCHER "\"", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Our own threads. Those beyond the limit are left out later (trace.c). */
static size_t own_threads(pid_t tids[OWN_MAX])
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	size_t count = 0;

	while (dir && count < OWN_MAX && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			tids[count++] = (pid_t)atoi(entry->d_name);
	if (dir)
		closedir(dir);
	return count;
}

static char *submit_filter(void)
{
	char *text;

	return asprintf(&text, "opcode == %d || opcode == %d || opcode == %d || "
			"opcode == %d || opcode == %d || opcode == %d || "
			"opcode == %d || opcode == %d",
			IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READV,
			IORING_OP_WRITEV, IORING_OP_READ_FIXED,
			IORING_OP_WRITE_FIXED, IORING_OP_SPLICE,
			IORING_OP_FALLOCATE) < 0 ? NULL : text;
}

static char *make_filter(enum trace_kind kind)
{
	pid_t tids[OWN_MAX];

	switch (kind) {
	case TRACE_ENTER:
	case TRACE_EXIT:
		return trace_instance_filter(tids, own_threads(tids));
	case TRACE_SUBMIT:
		return submit_filter();
	default:
		return strdup("");
	}
}

/* ---- the way up ---- */

static int set_in(const struct trace_instance *instance, const char *dir,
		  const char *file, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return tracefs_set(&instance->dir, path, text);
}

static int prepare_event(struct trace_instance *instance, enum trace_kind kind,
			 const char *dir)
{
	autofree char *filter = make_filter(kind);
	autofree char *text = NULL;
	char path[96];
	int err;

	if (!filter)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/format", dir);
	err = tracefs_get(&instance->dir, path, &text);
	if (!err)
		err = trace_parse_format(text, kind,
					 &instance->formats.event[kind]);
	if (!err && *filter)
		err = set_in(instance, dir, "filter", filter);
	return err;
}

/* The ends first: a call that begins meanwhile then has one. */
static int start_events(struct trace_instance *instance)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		int err = prepare_event(instance, events[i].kind,
					events[i].dir);

		if (err && events[i].needed)
			return err;
	}
	for (size_t i = ARRAY_SIZE(events); i-- > 0; ) {
		int err = set_in(instance, events[i].dir, "enable", "1");

		if (err && events[i].needed)
			return err;
	}
	return 0;
}

static int open_rings(struct trace_instance *instance)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	instance->nrings = cpus > 0 ? (size_t)cpus : 1;
	instance->rings = calloc(instance->nrings, sizeof(*instance->rings));
	if (!instance->rings) {
		instance->nrings = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; i < instance->nrings; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%zu/trace_pipe_raw",
			 instance->dir.path, i);
		instance->rings[i] = open(path, O_RDONLY | O_NONBLOCK |
					  O_CLOEXEC);
	}
	return 0;
}

/* The kernel may have made its pages larger ("buffer_subbuf_size_kb"). */
static int make_page(struct trace_instance *instance, unsigned int ring_kib)
{
	autofree char *text = NULL;
	uint64_t kib;

	instance->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	if (!tracefs_get(&instance->dir, "buffer_subbuf_size_kb", &text) &&
	    !parse_u64(text, &kib) && kib)
		instance->page_bytes = (size_t)kib << 10;
	instance->pages_max = ((size_t)ring_kib << 10) / instance->page_bytes + 2;
	instance->page = malloc(instance->page_bytes);
	return instance->page ? 0 : -ENOMEM;
}

static unsigned int ring_kib(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long kib = TRACE_RING_KIB / MAX(cpus, 1L);

	return (unsigned int)MIN(MAX(kib, (long)RING_KIB_MIN),
				 (long)RING_KIB_MAX);
}

static int set_up(struct trace_instance *instance)
{
	autofree char *header = NULL;
	char size[16];
	int err;

	snprintf(size, sizeof(size), "%u", ring_kib());
	err = tracefs_set(&instance->dir, "trace_clock", "mono");
	if (!err)
		err = tracefs_set(&instance->dir, "options/overwrite", "1");
	if (!err)
		err = tracefs_set(&instance->dir, "buffer_size_kb", size);
	if (!err)
		err = make_page(instance, ring_kib());
	if (!err)
		err = tracefs_get(&instance->dir, "events/header_page", &header);
	if (!err)
		err = trace_parse_header(header, &instance->formats);
	if (!err)
		err = open_rings(instance);
	return err ? err : start_events(instance);
}

int trace_instance_open(struct trace_instance *instance, dev_t dev)
{
	char name[64];
	int err;

	*instance = (struct trace_instance){ .dir.fd = -1 };
	snprintf(name, sizeof(name), TRACEFS_OWN "%u:%u", major(dev), minor(dev));
	err = tracefs_create(&instance->dir, name);
	if (!err)
		err = set_up(instance);
	if (err)
		trace_instance_close(instance);
	return err;
}

void trace_instance_close(struct trace_instance *instance)
{
	for (size_t i = 0; i < instance->nrings; i++)
		if (instance->rings[i] >= 0)
			close(instance->rings[i]);
	free(instance->rings);
	free(instance->page);
	tracefs_remove(&instance->dir);
	*instance = (struct trace_instance){ .dir.fd = -1 };
}

/* ---- reading ---- */

/* A page that is not full is read as well, so nothing waits in the kernel. */
static void read_ring(struct trace_instance *instance, int fd,
		      trace_event_fn *fn, void *context,
		      uint64_t *missed_ns_ret)
{
	for (size_t i = 0; i < instance->pages_max; i++) {
		ssize_t n = read(fd, instance->page, instance->page_bytes);
		uint64_t missed_ns;

		if (n <= 0)
			return;
		trace_parse_page(&instance->formats, instance->page, (size_t)n,
				 fn, context, &missed_ns);
		*missed_ns_ret = MAX(*missed_ns_ret, missed_ns);
	}
}

void trace_instance_read(struct trace_instance *instance, trace_event_fn *fn,
			 void *context, uint64_t *missed_ns_ret)
{
	*missed_ns_ret = 0;
	for (size_t i = 0; i < instance->nrings; i++)
		if (instance->rings[i] >= 0)
			read_ring(instance, instance->rings[i], fn, context,
				  missed_ns_ret);
}
