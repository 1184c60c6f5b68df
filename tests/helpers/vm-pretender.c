/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays QEMU and the guest in it, as $VM_PRETEND tells: steps with ';' between
 * them, "STEP" or "STEP=VALUE", in their order. What a step says goes out by the
 * lines that QEMU would have, with the nonce that is in the initramfs.
 *
 * A machine without an initramfs is a trial, and told by $VM_PRETEND_TRIAL.
 * $VM_PRETEND_VERSION: QEMU's; 0.1.2 without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "vm/channel.h"

enum { CHUNK = 1 << 16 };

struct guest {
	int console;
	int port;
	int serial;
	int control;
	struct vm_writer writer;
	unsigned int results;
};

static NORETURN void die(const char *what)
{
	fprintf(stderr, "vm-pretender: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put(int fd, const char *text)
{
	int err = fdio_write(fd, text, strlen(text));

	if (err) {
		errno = -err;
		die("write");
	}
}

static void frame(struct guest *guest, enum vm_frame_kind kind,
		  const char *text)
{
	int err = vm_channel_write(&guest->writer, kind, text, strlen(text));

	if (err) {
		errno = -err;
		die("channel");
	}
}

static PRINTF(3, 4) void frame_format(struct guest *guest,
				      enum vm_frame_kind kind,
				      const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	frame(guest, kind, text);
}

/* ---------------------------------------------------------------------- steps */

static void do_greet(struct guest *guest, UNUSED const char *value)
{
	put(guest->control, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}"
	    "\r\n");
}

static void do_said(UNUSED struct guest *guest, const char *value)
{
	fprintf(stderr, "%s\n", value);
}

static void do_console(struct guest *guest, const char *value)
{
	put(guest->console, "[    1.234567] ");
	put(guest->console, value);
	put(guest->console, "\r\n");
}

/* As programs write there: without a time, and without a newline. */
static void do_print(struct guest *guest, const char *value)
{
	put(guest->console, value);
}

static void do_console_mib(struct guest *guest, const char *value)
{
	char chunk[CHUNK];

	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] = i % 64 == 63 ? '\n' : '.';
	for (long i = atol(value) * 16; i > 0; i--)
		if (fdio_write(guest->console, chunk, sizeof(chunk)))
			die("console");
}

static void do_hello(struct guest *guest, UNUSED const char *value)
{
	frame(guest, VM_FRAME_HELLO, "{\"release\":\"6.0.0-pretended\"}");
}

static void do_serial(struct guest *guest, UNUSED const char *value)
{
	guest->writer.fd = guest->serial;
}

static void do_stage(struct guest *guest, const char *value)
{
	frame(guest, VM_FRAME_STAGE, value);
}

static void do_result(struct guest *guest, const char *value)
{
	guest->results++;
	frame_format(guest, VM_FRAME_RESULT, "{\"scenario\":\"%s\","
		     "\"verdict\":\"STABLE\",\"outcome\":\"as_known\"}\n",
		     value);
}

/* The value is what the summary says of the number of scenarios. */
static void do_summary(struct guest *guest, const char *value)
{
	frame_format(guest, VM_FRAME_RESULT, "{\"summary\":{\"scenarios\":%s,"
		     "\"status\":0}}\n", value);
}

static void do_line(struct guest *guest, const char *value)
{
	frame(guest, VM_FRAME_RESULT, value);
}

static void do_message(struct guest *guest, const char *value)
{
	frame(guest, VM_FRAME_MESSAGE, value);
}

/* "KIND TEXT" */
static void do_kernel(struct guest *guest, const char *value)
{
	const char *text = strchr(value, ' ');
	int len = text ? (int)(text - value) : 0;

	frame_format(guest, VM_FRAME_KERNEL, "{\"kind\":\"%.*s\","
		     "\"text\":\"%s\",\"scenario\":\"b\",\"lines\":"
		     "[\"%s\"]}", len, value, value + len + 1,
		     value + len + 1);
}

static void do_events(struct guest *guest, const char *value)
{
	frame_format(guest, VM_FRAME_EVENTS, "%s\n", value);
}

static void do_evidence(struct guest *guest, const char *value)
{
	frame_format(guest, VM_FRAME_EVIDENCE, "%s\nbytes", value);
}

/* The value is the exit status of "pinctl run". */
static void do_end(struct guest *guest, const char *value)
{
	frame_format(guest, VM_FRAME_END, "{\"status\":%s,\"frames\":%llu,"
		     "\"warned\":false,\"oopsed\":false,\"cut\":false}",
		     value, (unsigned long long)guest->writer.seq);
}

/* One that counts a frame more than there were. */
static void do_end_early(struct guest *guest, UNUSED const char *value)
{
	frame_format(guest, VM_FRAME_END, "{\"status\":0,\"frames\":%llu}",
		     (unsigned long long)guest->writer.seq + 1);
}

/* A whole result, with another nonce. */
static void do_forge(struct guest *guest, const char *value)
{
	struct guest other = *guest;

	memset(other.writer.nonce, '0', VM_NONCE_SIZE - 1);
	do_result(&other, value);
}

/* The frame before, once more. */
static void do_replay(struct guest *guest, const char *value)
{
	struct guest other = *guest;

	other.writer.seq--;
	do_result(&other, value);
}

/* Right in all but the line it comes by. */
static void do_astray(struct guest *guest, const char *value)
{
	struct guest other = *guest;

	other.writer.seq = 0;
	other.writer.fd = guest->serial;
	do_result(&other, value);
}

static void do_garbage_mib(struct guest *guest, const char *value)
{
	char chunk[CHUNK];

	memset(chunk, 'x', sizeof(chunk));
	for (long i = atol(value) * 16; i > 0; i--)
		if (fdio_write(guest->writer.fd, chunk, sizeof(chunk)))
			die("channel");
	put(guest->writer.fd, "\n");
}

