/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * direct-writer FILE CALL LEN AT - write LEN bytes by O_DIRECT, from memory that
 * another process shares, and changes at byte AT when it reads a line.
 *
 * CALL: pwrite and pwritev write at 8192, write, writev and pwritev2 where the
 * file is, which is there; append at the end; aio as pwrite, by libaio's calls;
 * aio-then-pwrite sends one by AIO and sleeps in a pwrite(2) to the same range of
 * the file "other" in the working directory.
 * Vectors have pieces of 100 and 5000 bytes, and the rest.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/compiler.h"

enum { OFF = 8192 };

static char *buffer;
static size_t len;

static struct iovec *vector(void)
{
	static struct iovec iov[3];

	iov[0] = (struct iovec){ buffer, 100 };
	iov[1] = (struct iovec){ buffer + 100, 5000 };
	iov[2] = (struct iovec){ buffer + 5100, len - 5100 };
	return iov;
}

static ssize_t do_write(int fd)
{
	return write(fd, buffer, len);
}

static ssize_t do_pwrite(int fd)
{
	return pwrite(fd, buffer, len, OFF);
}

static ssize_t do_writev(int fd)
{
	return writev(fd, vector(), 3);
}

static ssize_t do_pwritev(int fd)
{
	return pwritev(fd, vector(), 3, OFF);
}

static ssize_t do_pwritev2(int fd)
{
	return pwritev2(fd, vector(), 3, -1, 0);
}

static ssize_t do_append(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_APPEND);
	return write(fd, buffer, len);
}

static aio_context_t submit(int fd)
{
	static struct iocb cb;
	struct iocb *cbs[] = { &cb };
	aio_context_t context = 0;

	cb = (struct iocb){
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = (unsigned int)fd,
		.aio_buf = (uintptr_t)buffer, .aio_nbytes = len,
		.aio_offset = OFF,
	};
	if (syscall(SYS_io_setup, 1, &context) < 0 ||
	    syscall(SYS_io_submit, context, 1, cbs) != 1)
		err(1, "io_submit");
	return context;
}

static ssize_t do_aio(int fd)
{
	aio_context_t context = submit(fd);
	struct io_event event;

	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		err(1, "io_getevents");
	return event.res;
}

/* With other bytes. */
static ssize_t do_aio_then_pwrite(int fd)
{
	int other = open("other", O_RDWR | O_CREAT | O_DIRECT, 0600);
	char *bytes = aligned_alloc(4096, len);
	aio_context_t context = submit(fd);
	struct io_event event;

	if (other < 0 || !bytes)
		err(1, "other");
	memset(bytes, 'o', len);
	if (pwrite(other, bytes, len, OFF) != (ssize_t)len ||
	    syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		err(1, "pwrite and io_getevents");
	return event.res;
}

static const struct {
	const char *name;
	ssize_t (*call)(int fd);
} calls[] = {
	{ "write", do_write }, { "pwrite", do_pwrite },
	{ "writev", do_writev }, { "pwritev", do_pwritev },
	{ "pwritev2", do_pwritev2 }, { "append", do_append },
	{ "aio", do_aio }, { "aio-then-pwrite", do_aio_then_pwrite },
};

static NORETURN void changer(size_t at)
{
	char line[16];

	if (!fgets(line, sizeof(line), stdin))
		_exit(1);
	buffer[at] ^= 0x55;
	puts("changed");
	fflush(stdout);
	_exit(0);
}

static ssize_t run(const char *name, int fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].call(fd);
	errx(2, "no call '%s'", name);
}

int main(int argc, char **argv)
{
	pid_t pid;
	int fd;

	if (argc != 5)
		errx(2, "usage: direct-writer FILE CALL LEN AT");
	len = strtoul(argv[3], NULL, 10);
	buffer = mmap(NULL, len, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fd = open(argv[1], O_RDWR | O_DIRECT);
	if (buffer == MAP_FAILED || fd < 0 || lseek(fd, OFF, SEEK_SET) < 0)
		err(1, "%s", argv[1]);
	memset(buffer, 'w', len);
	pid = fork();
	if (!pid)
		changer(strtoul(argv[4], NULL, 10));
	if (run(argv[2], fd) != (ssize_t)len)
		err(1, "%s", argv[2]);
	puts("written");
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
