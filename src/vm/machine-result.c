/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns result.json: what one kernel's machine came to. Keys are only added. */
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
#include "common/log.h"
#include "vm/kernelreport.h"

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_text(text) : json_null();
}

static json_t *or_null(json_t *value)
{
	return value ? json_incref(value) : json_null();
}

static json_t *kernel_json(const struct vm_kernel *kernel)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
			 "spec", text_or_null(kernel->spec),
			 "name", text_or_null(kernel->name),
			 "release", text_or_null(kernel->release),
			 "package", text_or_null(kernel->package),
			 "version", text_or_null(kernel->version),
			 "image", text_or_null(kernel->image));
}

static json_t *machine_json(const struct vm_machine *machine)
{
	return json_pack("{s:o, s:o, s:i, s:o, s:i, s:o}",
			 "qemu", text_or_null(machine->version),
			 "accel", text_or_null(machine->accel),
			 "cpus", (int)machine->options.cpus,
			 "threads", machine->threads ?
				json_integer(machine->threads) : json_null(),
			 "memory_mib", (int)machine->options.memory_mib,
			 "append", text_or_null(machine->append));
}

/* From the start; null: it did not come to that. */
static json_t *since_start(const struct vm_machine *machine, uint64_t ns)
{
	if (!ns)
		return json_null();
	return json_integer((json_int_t)((ns - machine->start_ns) / 1000));
}

static json_t *durations_json(const struct vm_machine *machine)
{
	return json_pack("{s:o, s:o, s:o}",
			 "boot", since_start(machine, machine->hello_ns),
			 "first", since_start(machine, machine->first_ns),
			 "total", since_start(machine, machine->end_ns));
}

static json_t *file_or_null(const struct vm_machine *machine, const char *name)
{
	struct stat attr;

	return fstatat(machine->dir_fd, name, &attr, AT_SYMLINK_NOFOLLOW) ?
		json_null() : json_string(name);
}

static json_t *files_json(const struct vm_machine *machine)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
			 "console", file_or_null(machine, "console.log"),
			 "messages", file_or_null(machine, "messages.log"),
			 "kernel_log", file_or_null(machine, "kernel.log"),
			 "events", file_or_null(machine, "events.jsonl"),
			 "evidence", file_or_null(machine, "evidence"),
			 "qemu", file_or_null(machine, "qemu.log"));
}

static void add_trouble(json_t *log, const char *kind, const char *text,
			const char *running)
{
	if (*text && kind)
		json_array_append_new(log, json_pack(
			"{s:s, s:o, s:o, s:s}", "kind", kind, "text",
			json_text(text), "scenario", text_or_null(running),
			"from", "console"));
}

/*
 * The kernel's messages as the guest's program has sent them. One whose guest came
 * to no end may have had no time for that: then what the console shows is added.
 */
static json_t *kernel_log_json(const struct vm_machine *machine,
			       enum vm_outcome outcome)
{
	json_t *log = json_copy(machine->taken.kernel_log);
	const char *running = machine->taken.running;
	const struct vm_console_facts *facts;

	if (!machine->console || vm_outcome_stands(outcome))
		return log;
	facts = vm_console_facts(machine->console);
	if (!json_array_size(log))
		add_trouble(log, vm_kernelreport_kind(facts->trouble),
			    facts->trouble, running);
	if (outcome == VM_PANIC || outcome == VM_BOOT_FAILURE)
		add_trouble(log, "panic", facts->panic, running);
	return log;
}

static uint64_t foreign_bytes(const struct vm_machine *machine)
{
	uint64_t bytes = 0;

	for (int line = 0; line < VM_QEMU_LINES; line++)
		if (machine->readers[line])
			bytes += vm_reader_foreign(machine->readers[line]);
	return bytes;
}

static json_t *channel_json(const struct vm_machine *machine)
{
	return json_pack("{s:I, s:I, s:I, s:o}",
			 "foreign_bytes", (json_int_t)foreign_bytes(machine),
			 "forged_frames",
			 (json_int_t)vm_machine_forged(machine),
			 "beyond_bytes", (json_int_t)machine->taken.beyond,
			 "cut", or_null(json_object_get(machine->taken.end,
							"cut")));
}

static json_t *result_json(const struct vm_machine *machine,
			   enum vm_outcome outcome, const char *reason)
{
	const struct vm_machine_taken *taken = &machine->taken;
	char now[CLOCK_RFC3339_SIZE];
	json_t *object, *channel = channel_json(machine);

	clock_rfc3339(now);
	snprintf(now + 19, sizeof(now) - 19, "Z");
	object = json_pack(
		"{s:i, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:O, s:o, "
		"s:o, s:o, s:o}",
		"pinfs_sweep", 1, "kernel", kernel_json(machine->kernel),
		"time", now, "outcome", vm_outcome_name(outcome),
		"reason", json_text(reason), "guest", or_null(taken->hello),
		"machine", machine_json(machine),
		"duration_us", durations_json(machine), "status",
		or_null(json_object_get(taken->end, "status")), "summary",
		or_null(taken->summary), "results", taken->results, "stage",
		text_or_null(taken->stage), "running",
		vm_outcome_stands(outcome) ? json_null() :
			text_or_null(taken->running), "kernel_log",
		kernel_log_json(machine, outcome), "files",
		files_json(machine));
	if (!object || !channel || json_object_update(object, channel)) {
		json_decref(object);
		object = NULL;
	}
	json_decref(channel);
	return object;
}

/* All of it, or what was there before. */
static int replace_file(int dir_fd, const char *name, const char *text,
			size_t len)
{
	autoclose int fd = openat(dir_fd, "result.json.new", O_WRONLY |
				  O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
				  0644);
	int err;

	if (fd < 0)
		return -errno;
	err = fdio_write(fd, text, len);
	if (!err && renameat(dir_fd, "result.json.new", dir_fd, name))
		err = -errno;
	if (err)
		unlinkat(dir_fd, "result.json.new", 0);
	return err;
}

int vm_machine_write_result(const struct vm_machine *machine,
			    enum vm_outcome outcome, const char *reason)
{
	json_t *object = result_json(machine, outcome, reason);
	size_t len = 0;
	autofree char *text = object ? json_line(object, &len) : NULL;
	int err = text ? replace_file(machine->dir_fd, "result.json", text,
				      len) : -ENOMEM;

	json_decref(object);
	if (err)
		log_err("%s: result.json: %s", machine->kernel->name,
			strerror(-err));
	return err;
}
