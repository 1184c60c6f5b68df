/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns QEMU's command line, its sockets, and its end. */
#include "vm/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/tool.h"
#include "vm/channel.h"
#include "vm/kernel.h"
#include "vm/qemu-keeper.h"

enum { MAX_WORDS = 64, WORD_SIZE = 192, TEXT_SIZE = 512 };

/* A command line as it is put together. */
struct words {
	char *argv[MAX_WORDS];
	size_t count;
	bool failed;
};

static void add(struct words *words, const char *word)
{
	char *copy = strdup(word);

	assert(words->count < MAX_WORDS - 1);
	words->failed |= !copy;
	words->argv[words->count++] = copy;
}

/* Several words without spaces in them. */
static void add_all(struct words *words, const char *text)
{
	autofree char *copy = strdup(text);
	char *rest = copy;

	words->failed |= !copy;
	for (char *word; (word = strsep(&rest, " "));)
		add(words, word);
}

static PRINTF(2, 3) void add_format(struct words *words, const char *fmt, ...)
{
	char text[WORD_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	add_all(words, text);
}

static void free_words(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->argv[i]);
}

/*
 * cx16 off: with it the kernel's slab allocator uses atomics of 16 bytes. TCG runs
 * those with all other vCPUs stopped (accel/tcg/cputlb.c:atomic_mmu_lookup(),
 * cpu_loop_exit_atomic()), and guests with Linux 6.12 crashed while they booted
 * (QEMU 7.2.22, machines as these are, with one vCPU and with two).
 */
static void add_processor(struct words *words,
			  const struct vm_qemu_config *config)
{
	bool kvm = strcmp(config->accel, "kvm") == 0;
	const char *tcg = config->threads > 1 ? "tcg,thread=multi" :
						"tcg,thread=single";

	add_format(words, "-accel %s", kvm ? "kvm" : tcg);
	add_format(words, "-cpu %s", kvm ? "host" : "max,-cx16");
	add_format(words, "-smp %u", config->cpus);
}

/* Two nodes: some scenarios move pages from one to the other. */
static void add_memory(struct words *words, const struct vm_qemu_config *config)
{
	add_format(words, "-m %uM", config->memory_mib);
	for (unsigned int node = 0; node < 2; node++) {
		add_format(words,
			   "-object memory-backend-ram,size=%uM,id=memory%u",
			   node ? config->memory_mib - config->memory_mib / 2 :
				  config->memory_mib / 2, node);
		add_format(words, "-numa node,memdev=memory%u", node);
	}
}

static void add_lines(struct words *words)
{
	static const char *const names[VM_QEMU_LINES] = {
		[VM_QEMU_CONSOLE] = "console",
		[VM_QEMU_PORT] = "port",
		[VM_QEMU_SERIAL] = "serial",
		[VM_QEMU_CONTROL] = "control",
	};

	for (int line = 0; line < VM_QEMU_LINES; line++)
		add_format(words, "-chardev socket,id=%s,fd=%d", names[line],
			   VM_KEEPER_LINES + line);
	add_all(words, "-serial chardev:console -serial chardev:serial");
	add_all(words, "-mon chardev=control,mode=control");
	/*
	 * Tells of a panic even when the console does not (QEMU 6.0). The machine
	 * goes on: the kernel tells pvpanic before it flushes its console
	 * (kernel/panic.c:vpanic(), 6.18), and ends the machine by panic=-1.
	 */
	add_all(words, "-device pvpanic-pci -action panic=none");
	add_all(words, "-device virtio-serial-pci");
	add_all(words, "-device virtserialport,chardev=port,name="
		VM_CHANNEL_PORT);
}

static void add_kernel(struct words *words, const struct vm_qemu_config *config)
{
	add(words, "-kernel");
	add(words, config->image);
	if (config->initrd) {
		add(words, "-initrd");
		add(words, config->initrd);
	}
	add(words, "-append");
	add(words, config->append);
}

