/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinfs-guest: the init of a guest of "pinctl sweep". Its only way out is the
 * channel (vm/channel.h); what it has to do is in VM_JOB_FILE. When all is said
 * it switches the machine off, whatever has happened before. It never returns:
 * a kernel without its init panics, which would say something about the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/json.h"
#include "common/log.h"
#include "vm/guest/guest.h"

static const struct {
	const char *name;
	const char *value;
} environment[] = {
	{ "PATH", "/bin:/sbin" },
	{ "HOME", "/root" },
	{ "TMPDIR", "/tmp" },
	{ "PINFS_KNOWN", "/etc/known.tsv" },
};

/* ------------------------------------------------------------------ speaking */

void guest_send(struct guest *guest, enum vm_frame_kind kind, const void *bytes,
		size_t len)
{
	int err = guest->broken || !guest->port ? 0 :
		vm_channel_write(&guest->channel, kind, bytes, len);

	if (!err)
		return;
	guest->broken = true;
	log_err("the channel to the host is broken: %s", strerror(-err));
}

void guest_send_json(struct guest *guest, enum vm_frame_kind kind,
		     const json_t *object)
{
	size_t len;
	autofree char *line = json_line(object, &len);

	if (line)
		guest_send(guest, kind, line, len - 1);
}

void guest_send_stage(struct guest *guest, const char *stage)
{
	guest_send(guest, VM_FRAME_STAGE, stage, strlen(stage));
}

uint64_t guest_tainted(void)
{
	autofree char *text = NULL;

	if (fdio_read_file("/proc/sys/kernel/tainted", &text))
		return 0;
	return strtoull(text, NULL, 10);
}

/* @modules: NULL: not known yet */
static void say_hello(struct guest *guest, json_t *modules)
{
	struct utsname names;
	struct timespec now;
	json_t *hello;

	uname(&names);
	clock_gettime(CLOCK_BOOTTIME, &now);
	hello = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:O*}",
			  "release", names.release, "version", names.version,
			  "machine", names.machine, "pinfs", PACKAGE_VERSION,
			  "port", guest->port,
			  "tainted", (json_int_t)guest_tainted(),
			  "uptime_us", (json_int_t)now.tv_sec * 1000000 +
				       now.tv_nsec / 1000,
			  "modules", modules);
	guest_send_json(guest, VM_FRAME_HELLO, hello);
	json_decref(hello);
}

static void say_end(struct guest *guest, int status)
{
	json_t *end = json_pack(
		"{s:i, s:I, s:I, s:I, s:I, s:o, s:{s:I, s:I}}",
		"status", status,
		"frames", (json_int_t)guest->channel.seq,
		"warned", (json_int_t)guest->warned,
		"oopsed", (json_int_t)guest->oopsed,
		"tainted", (json_int_t)guest_tainted(),
		"modules", guest_modules_asked_for(),
		"cut", "events", (json_int_t)guest->cut_events,
		"evidence", (json_int_t)guest->cut_evidence);

	guest_send_json(guest, VM_FRAME_END, end);
	json_decref(end);
}

/* --------------------------------------------------------------------- doing */

static int read_job(struct guest *guest)
{
	autofree char *text = NULL;
	int err = fdio_read_file(VM_JOB_FILE, &text);

	if (err)
		log_err("there is nothing to do: %s: %s", VM_JOB_FILE,
			strerror(-err));
	else
		err = vm_job_parse(text, &guest->job);
	if (!err)
		memcpy(guest->channel.nonce, guest->job.nonce, VM_NONCE_SIZE);
	/* No program that the scenarios start is to know the nonce. */
	unlink(VM_JOB_FILE);
	return err;
}

static void open_and_greet(struct guest *guest, bool last)
{
	int err;

	if (guest->port)
		return;
	err = guest_open_channel(guest, last);
	if (err && last)
		log_err("there is no way out of this machine: no port '%s', no "
			"second serial line: %s", VM_CHANNEL_PORT,
			strerror(-err));
	if (err)
		return;
	say_hello(guest, NULL);
	guest_send_stage(guest, "modules");
}

static void after_module(struct guest *guest)
{
	open_and_greet(guest, false);
}

static void do_job(struct guest *guest)
{
	json_t *modules;
	int status;

	open_and_greet(guest, false);
	modules = guest_load_modules(guest, after_module);
	open_and_greet(guest, true);
	say_hello(guest, modules);
	json_decref(modules);
	if (!guest->port)
		return;
	guest_setup();
	guest_send_stage(guest, "run");
	status = guest_run(guest);
	guest_send_stage(guest, "events");
	guest_send_kept(guest);
	say_end(guest, status);
	guest_farewell(guest);
}

static NORETURN void power_off(void)
{
	reboot(RB_POWER_OFF);
	/* Without ACPI; a machine that may not reboot ends, too. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	static struct guest guest = { .channel.fd = -1 };

	/* The kernel starts programs without any descriptor. */
	if (fdio_open_standard())
		return 2;
	log_setup("pinfs-guest", LOG_SINK_STDERR, false);
	/* The kernel's call (kernel/module/kmod.c:call_modprobe()). */
	if (getpid() != 1 && argc == 4 && strcmp(argv[1], "-q") == 0)
		return guest_modprobe(argv[3]);
	if (getpid() != 1) {
		fprintf(stderr, "pinfs-guest is the init of a virtual machine "
			"that 'pinctl sweep' starts, and of nothing else\n");
		return 2;
	}
	clearenv();
	for (size_t i = 0; i < ARRAY_SIZE(environment); i++)
		setenv(environment[i].name, environment[i].value, 1);
	guest_mount();
	if (chdir("/tmp") < 0)
		log_warn("cannot enter /tmp: %s", strerror(errno));
	if (!read_job(&guest))
		do_job(&guest);
	power_off();
}
