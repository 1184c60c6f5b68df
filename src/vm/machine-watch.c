/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks on while a machine runs.
 *
 * A deadline passes by the time that the machine had, not by the clock: what QEMU
 * has waited for a processor is taken off (the second number of
 * /proc/PID/task/TID/schedstat). A guest that hangs waits for nothing, so a busy
 * host makes no machine hang. One that hangs in a loop does wait: no more than two
 * thirds are taken off. Only the deadline of all is one of the clock.
 */
#include "vm/machine-internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"

enum {
	READ_SIZE = 1 << 16,
	PANIC_SECONDS = 30,	/* from a panic to the end that follows it */
	FAREWELL_SECONDS = 30,	/* from the last frame to the end */
	LAST_WORDS_MS = 3000,	/* for what the kernel says of its tasks */
	PAUSE_MS = 500,		/* after which it has no more to say */
	LOOK_MS = 1000,
};

/* ----------------------------------------------------------------- deadlines */

static uint64_t waited_by(int task_fd, const char *tid)
{
	char name[64], text[96];
	uint64_t waited = 0;
	ssize_t n;

	snprintf(name, sizeof(name), "%.20s/schedstat", tid);

	autoclose int fd = openat(task_fd, name, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? -1 : fdio_read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "%*u %" SCNu64, &waited) == 1 ? waited : 0;
}

/* Of all of QEMU's threads. */
static uint64_t waited_by_all(pid_t pid)
{
	char path[64];
	uint64_t waited = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			waited += waited_by(dirfd(dir), entry->d_name);
	closedir(dir);
	return waited;
}

/* Threads of vCPUs wait at the same time: of their sum, the average counts. */
static void look_at_processors(struct vm_machine *machine, uint64_t now)
{
	if (!machine->qemu.pid ||
	    now - machine->looked_ns < LOOK_MS * CLOCK_NS_PER_MS)
		return;
	machine->looked_ns = now;
	machine->starved_ns = MAX(machine->starved_ns,
				  waited_by_all(machine->qemu.pid) /
				  machine->threads);
}

/* What the machine had of the time since it was heard of. */
static uint64_t quiet_ns(const struct vm_machine *machine, uint64_t now)
{
	uint64_t clock_ns = now - machine->heard_ns;
	uint64_t starved = machine->starved_ns - machine->heard_starved_ns;

	return clock_ns - MIN(starved, clock_ns / 3 * 2);
}

static enum vm_machine_stop deadline_passed(const struct vm_machine *machine,
					    uint64_t now)
{
	const struct vm_machine_options *options = &machine->options;
	uint64_t quiet = quiet_ns(machine, now);

	if (machine->taken.end)
		return quiet > FAREWELL_SECONDS * CLOCK_NS_PER_SEC ?
			VM_STOP_FAREWELL : VM_STOP_NONE;
	if (machine->panic_ns &&
	    now - machine->panic_ns > PANIC_SECONDS * CLOCK_NS_PER_SEC)
		return VM_STOP_PANIC;
	if (now - machine->start_ns > options->total_ns)
		return VM_STOP_TOTAL;
	if (!machine->taken.hello)
		return quiet > options->boot_ns ? VM_STOP_BOOT : VM_STOP_NONE;
	return quiet > options->silence_ns ? VM_STOP_SILENCE : VM_STOP_NONE;
}

static void be_patient(struct vm_machine *machine, uint64_t now)
{
	machine->heard_ns = now;
	machine->heard_starved_ns = machine->starved_ns;
}

/* --------------------------------------------------------------- what comes */

static int take_console(struct vm_machine *machine, const char *bytes,
			size_t len)
{
	int err = vm_console_feed(machine->console, bytes, len);

	if (!machine->panic_ns &&
	    (machine->control.panicked ||
	     *vm_console_facts(machine->console)->panic))
		machine->panic_ns = clock_now_ns();
	return err;
}

/*
 * A guest's program has one line, the first that a frame came by. Boot counts as
 * one silence, up to the first frame; after that each frame ends one.
 */
static int take_frames(struct vm_machine *machine, int line)
{
	struct vm_reader *reader = machine->readers[line];
	struct vm_frame frame;
	int err = 0;

	while (!err && vm_reader_next(reader, &frame)) {
		if (machine->speaker < 0)
			machine->speaker = line;
		if (machine->speaker != line) {
			machine->astray++;
			continue;
		}
		err = vm_machine_take(machine, &frame);
		be_patient(machine, clock_now_ns());
	}
	return err;
}