static void do_farewell(struct guest *guest, UNUSED const char *value)
{
	char byte;

	if (fdio_read(guest->writer.fd, &byte, 1) != 1)
		die("no farewell");
}

static void do_shutdown(struct guest *guest, const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"timestamp\": {\"seconds\": 1, "
		 "\"microseconds\": 2}, \"event\": \"SHUTDOWN\", \"data\": "
		 "{\"guest\": true, \"reason\": \"%s\"}}\r\n", value);
	put(guest->control, text);
}

/* By pvpanic, and the machine goes on. */
static void do_panicked(struct guest *guest, UNUSED const char *value)
{
	put(guest->control, "{\"timestamp\": {\"seconds\": 1, "
	    "\"microseconds\": 2}, \"event\": \"GUEST_PANICKED\", "
	    "\"data\": {\"action\": \"run\"}}\r\n");
}

static void do_exit(UNUSED struct guest *guest, const char *value)
{
	exit(atoi(value));
}

static void do_signal(UNUSED struct guest *guest, const char *value)
{
	raise(atoi(value));
}

/* A child that would outlive us, whose pid is in the file that the value names. */
static void do_child(UNUSED struct guest *guest, const char *value)
{
	pid_t pid = fork();
	FILE *file;

	while (pid == 0)
		pause();
	file = fopen(value, "w");
	if (pid < 0 || !file)
		die(value);
	fprintf(file, "%d\n", (int)pid);
	fclose(file);
}

/* Busy for so many seconds of the clock, whether a processor is had or not. */
static void do_spin(UNUSED struct guest *guest, const char *value)
{
	uint64_t end = clock_deadline_ns((uint64_t)atoi(value) *
					 CLOCK_NS_PER_SEC);

	while (clock_now_ns() < end)
		continue;
}

static void do_sleep(UNUSED struct guest *guest, const char *value)
{
	sleep((unsigned int)atoi(value));
}

static NORETURN void do_hang(void)
{
	for (;;)
		pause();
}

static const struct {
	const char *name;
	void (*run)(struct guest *guest, const char *value);
} steps[] = {
	{ "greet", do_greet },
	{ "said", do_said },
	{ "console", do_console },
	{ "print", do_print },
	{ "console-mib", do_console_mib },
	{ "hello", do_hello },
	{ "serial", do_serial },
	{ "stage", do_stage },
	{ "result", do_result },
	{ "summary", do_summary },
	{ "line", do_line },
	{ "message", do_message },
	{ "kernel", do_kernel },
	{ "events", do_events },
	{ "evidence", do_evidence },
	{ "end", do_end },
	{ "end-early", do_end_early },
	{ "forge", do_forge },
	{ "replay", do_replay },
	{ "astray", do_astray },
	{ "garbage-mib", do_garbage_mib },
	{ "farewell", do_farewell },
	{ "shutdown", do_shutdown },
	{ "panicked", do_panicked },
	{ "exit", do_exit },
	{ "signal", do_signal },
	{ "child", do_child },
	{ "spin", do_spin },
	{ "sleep", do_sleep },
};

static void do_step(struct guest *guest, char *step)
{
	char *value = strchr(step, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (strcmp(steps[i].name, step) == 0) {
			steps[i].run(guest, value ? value : "");
			return;
		}
	fprintf(stderr, "vm-pretender: no step '%s'\n", step);
	exit(1);
}

/* ------------------------------------------------------- the machine's words */

static const char *find_word(char **argv, const char *before)
{
	for (; *argv && argv[1]; argv++)
		if (strcmp(*argv, before) == 0)
			return argv[1];
	return NULL;
}

/* The number in "socket,id=NAME,fd=N". */
static int find_line(char **argv, const char *name)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "socket,id=%s,fd=", name);
	for (; *argv; argv++)
		if (strncmp(*argv, begin, strlen(begin)) == 0)
			return atoi(*argv + strlen(begin));
	errno = ENOENT;
	die(name);
}

/* The job is the last archive of the file, and not compressed. */
static void read_nonce(const char *path, char nonce[VM_NONCE_SIZE])
{
	static const char key[] = "\"nonce\":\"";
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat attr;
	autofree char *bytes = NULL;
	const char *at = NULL;

	if (fd < 0 || fstat(fd, &attr))
		die("-initrd");
	bytes = malloc((size_t)attr.st_size);
	if (bytes && fdio_read(fd, bytes, (size_t)attr.st_size) == attr.st_size)
		at = memmem(bytes, (size_t)attr.st_size, key, strlen(key));
	if (!at)
		die("no nonce");
	snprintf(nonce, VM_NONCE_SIZE, "%.32s", at + strlen(key));
}

int main(int argc, char **argv)
{
	const char *initrd = find_word(argv, "-initrd");
	char *rest = getenv(initrd ? "VM_PRETEND" : "VM_PRETEND_TRIAL");
	const char *version = getenv("VM_PRETEND_VERSION");
	struct guest guest;

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("QEMU emulator version %s (pretended)\n",
		       version ? version : "0.1.2");
		return 0;
	}
	signal(SIGPIPE, SIG_IGN);
	guest = (struct guest){
		.console = find_line(argv, "console"),
		.port = find_line(argv, "port"),
		.serial = find_line(argv, "serial"),
		.control = find_line(argv, "control"),
	};
	guest.writer.fd = guest.port;
	if (initrd)
		read_nonce(initrd, guest.writer.nonce);
	for (char *step; (step = strsep(&rest, ";"));)
		do_step(&guest, step);
	do_hang();
}
