/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says what became of a machine: a table of rules, of which the first that holds
 * is the answer, and gives the evidence as a sentence.
 *
 * Results come by frames only. The console decides between a panic, a hang and a
 * failure to boot: between answers none of which is a pass.
 */
#include "vm/machine-internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "common/tool.h"

enum { SAID_SIZE = 200 };

static PRINTF(2, 3) bool say(char reason[VM_MACHINE_TEXT], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, VM_MACHINE_TEXT, fmt, args);
	va_end(args);
	return true;
}

static bool says(const struct vm_machine *machine, const char *shutdown)
{
	return strcmp(machine->control.shutdown, shutdown) == 0;
}

static const struct vm_console_facts *console(const struct vm_machine *machine)
{
	return vm_console_facts(machine->console);
}

uint64_t vm_machine_forged(const struct vm_machine *machine)
{
	uint64_t forged = machine->astray;

	for (int line = 0; line < VM_QEMU_LINES; line++)
		if (machine->readers[line])
			forged += vm_reader_forged(machine->readers[line]);
	return forged;
}

/* ---------------------------------------------------- how the machine ended */

static void qemu_said(const struct vm_machine *machine, char text[SAID_SIZE])
{
	ssize_t n = fdio_pread(machine->said_fd, text, SAID_SIZE - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	tool_cut_line(text);
}

static void describe_status(const struct vm_machine *machine,
			    char end[VM_MACHINE_TEXT])
{
	int status = machine->qemu.status;
	char said[SAID_SIZE];

	qemu_said(machine, said);
	if (WIFSIGNALED(status))
		say(end, "QEMU was killed by signal %d (%s)%s%s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)),
		    *said ? ": " : "", said);
	else
		say(end, "QEMU ended with status %d%s%s", WEXITSTATUS(status),
		    *said ? ": " : "", said);
}

/* "the guest switched the machine off" */
static void describe_end(const struct vm_machine *machine,
			 char end[VM_MACHINE_TEXT])
{
	static const struct {
		const char *shutdown;
		const char *text;
	} rows[] = {
		{ "guest-shutdown", "the guest switched the machine off" },
		{ "guest-reset", "the guest reset the machine" },
		{ "host-signal", "QEMU was told to end by a signal" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (says(machine, rows[i].shutdown)) {
			say(end, "%s", rows[i].text);
			return;
		}
	describe_status(machine, end);
}

static unsigned int quiet_seconds(const struct vm_machine *machine)
{
	return (unsigned int)(machine->silent_ns / CLOCK_NS_PER_SEC);
}

/* ------------------------------------------------------- has all of it come? */

static bool count_differs(const struct vm_machine_taken *taken,
			  char reason[VM_MACHINE_TEXT])
{
	json_int_t scenarios = json_integer_value(
		json_object_get(taken->summary, "scenarios"));
	json_int_t frames = json_integer_value(
		json_object_get(taken->end, "frames"));
	size_t results = json_array_size(taken->results);

	if (frames != (json_int_t)taken->frames)
		return say(reason, "the guest says that it sent %lld frames, "
			   "and %llu have come", (long long)frames,
			   (unsigned long long)taken->frames);
	if (scenarios != (json_int_t)results)
		return say(reason, "the guest says that it ran %lld scenarios, "
			   "and the results of %zu have come",
			   (long long)scenarios, results);
	return false;
}

static bool status_differs(const struct vm_machine_taken *taken,
			   char reason[VM_MACHINE_TEXT])
{
	json_int_t status = json_integer_value(
		json_object_get(taken->end, "status"));
	const json_t *own = json_object_get(taken->summary, "status");

	if (own && json_integer_value(own) != status)
		return say(reason, "\"pinctl run\" ended with status %lld, and "
			   "its summary says %lld", (long long)status,
			   (long long)json_integer_value(own));
	return false;
}

bool vm_machine_all_came(const struct vm_machine *machine,
			 char reason[VM_MACHINE_TEXT])
{
	const struct vm_machine_taken *taken = &machine->taken;
	const json_t *status = json_object_get(taken->end, "status");

	if (!taken->hello)
		return !say(reason, "the guest's program did not say what it is");
	if (taken->unread)
		return !say(reason, "%llu frames of the guest make no sense",
			    (unsigned long long)taken->unread);
	if (!json_is_integer(status))
		return !say(reason, "\"pinctl run\" has no exit status");
	if (!taken->summary)
		return !say(reason, "\"pinctl run\" ended with status %lld "
			    "before its summary%s%s",
			    (long long)json_integer_value(status),
			    *taken->message ? ": " : "", taken->message);
	return !count_differs(taken, reason) && !status_differs(taken, reason);
}

static bool all_came(const struct vm_machine *machine)
{
	char reason[VM_MACHINE_TEXT];

	return machine->taken.end && vm_machine_all_came(machine, reason);
}

/* A number of reports, or whether there was one. */
static bool is_so(const json_t *end, const char *key)
{
	const json_t *value = json_object_get(end, key);

	return json_is_true(value) || json_integer_value(value) > 0;
}

/* The first entry of the kernel log that is of one of these kinds, or NULL. */
static const json_t *find_trouble(const struct vm_machine *machine,
				  const char *kinds)
{
	const json_t *log = machine->taken.kernel_log;

	for (size_t i = 0; i < json_array_size(log); i++) {
		const json_t *entry = json_array_get(log, i);

		if (strstr(kinds, json_string_value(
				   json_object_get(entry, "kind"))))
			return entry;
	}
	return NULL;
}

static bool say_trouble(const struct vm_machine *machine, const char *word,
			const json_t *entry, char reason[VM_MACHINE_TEXT])
{
	return say(reason, "all %zu results have come; the kernel has %s%s%s",
		   json_array_size(machine->taken.results), word,
		   entry ? ": " : "",
		   entry ? json_string_value(json_object_get(entry, "text")) :
			   "");
}

/* ------------------------------------------------------------------ the rules */

static bool no_machine(const struct vm_machine *machine,
		       char reason[VM_MACHINE_TEXT])
{
	if (*machine->harness)
		return say(reason, "%s", machine->harness);
	if (machine->stop != VM_STOP_ENDED || machine->control.greeted ||
	    console(machine)->bytes || machine->taken.frames)
		return false;
	describe_status(machine, reason);
	return true;
}

/* A panic without which the machine went on, and off, is none: some program has
 * written its words to the console. */
static bool panic_stands(const struct vm_machine *machine)
{
	return machine->control.panicked || says(machine, "guest-panic") ||
	       (*console(machine)->panic &&
		!(machine->taken.end && says(machine, "guest-shutdown")));
}

/*
 * Too little memory for the first file system shows as one that is damaged: what
 * is unpacked may take half of it, beside what it is unpacked from.
 */
static void add_memory(const struct vm_machine *machine,
		       char reason[VM_MACHINE_TEXT])
{
	enum { TIMES = 4 };
	size_t len = strlen(reason);
	struct stat st;
	unsigned int mib;

	if (stat(machine->initrd, &st))
		return;
	mib = (unsigned int)(st.st_size >> 20);
	if (mib * TIMES > machine->options.memory_mib)
		snprintf(reason + len, VM_MACHINE_TEXT - len,
			 "; %u MiB of memory may be too little for a first file "
			 "system of %u MiB", machine->options.memory_mib, mib);
}

static bool no_first_program(const struct vm_machine *machine,
			     char reason[VM_MACHINE_TEXT])
{
	const struct vm_console_facts *facts = console(machine);

	if (machine->taken.hello || !panic_stands(machine) || !*facts->no_init)
		return false;
	say(reason, "the kernel found no program to start: %.150s%s%.150s",
	    facts->panic, *facts->unpack ? "; before that: " : "",
	    facts->unpack);
	if (*facts->unpack)
		add_memory(machine, reason);
	return true;
}

static bool panicked(const struct vm_machine *machine,
		     char reason[VM_MACHINE_TEXT])
{
	const struct vm_console_facts *facts = console(machine);

	if (!panic_stands(machine))
		return false;
	return say(reason, "%.200s%s%.200s",
		   *facts->panic ? facts->panic :
				   "the guest's kernel reported a panic",
		   *facts->trouble ? "; before that: " : "", facts->trouble);
}

static bool oopsed(const struct vm_machine *machine,
		   char reason[VM_MACHINE_TEXT])
{
	const json_t *entry = find_trouble(machine, "oops bug panic");

	if (!all_came(machine) ||
	    (!entry &&
	     !is_so(machine->taken.end, "oopsed")))
		return false;
	return say_trouble(machine, "had an oops", entry, reason);
}

static bool warned(const struct vm_machine *machine,
		   char reason[VM_MACHINE_TEXT])
{
	const json_t *entry = find_trouble(
		machine, "warn hung-task lockdep rcu-stall");

	if (!all_came(machine) ||
	    (!entry &&
	     !is_so(machine->taken.end, "warned")))
		return false;
	return say_trouble(machine, "warned", entry, reason);
}

static bool complete(const struct vm_machine *machine,
		     char reason[VM_MACHINE_TEXT])
{
	if (!all_came(machine))
		return false;
	return say(reason, "all %zu results have come%s",
		   json_array_size(machine->taken.results),
		   machine->stop == VM_STOP_FAREWELL ?
			   "; the machine did not switch itself off" : "");
}

static bool contradicted(const struct vm_machine *machine,
			 char reason[VM_MACHINE_TEXT])
{
	return machine->taken.end && !vm_machine_all_came(machine, reason);
}

static bool is_late(const struct vm_machine *machine)
{
	return machine->stop == VM_STOP_BOOT ||
	       machine->stop == VM_STOP_SILENCE ||
	       machine->stop == VM_STOP_TOTAL;
}

static bool hung(const struct vm_machine *machine, char reason[VM_MACHINE_TEXT])
{
	const struct vm_machine_taken *taken = &machine->taken;

	if (!is_late(machine))
		return false;
	if (taken->hello && machine->stop == VM_STOP_TOTAL)
		return say(reason, "the guest was not done after %llu s, %zu "
			   "results have come",
			   (unsigned long long)(machine->options.total_ns /
						CLOCK_NS_PER_SEC),
			   json_array_size(taken->results));
	if (taken->hello)
		return say(reason, "the guest sent nothing for %u s, after %zu "
			   "results%s%s", quiet_seconds(machine),
			   json_array_size(taken->results),
			   *taken->stage ? ", in the stage " : "",
			   taken->stage);
	if (!console(machine)->init)
		return false;
	return say(reason, "the kernel started the guest's first program, which "
		   "sent nothing for %u s", quiet_seconds(machine));
}

static bool late_boot(const struct vm_machine *machine,
		      char reason[VM_MACHINE_TEXT])
{
	const struct vm_console_facts *facts = console(machine);

	if (!is_late(machine))
		return false;
	if (!facts->bytes)
		return say(reason, "the kernel said nothing at all in %u s",
			   quiet_seconds(machine));
	return say(reason, "the kernel did not come to its first program in %u "
		   "s; the last that it said: %.200s", quiet_seconds(machine),
		   facts->last);
}

/* A kernel that has come to no program does not switch off by itself. */
static bool early_end(const struct vm_machine *machine,
		      char reason[VM_MACHINE_TEXT])
{
	const struct vm_console_facts *facts = console(machine);
	char end[VM_MACHINE_TEXT];

	if (machine->taken.hello || facts->init || says(machine, "guest-shutdown"))
		return false;
	describe_end(machine, end);
	if (!facts->bytes)
		return say(reason, "%.250s, and the kernel had said nothing",
			   end);
	return say(reason, "%.250s before the kernel came to its first program; "
		   "the last that it said: %.200s", end,
		   *facts->unpack ? facts->unpack : facts->last);
}

static bool no_result(const struct vm_machine *machine,
		      char reason[VM_MACHINE_TEXT])
{
	const struct vm_machine_taken *taken = &machine->taken;
	char end[VM_MACHINE_TEXT];

	describe_end(machine, end);
	if (!taken->hello)
		return say(reason, "%.250s before the guest's program said "
			   "anything", end);
	return say(reason, "%.250s after %zu results, before the guest said that "
		   "these are all", end, json_array_size(taken->results));
}

static const struct {
	enum vm_outcome outcome;
	bool (*holds)(const struct vm_machine *machine,
		      char reason[VM_MACHINE_TEXT]);
} rules[] = {
	{ VM_HARNESS, no_machine },
	{ VM_BOOT_FAILURE, no_first_program },
	{ VM_PANIC, panicked },
	{ VM_OOPSED, oopsed },
	{ VM_WARNED, warned },
	{ VM_COMPLETE, complete },
	{ VM_NO_RESULT, contradicted },
	{ VM_HANG, hung },
	{ VM_BOOT_FAILURE, late_boot },
	{ VM_BOOT_FAILURE, early_end },
	{ VM_NO_RESULT, no_result },
};

/* What was not counted is named, whatever the outcome. */
static void add_forged(const struct vm_machine *machine,
		       char reason[VM_MACHINE_TEXT])
{
	uint64_t forged = vm_machine_forged(machine);
	size_t len = strlen(reason);

	if (forged && len < VM_MACHINE_TEXT)
		snprintf(reason + len, VM_MACHINE_TEXT - len,
			 "; %" PRIu64 " frames that the guest's program has not "
			 "sent came on its line, and were not taken", forged);
}

enum vm_outcome vm_machine_judge(const struct vm_machine *machine,
				 char reason[VM_MACHINE_TEXT])
{
	size_t i = 0;

	while (!rules[i].holds(machine, reason))
		i++;
	if (!*machine->harness)
		add_forged(machine, reason);
	return rules[i].outcome;
}
