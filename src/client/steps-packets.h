/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets for a socket of AF_XDP, in a network namespace of its own. */
#ifndef PIN_STEPS_PACKETS_H
#define PIN_STEPS_PACKETS_H

#include <stddef.h>

#include "common/compiler.h"

enum {
	STEPS_PACKETS_MIN = 14,		/* bytes: a header of Ethernet */
	STEPS_PACKETS_MAX = 2048,
	STEPS_PACKETS_LOOPBACK = 1,	/* index of the only interface */
};

/* How many packets content of @len bytes makes. */
static inline size_t steps_packets(size_t len)
{
	return (len + STEPS_PACKETS_MAX - 1) / STEPS_PACKETS_MAX;
}

/* Where packet @i begins in it: they are all as long, or one byte longer. */
static inline size_t steps_packets_begin(size_t len, size_t i)
{
	return len * i / steps_packets(len);
}

/* Return: a socket in a new network, whose loopback is up, or -errno. */
int steps_packets_socket(void) MUST_CHECK;
/**
 * steps_packets_send() - send content to such a socket, which is bound
 * @len: at least STEPS_PACKETS_MIN
 * @link_ret: to be closed when all has arrived; without it what is still on the
 *            way is lost
 * Context: the calling thread is in the socket's network meanwhile.
 * Return: 0 or -errno. That all is sent does not say that it has arrived.
 */
int steps_packets_send(int fd, const char *content, size_t len, int *link_ret)
	MUST_CHECK;

#endif