static void make_words(struct words *words, const struct vm_qemu_config *config)
{
	add(words, config->program);
	add_all(words, "-nodefaults -no-user-config -display none -no-reboot");
	add_processor(words, config);
	add_memory(words, config);
	add_lines(words);
	add_kernel(words, config);
}

/* Ours and the keeper's end of all; closed ones are -1. */
struct ends {
	int ours[VM_KEEPER_END - VM_KEEPER_LIFE];
	int theirs[VM_KEEPER_END - VM_KEEPER_LIFE];
};

static void close_all(int fds[VM_KEEPER_END - VM_KEEPER_LIFE])
{
	for (int i = 0; i < VM_KEEPER_END - VM_KEEPER_LIFE; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static int make_ends(struct ends *ends)
{
	memset(ends, -1, sizeof(*ends));
	for (int i = 0; i < VM_KEEPER_END - VM_KEEPER_LIFE; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			return -errno;
		ends->ours[i] = pair[0];
		ends->theirs[i] = pair[1];
		if (fcntl(pair[0], F_SETFL, O_NONBLOCK))
			return -errno;
	}
	return 0;
}

static int start(const char *path, struct words *words, struct ends *ends,
		 int said)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		close_all(ends->ours);
		vm_qemu_keep(path, words->argv, ends->theirs, said);
	}
	return pid;
}

static void take_ends(struct vm_qemu *qemu, struct ends *ends, pid_t keeper)
{
	*qemu = (struct vm_qemu){
		.keeper = keeper,
		.life = ends->ours[0],
		.told = ends->ours[VM_KEEPER_TOLD - VM_KEEPER_LIFE],
	};
	for (int line = 0; line < VM_QEMU_LINES; line++)
		qemu->lines[line] =
			ends->ours[VM_KEEPER_LINES - VM_KEEPER_LIFE + line];
}

int vm_qemu_start(const struct vm_qemu_config *config, struct vm_qemu *qemu_ret)
{
	struct words words = { .count = 0 };
	char path[PATH_MAX];
	struct ends ends;
	int err;

	if (!tool_find(config->program, path))
		return -ENOENT;
	make_words(&words, config);
	err = make_ends(&ends);
	if (!err && words.failed)
		err = -ENOMEM;
	if (!err)
		err = start(path, &words, &ends, config->said);
	close_all(ends.theirs);
	free_words(&words);
	if (err < 0) {
		close_all(ends.ours);
		return err;
	}
	take_ends(qemu_ret, &ends, err);
	return 0;
}

/* Two numbers, one after the other; each comes as a whole. */
void vm_qemu_listen(struct vm_qemu *qemu)
{
	int number;
	ssize_t n = read(qemu->told, &number, sizeof(number));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == (ssize_t)sizeof(number) && !qemu->pid) {
		qemu->pid = number;
		return;
	}
	qemu->ended = true;
	qemu->status = n == (ssize_t)sizeof(number) ? number : SIGKILL;
}

void vm_qemu_end(struct vm_qemu *qemu)
{
	close(qemu->life);
	while (waitpid(qemu->keeper, NULL, 0) < 0 && errno == EINTR)
		continue;
	close(qemu->told);
	for (int line = 0; line < VM_QEMU_LINES; line++)
		close(qemu->lines[line]);
}

/* "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)" */
char *vm_qemu_version(const char *program)
{
	const char *const argv[] = { program, "--version", NULL };
	static const char words[] = " version ";
	char text[TEXT_SIZE];
	char *at = tool_run(argv, text, sizeof(text)) == 0 ?
		strstr(text, words) : NULL;

	if (!at)
		return NULL;
	at += strlen(words);
	return strndup(at, strcspn(at, " \t\r\n,"));
}

unsigned int vm_qemu_threads(const char *version, unsigned int cpus)
{
	return version && vm_version_compare(version, "8.1") >= 0 ? cpus : 1;
}
