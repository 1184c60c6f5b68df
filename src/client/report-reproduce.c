/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the hint how to see the same again: the command of the first suspect on a
 * mount with the same options, and the scenario that does what its system call
 * did. It is a hint: it says nothing that is not in the log.
 */
#include "client/report.h"

#include <string.h>

#include "client/textpage.h"

/* Which scenario's writer makes a system call. */
static const struct {
	const char *call;
	const char *writer;
} writers[] = {
	{ "read", "dio-read" }, { "pread64", "dio-read" },
	{ "readv", "dio-readv2" }, { "preadv", "dio-readv2" },
	{ "preadv2", "dio-readv2" },
	{ "process_vm_readv", "vm-writev" },
	{ "process_vm_writev", "vm-writev" },
	{ "io_uring_enter", "uring-read" },
	{ "io_submit", "aio-read" }, { "io_getevents", "aio-read" },
	{ "vmsplice", "vmsplice-late" },
	{ "ptrace", "ptrace-poke" },
	{ "write", "pwrite" }, { "pwrite64", "pwrite" },
	{ "writev", "pwrite" }, { "pwritev", "pwrite" },
	{ "pwritev2", "pwrite" },
	{ "splice", "splice-in" }, { "sendfile", "sendfile-in" },
	{ "sendfile64", "sendfile-in" },
	{ "copy_file_range", "copy-range-in" },
};

/* The first suspect of the findings that are told. */
static const json_t *first_suspect(const struct report *report)
{
	const struct findings *findings = report->findings;

	for (size_t i = 0; i < MIN(findings->count, report->details); i++) {
		const json_t *suspect = json_array_get(
			json_object_get(findings->items[i]->event, "suspects"),
			0);

		if (suspect)
			return suspect;
	}
	return NULL;
}

static const char *writer_of(const char *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++)
		if (strcmp(writers[i].call, call) == 0)
			return writers[i].writer;
	return NULL;
}

/* -o of a mount that has such options; cut to @size. */
static void describe_options(const struct findings *findings, char *text,
			     size_t size)
{
	static const char *const words[] = { "cache", "live", "policy" };
	const json_t *options = json_object_get(findings->mount, "options");
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words) && used < size; i++) {
		const char *value = findings_text(options, words[i]);

		if (*value)
			used += (size_t)snprintf(text + used, size - used,
						 "%s%s=%s", used ? "," : "-o ",
						 words[i], value);
	}
	if (json_is_true(json_object_get(options, "pins_only")) && used < size)
		used += (size_t)snprintf(text + used, size - used, "%spins_only",
					 used ? "," : "-o ");
	/* Who it was shows best when calls are recorded from the start. */
	if (*findings_text(options, "trace") && used < size)
		snprintf(text + used, size - used, "%strace=on",
			 used ? "," : "-o ");
}

void report_reproduce(struct textpage *page, const struct report *report)
{
	const json_t *suspect = first_suspect(report);
	const char *command = findings_text(suspect, "cmdline");
	const char *writer = writer_of(findings_text(suspect, "call"));
	char options[256];

	describe_options(report->findings, options, sizeof(options));
	textpage_title(page, '-', "To reproduce");
	textpage_line(page, 0, 0, "On a mount with the same options, with what "
		      "ran then (files in SOURCE show in the command's working "
		      "directory):");
	textpage_blank(page);
	textpage_line(page, 2, 4, "pinctl exec %s%s--fail-on=finding SOURCE -- "
		      "%s", options, *options ? " " : "",
		      *command && strcmp(command, redact_left_out) != 0 ?
		      command : "COMMAND");
	textpage_blank(page);
	textpage_line(page, 0, 0, writer ?
		      "The same by itself, with the page held under writeback "
		      "while the call is made:" :
		      "What this kernel does to pages under writeback by "
		      "itself:");
	textpage_blank(page);
	textpage_line(page, 2, 4, "pinctl run %s%s", writer ? writer : "",
		      writer ? "@writeback" : "@pins");
}
