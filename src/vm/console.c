/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns a console's log and what has been read from it. The first half of the log
 * is in the file as soon as it has come; of all that follows a ring keeps the
 * last, which is written at the end. So whoever looks on sees how a machine
 * boots, and a guest that talks without end costs no more than the limit.
 */
#include "vm/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "vm/kernelreport.h"

struct vm_console {
	int fd;
	size_t half;		/* of the limit [bytes] */
	size_t head;		/* bytes of the first half that are written */
	char *ring;		/* of @half bytes; NULL: nothing is beyond it */
	uint64_t beyond;	/* bytes that came behind the first half */
	char line[VM_CONSOLE_LINE];
	size_t line_len;
	struct vm_console_facts facts;
};

/*
 * Panics before any program of ours ran: init/do_mounts.c:mount_root_generic(),
 * init/main.c:kernel_init() (6.18).
 */
static const char *const without_init[] = {
	"VFS: Unable to mount root fs",
	"No working init found",
	"Requested init ",
};

/* @inside: the two brackets, and what may stand between them */
static const char *skip_brackets(const char *line, const char *inside)
{
	size_t len;

	if (*line != inside[0])
		return line;
	len = strspn(line + 1, inside + 2);
	if (!len || line[len + 1] != inside[1])
		return line;
	return line + len + 2;
}

/* A line without "<4>", "[    1.234567]" and "[    T1]" at its front. */
static const char *find_text(const char *line)
{
	line = skip_brackets(line, "<>0123456789");
	line = skip_brackets(line, "[] 0123456789.");
	line = skip_brackets(line, "[] 0123456789TC");
	return line + strspn(line, " ");
}

struct vm_console *vm_console_create(int fd, size_t limit)
{
	struct vm_console *console = calloc(1, sizeof(*console));

	if (!console)
		return NULL;
	console->fd = fd;
	console->half = MAX(limit / 2, (size_t)1);
	return console;
}

void vm_console_destroy(struct vm_console *console)
{
	if (!console)
		return;
	free(console->ring);
	free(console);
}

const struct vm_console_facts *vm_console_facts(
	const struct vm_console *console)
{
	return &console->facts;
}

static void keep_first(char kept[VM_CONSOLE_LINE], const char *text)
{
	if (!*kept)
		snprintf(kept, VM_CONSOLE_LINE, "%s", text);
}

static void take_panic(struct vm_console_facts *facts, const char *text)
{
	if (*facts->panic)
		return;
	keep_first(facts->panic, text);
	for (size_t i = 0; i < ARRAY_SIZE(without_init); i++)
		if (strstr(text, without_init[i]))
			keep_first(facts->no_init, text);
}

/* A panic may stand behind what a program has begun to print. */
static void take_line(struct vm_console *console)
{
	struct vm_console_facts *facts = &console->facts;
	const char *text = find_text(console->line);
	const char *panic = strstr(text, "Kernel panic - not syncing");

	if (!*text)
		return;
	snprintf(facts->last, sizeof(facts->last), "%s", text);
	facts->version |= strncmp(text, "Linux version ", 14) == 0;
	facts->init |= strncmp(text, "Run /", 5) == 0 &&
		       strstr(text, " as init process");
	if (panic)
		take_panic(facts, panic);
	else if (vm_kernelreport_kind(text))
		keep_first(facts->trouble, text);
	/* init/initramfs.c:do_populate_rootfs() (6.18) */
	if (strncmp(text, "Initramfs unpacking failed", 26) == 0)
		keep_first(facts->unpack, text);
}

static void end_line(struct vm_console *console)
{
	console->line[console->line_len] = '\0';
	console->line_len = 0;
	take_line(console);
}

static void read_lines(struct vm_console *console, const char *bytes,
		       size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte == '\n' ||
		    console->line_len == sizeof(console->line) - 1)
			end_line(console);
		/* Terminals' codes and carriage returns are no text. */
		if (byte >= ' ' && byte != 0x7f)
			console->line[console->line_len++] = (char)byte;
		else if (byte == '\t')
			console->line[console->line_len++] = ' ';
	}
}

static int keep_beyond(struct vm_console *console, const char *bytes,
		       size_t len)
{
	if (!console->ring && len)
		console->ring = malloc(console->half);
	if (!console->ring && len)
		return -ENOMEM;
	while (len > 0) {
		size_t at = console->beyond % console->half;
		size_t n = MIN(len, console->half - at);

		memcpy(console->ring + at, bytes, n);
		console->beyond += n;
		bytes += n;
		len -= n;
	}
	return 0;
}

int vm_console_feed(struct vm_console *console, const void *bytes, size_t len)
{
	size_t first = MIN(len, console->half - console->head);
	int err = 0;

	console->facts.bytes += len;
	read_lines(console, bytes, len);
	if (first)
		err = fdio_write(console->fd, bytes, first);
	console->head += first;
	if (err)
		return err;
	return keep_beyond(console, (const char *)bytes + first, len - first);
}

static int write_cut(struct vm_console *console)
{
	uint64_t cut = console->beyond - console->half;
	char note[96];
	int len = snprintf(note, sizeof(note),
			   "\n[pinctl sweep: %llu bytes are cut here]\n",
			   (unsigned long long)cut);

	return fdio_write(console->fd, note, (size_t)len);
}

int vm_console_finish(struct vm_console *console)
{
	size_t at = console->beyond % console->half;
	int err = 0;

	if (console->line_len)
		end_line(console);
	if (!console->beyond)
		return 0;
	if (console->beyond > console->half)
		err = write_cut(console);
	if (!err && console->beyond >= console->half)
		err = fdio_write(console->fd, console->ring + at,
				 console->half - at);
	if (!err)
		err = fdio_write(console->fd, console->ring, at);
	console->beyond = 0;
	return err;
}
