/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the reading of /dev/kmsg. Who writes into it (the daemon does) has another
 * facility than the kernel: no program can make a report here.
 *
 * The first line of a report is sent at once, for there may be no later; those
 * that follow it when the last has come, or nothing for a while.
 */
#include "vm/guest/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/log.h"
#include "vm/kernelreport.h"

enum {
	RECORD_SIZE = 8192,	/* CONSOLE_EXT_LOG_MAX (include/linux/printk.h) */
	REPORT_LINES = 120,
	FACILITY_SHIFT = 3,	/* of what stands before the first comma */
};

struct guest_kernel {
	struct guest *guest;
	int fd;
	const char *kind;	/* of the report that is open; NULL: none */
	unsigned int lines;	/* of it */
	json_t *more;		/* of these, what was not sent yet */
};

struct guest_kernel *guest_kernel_open(struct guest *guest)
{
	struct guest_kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->guest = guest;
	kernel->more = json_array();
	kernel->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kernel->fd >= 0 && kernel->more)
		return kernel;
	log_err("cannot read /dev/kmsg: %s", strerror(errno));
	json_decref(kernel->more);
	free(kernel);
	return NULL;
}

int guest_kernel_fd(const struct guest_kernel *kernel)
{
	return kernel ? kernel->fd : -1;
}

bool guest_kernel_is_open(const struct guest_kernel *kernel)
{
	return kernel && kernel->kind;
}

void guest_kernel_flush(struct guest_kernel *kernel)
{
	if (!kernel)
		return;
	if (json_array_size(kernel->more) > 0) {
		json_t *object = json_pack("{s:O}", "lines", kernel->more);

		guest_send_json(kernel->guest, VM_FRAME_KERNEL, object);
		json_decref(object);
		json_array_clear(kernel->more);
	}
	kernel->kind = NULL;
}

static void count(struct guest *guest, const char *kind)
{
	if (strcmp(kind, "oops") == 0 || strcmp(kind, "bug") == 0 ||
	    strcmp(kind, "panic") == 0)
		guest->oopsed++;
	else
		guest->warned++;
}

static void begin(struct guest_kernel *kernel, const char *kind,
		  const char *text)
{
	struct guest *guest = kernel->guest;
	json_t *object;

	guest_kernel_flush(kernel);
	kernel->kind = kind;
	kernel->lines = 1;
	count(guest, kind);
	object = json_pack("{s:s, s:o, s:s?, s:[o]}", "kind", kind,
			   "text", json_text(text), "scenario",
			   *guest->scenario ? guest->scenario : NULL, "lines",
			   json_text(text));
	guest_send_json(guest, VM_FRAME_KERNEL, object);
	json_decref(object);
}

static void take_line(struct guest_kernel *kernel, const char *text)
{
	const char *kind = vm_kernelreport_kind(text);

	if (kind && !(kernel->kind &&
		      vm_kernelreport_goes_on(kernel->kind, text))) {
		begin(kernel, kind, text);
		return;
	}
	if (!kernel->kind)
		return;
	json_array_append_new(kernel->more, json_text(text));
	if (++kernel->lines >= REPORT_LINES || vm_kernelreport_ends(text))
		guest_kernel_flush(kernel);
}

/* "6,339,5140900,-;text\n SUBSYSTEM=...": level and facility, number, time. */
static void take_record(struct guest_kernel *kernel, char *record)
{
	char *text = strchr(record, ';');

	if (!text || strtoul(record, NULL, 10) >> FACILITY_SHIFT != 0)
		return;
	text++;
	text[strcspn(text, "\n")] = '\0';
	take_line(kernel, text);
}

void guest_kernel_read(struct guest_kernel *kernel)
{
	char record[RECORD_SIZE + 1];
	ssize_t n;

	if (!kernel)
		return;
	/* EPIPE: some were overwritten before they were read. */
	while ((n = read(kernel->fd, record, RECORD_SIZE)) > 0 ||
	       (n < 0 && (errno == EPIPE || errno == EINTR))) {
		if (n <= 0)
			continue;
		record[n] = '\0';
		take_record(kernel, record);
	}
}

void guest_kernel_close(struct guest_kernel *kernel, uint64_t before)
{
	struct guest *guest;
	uint64_t tainted;

	if (!kernel)
		return;
	guest_kernel_read(kernel);
	guest_kernel_flush(kernel);
	guest = kernel->guest;
	tainted = guest_tainted() & ~before;
	if (tainted & GUEST_TAINT_DIE && guest->oopsed == 0)
		begin(kernel, "oops", "the kernel is tainted by an oops, of "
		      "which its log says nothing");
	if (tainted & GUEST_TAINT_WARN && guest->warned == 0)
		begin(kernel, "warn", "the kernel is tainted by a warning, of "
		      "which its log says nothing");
	guest_kernel_flush(kernel);
	json_decref(kernel->more);
	close(kernel->fd);
	free(kernel);
}
