/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that send memory without a copy of it. Whose bytes arrive, those of
 * the time of the call or later ones? Whoever receives on this machine gets a
 * copy, made when the packet is delivered (net/core/dev.c:
 * __netif_receive_skb_core(), which calls skb_orphan_frags_rx()): over the
 * loopback that is inside of send(2), unless the receiver's window is full.
 * What waits in the sender's queue then is still the memory itself. So the
 * receive buffer can be made small, and the answer says how much is not sent.
 */
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

static const char ends[] = "ab";

/* A socket that somebody can connect to, and its address. */
static int listen_here(struct sockaddr_in *addr, int size)
{
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*addr);

	*addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	/* Accepted sockets inherit it; the window is never larger. */
	if (fd < 0 || (size && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
					  sizeof(size))))
		return -errno;
	if (bind(fd, (struct sockaddr *)addr, len) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)addr, &len))
		return -errno;
	return steal_fd(&fd);
}

static int connect_to(const struct sockaddr_in *addr)
{
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) ||
	    connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		return -errno;
	return steal_fd(&fd);
}

/* fds[0] sends to fds[1]. Return: 0 or -errno. */
static int make_pair(int fds[2], int size)
{
	struct sockaddr_in addr;
	autoclose int listener = listen_here(&addr, size);
	autoclose int sender = listener < 0 ? listener : connect_to(&addr);
	int receiver;

	if (sender < 0)
		return sender;
	receiver = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (receiver < 0)
		return -errno;
	fds[0] = steal_fd(&sender);
	fds[1] = receiver;
	return 0;
}

long steps_do_tcp(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	uint64_t size = steps_size_or(call, "size", 0);
	int fds[2] = { -1, -1 };
	int err;

	steps_check_ends(call, name, ends);
	if (size > INT32_MAX)
		steps_bad(call, "size= is too large");
	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	err = make_pair(fds, (int)size);
	call->end_ns = clock_now_ns();
	if (err)
		steps_say(call, "refused", "tcp");
	else
		err = steps_add_ends(call, name, ends, fds, false);
	return err;
}

/* Returns at once: the kernel keeps references to the pages. */
long steps_do_send_zerocopy(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "mem", off, len);
	struct steps_fd out = steps_fd(call, "out");
	int unsent = 0;
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, send(out.fd, mem.addr, len, MSG_ZEROCOPY));
	if (ret >= 0 && ioctl(out.fd, SIOCOUTQNSD, &unsent) == 0)
		steps_say(call, "unsent", "%d", unsent);
	return ret;
}

/* As "read", but all of it: a stream comes in pieces. */
long steps_do_receive(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	size_t len = steps_len(call);
	autofree char *buf = steps_buffer(call, len);
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, recv(fd.fd, buf, len, MSG_WAITALL));
	if (ret >= 0)
		steps_say_digests(call, buf, (size_t)ret);
	return ret;
}
