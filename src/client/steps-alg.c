/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The step that has AF_ALG decrypt into memory. The kernel pins what is to be
 * written, segment by segment, decrypts into it, and lets go without marking
 * the pages dirty (crypto/af_alg.c: af_alg_get_rsgl() and af_alg_free_sg(), 6.1
 * to 6.18): that they are written back again rests on the page table alone.
 *
 * What arrives is to be self-naming content, so that is encrypted first, into
 * private memory, by the same key: any cipher that keeps the length will do.
 */
#include <linux/if_alg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

enum {
	KEY_BYTES = 16,
	IV_BYTES = 16,
	/* What a socket takes at once, whatever its buffer's usual size. */
	LEN_MAX = 64 << 10,
};

/* The one key: nothing is secret here. */
static const uint8_t key[KEY_BYTES] = { 1 };

/* Which call said no is told to the caller, and errno kept. */
static int refuse(struct steps_call *call, const char *what)
{
	int err = -errno;

	steps_say(call, "refused", "%s", what);
	return err;
}

/* Return: a descriptor for one operation at a time, or -errno. */
static int open_cipher(struct steps_call *call)
{
	static const struct sockaddr_alg address = {
		.salg_family = AF_ALG,
		.salg_type = "skcipher",
		.salg_name = "ctr(aes)",
	};
	autoclose int socket_fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC,
					 0);
	int fd;

	if (socket_fd < 0)
		return refuse(call, "socket");
	if (bind(socket_fd, (const struct sockaddr *)&address, sizeof(address)))
		return refuse(call, "bind");
	if (setsockopt(socket_fd, SOL_ALG, ALG_SET_KEY, key, sizeof(key)))
		return refuse(call, "setsockopt");
	fd = accept4(socket_fd, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? refuse(call, "accept") : fd;
}

/* Put in what the next read is to make of it. Return: 0 or -errno. */
static int send_bytes(int fd, uint32_t operation, void *buf, size_t len)
{
	union {
		char bytes[CMSG_SPACE(sizeof(operation)) +
			   CMSG_SPACE(sizeof(struct af_alg_iv) + IV_BYTES)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { buf, len };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	const uint32_t iv_bytes = IV_BYTES;
	ssize_t n;

	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_OP;
	header->cmsg_len = CMSG_LEN(sizeof(operation));
	memcpy(CMSG_DATA(header), &operation, sizeof(operation));
	header = CMSG_NXTHDR(&message, header);
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = ALG_SET_IV;
	header->cmsg_len = CMSG_LEN(sizeof(struct af_alg_iv) + IV_BYTES);
	/* Its bytes stay zeros. */
	memcpy(CMSG_DATA(header), &iv_bytes, sizeof(iv_bytes));
	n = sendmsg(fd, &message, 0);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

/* Replace the content by what decrypts to it, and have that ready in @fd. */
static int prepare(int fd, char *buf, size_t len)
{
	int err = send_bytes(fd, ALG_OP_ENCRYPT, buf, len);
	ssize_t n;

	if (err)
		return err;
	n = read(fd, buf, len);
	if (n < 0)
		return -errno;
	if ((size_t)n != len)
		return -EIO;
	return send_bytes(fd, ALG_OP_DECRYPT, buf, len);
}

/* For STEPS_TIMED(). */
static long receive(int fd, struct steps_segments *into)
{
	struct msghdr message = {
		.msg_iov = into->iov,
		.msg_iovlen = (size_t)into->count,
	};

	return recvmsg(fd, &message, 0);
}

static long decrypt(struct steps_call *call, struct steps_segments *into,
		    char *buf)
{
	autoclose int fd = open_cipher(call);
	int err = fd < 0 ? fd : prepare(fd, buf, into->len);

	return err ? err : STEPS_TIMED(call, receive(fd, into));
}

long steps_do_af_alg(struct steps_call *call)
{
	struct steps_segments into = steps_segments(call);
	autofree char *buf = steps_filled(call, into.len, into.first.file,
					  into.first.off);

	if (into.len > LEN_MAX)
		steps_bad(call, "segments= are more than %d bytes", LEN_MAX);
	if (!steps_begin(call))
		return 0;
	return decrypt(call, &into, buf);
}
