/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets for a socket of AF_XDP: a network namespace with nothing but its
 * loopback, and a program of two calls that gives the socket whatever comes
 * there. The kernel copies them into the socket's memory (XDP_COPY, generic
 * XDP), so it takes no hardware and no driver.
 */
#include "client/steps-packets.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

/* ------------------------------------------------- a network of our own */

/* Make this thread's network a new one. Return: the old one or -errno. */
static int leave_network(void)
{
	autoclose int old = open("/proc/thread-self/ns/net",
				 O_RDONLY | O_CLOEXEC);

	if (old < 0 || unshare(CLONE_NEWNET))
		return -errno;
	return steal_fd(&old);
}

/* Make it that of a socket. Return: the old one or -errno. */
static int enter_network(int socket)
{
	autoclose int old = open("/proc/thread-self/ns/net",
				 O_RDONLY | O_CLOEXEC);
	autoclose int its = ioctl(socket, SIOCGSKNS);

	if (old < 0 || its < 0 || setns(its, CLONE_NEWNET))
		return -errno;
	return steal_fd(&old);
}

/* Of no use any more is a thread in the wrong network: there is no way on. */
static void return_to_network(int old)
{
	int err = setns(old, CLONE_NEWNET);

	assert(err == 0);
	close(old);
}

static int raise_loopback(void)
{
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
}

int steps_packets_socket(void)
{
	int old = leave_network();
	int fd, err;

	if (old < 0)
		return old;
	fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	err = fd < 0 ? -errno : raise_loopback();
	return_to_network(old);
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

/* -------------------------------------------------------------- the packets */

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	int fd = (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return fd < 0 ? -errno : fd;
}

/* A map whose one entry is the socket. */
static int make_map(int fd)
{
	union bpf_attr make = {
		.map_type = BPF_MAP_TYPE_XSKMAP,
		.key_size = sizeof(int),
		.value_size = sizeof(int),
		.max_entries = 1,
	};
	autoclose int map = bpf(BPF_MAP_CREATE, &make);
	int key = 0, err;
	union bpf_attr put = {
		.map_fd = (uint32_t)map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&fd,
	};

	if (map < 0)
		return map;
	err = bpf(BPF_MAP_UPDATE_ELEM, &put);
	return err ? err : steal_fd(&map);
}

/* return bpf_redirect_map(map, 0, 0) */
static int load_program(int map)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)program,
		.insn_cnt = ARRAY_SIZE(program),
		.license = (uintptr_t)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/* Every packet of the loopback to the socket, while the link is open. */
static int direct_packets(int fd)
{
	autoclose int map = make_map(fd);
	autoclose int program = map < 0 ? map : load_program(map);
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = (uint32_t)program,
			.target_ifindex = STEPS_PACKETS_LOOPBACK,
			.attach_type = BPF_XDP,
			.flags = XDP_FLAGS_SKB_MODE,
		},
	};

	return program < 0 ? program : bpf(BPF_LINK_CREATE, &attr);
}

/* The content's first bytes pass for addresses, and nobody looks at them. */
static int send_all(const char *content, size_t len)
{
	autoclose int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = STEPS_PACKETS_LOOPBACK,
	};

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < steps_packets(len); i++) {
		size_t begin = steps_packets_begin(len, i);

		if (sendto(fd, content + begin,
			   steps_packets_begin(len, i + 1) - begin, 0,
			   (struct sockaddr *)&to, sizeof(to)) < 0)
			return -errno;
	}
	return 0;
}

int steps_packets_send(int fd, const char *content, size_t len, int *link_ret)
{
	int old = enter_network(fd);

	if (old < 0)
		return old;

	autoclose int link = direct_packets(fd);
	int err = link < 0 ? link : send_all(content, len);

	return_to_network(old);
	if (!err)
		*link_ret = steal_fd(&link);
	return err;
}