/* Any byte is the answer that the guest waits for after its last frame. */
static void say_farewell(struct vm_machine *machine, int line)
{
	if (send(machine->qemu.lines[line], "\n", 1,
		 MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("the guest's line is closed");
}

static int take_channel(struct vm_machine *machine, int line,
			const char *bytes, size_t len)
{
	bool ended = machine->taken.end;
	int err = vm_reader_feed(machine->readers[line], bytes, len);

	if (!err)
		err = take_frames(machine, line);
	if (machine->taken.end && !ended)
		say_farewell(machine, line);
	return err;
}

static int take_bytes(struct vm_machine *machine, int line, const char *bytes,
		      size_t len)
{
	if (line == VM_QEMU_CONSOLE)
		return take_console(machine, bytes, len);
	if (line != VM_QEMU_CONTROL)
		return take_channel(machine, line, bytes, len);
	vm_control_feed(&machine->control, machine->qemu.lines[line], bytes,
			len);
	return 0;
}

/* Return: bytes taken; 0: nothing there now; -EPIPE: nor ever; -errno. */
static ssize_t take_line(struct vm_machine *machine, int line)
{
	char bytes[READ_SIZE];
	ssize_t n = read(machine->qemu.lines[line], bytes, sizeof(bytes));
	int err;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	if (n == 0)
		return -EPIPE;
	err = take_bytes(machine, line, bytes, (size_t)n);
	return err ? err : n;
}

struct lines {
	struct pollfd fds[VM_QEMU_LINES + 1];
};

static void lines_init(struct lines *lines, const struct vm_machine *machine)
{
	for (int line = 0; line < VM_QEMU_LINES; line++)
		lines->fds[line] = (struct pollfd){
			.fd = machine->qemu.lines[line], .events = POLLIN };
	lines->fds[VM_QEMU_LINES] = (struct pollfd){
		.fd = machine->qemu.told, .events = POLLIN };
}

/* Wait for @ms at most, and take of each line what is there. */
static int look_once(struct vm_machine *machine, struct lines *lines, int ms)
{
	if (poll(lines->fds, VM_QEMU_LINES + 1, ms) < 0)
		return errno == EINTR ? 0 : -errno;
	for (int line = 0; line < VM_QEMU_LINES; line++) {
		ssize_t n;

		if (!lines->fds[line].revents)
			continue;
		n = take_line(machine, line);
		if (n == -EPIPE)
			lines->fds[line].fd = -1;
		else if (n < 0)
			return (int)n;
	}
	if (lines->fds[VM_QEMU_LINES].revents)
		vm_qemu_listen(&machine->qemu);
	return 0;
}

/* QEMU has ended, so what it has left in the lines has an end as well. */
static int take_rest(struct vm_machine *machine, const struct lines *lines)
{
	for (int line = 0; line < VM_QEMU_LINES; line++) {
		ssize_t n = lines->fds[line].fd < 0 ? 0 : 1;

		while (n > 0)
			n = take_line(machine, line);
		if (n < 0 && n != -EPIPE)
			return (int)n;
	}
	return 0;
}

/* Until the console is quiet. */
static int hear_out(struct vm_machine *machine, struct lines *lines)
{
	const struct vm_console_facts *facts =
		vm_console_facts(machine->console);
	uint64_t end = clock_deadline_ns(LAST_WORDS_MS * CLOCK_NS_PER_MS);
	uint64_t pause = clock_deadline_ns(PAUSE_MS * CLOCK_NS_PER_MS);
	int err = 0;

	while (!err && !machine->qemu.ended && clock_left_ms(end) > 0 &&
	       clock_left_ms(pause) > 0) {
		uint64_t before = facts->bytes;

		err = look_once(machine, lines, MIN(clock_left_ms(end),
						    clock_left_ms(pause)));
		if (facts->bytes != before)
			pause = clock_deadline_ns(PAUSE_MS * CLOCK_NS_PER_MS);
	}
	return err;
}

/*
 * SysRq at the serial console is a break, then the key (drivers/tty/serial/
 * serial_core.c). They go by two sockets: the key when the break was made.
 */
static int press(struct vm_machine *machine, struct lines *lines, char key)
{
	unsigned int answers = machine->control.answers;
	uint64_t end = clock_deadline_ns(PAUSE_MS * CLOCK_NS_PER_MS);
	int err = 0;

	vm_control_break(machine->qemu.lines[VM_QEMU_CONTROL], "console");
	while (!err && machine->control.answers == answers &&
	       !machine->qemu.ended && clock_left_ms(end) > 0)
		err = look_once(machine, lines, clock_left_ms(end));
	if (send(machine->qemu.lines[VM_QEMU_CONSOLE], &key, 1,
		 MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("the guest's console is closed");
	return err;
}

/*
 * What is blocked, and what runs, for the one who reads the console's log. What the
 * guest's program says meanwhile counts.
 */
static int ask_for_last_words(struct vm_machine *machine, struct lines *lines)
{
	int err = press(machine, lines, 'w');

	if (!err)
		err = hear_out(machine, lines);
	if (!err)
		err = press(machine, lines, 'l');
	return err ? err : hear_out(machine, lines);
}

int vm_machine_watch(struct vm_machine *machine)
{
	struct lines lines;
	int err = 0;

	lines_init(&lines, machine);
	be_patient(machine, clock_now_ns());
	while (!err && machine->stop == VM_STOP_NONE) {
		uint64_t now;

		err = look_once(machine, &lines, LOOK_MS);
		now = clock_now_ns();
		look_at_processors(machine, now);
		machine->stop = machine->qemu.ended ?
			VM_STOP_ENDED : deadline_passed(machine, now);
	}
	machine->silent_ns = clock_now_ns() - machine->heard_ns;
	if (!err && (machine->stop == VM_STOP_BOOT ||
		     machine->stop == VM_STOP_SILENCE ||
		     machine->stop == VM_STOP_TOTAL))
		err = ask_for_last_words(machine, &lines);
	if (!err && machine->stop == VM_STOP_ENDED)
		err = take_rest(machine, &lines);
	machine->end_ns = clock_now_ns();
	return err;
}
