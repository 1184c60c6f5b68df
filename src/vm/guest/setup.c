/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns what a system does when it boots, as far as scenarios need it. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "vm/guest/guest.h"

static const struct {
	const char *type;
	const char *place;
	const char *options;
	bool must;		/* the others a kernel may not have */
} mounts[] = {
	{ "proc", "/proc", NULL, true },
	{ "sysfs", "/sys", NULL, true },
	{ "devtmpfs", "/dev", NULL, true },
	{ "tmpfs", "/tmp", "mode=1777", true },
	{ "tmpfs", "/run", "mode=755", true },
	{ "tmpfs", "/dev/shm", "mode=1777", true },
	{ "devpts", "/dev/pts", "gid=0,mode=620", false },
	{ "hugetlbfs", "/dev/hugepages", NULL, false },
	{ "debugfs", "/sys/kernel/debug", NULL, false },
	{ "tracefs", "/sys/kernel/tracing", NULL, false },
	{ "cgroup2", "/sys/fs/cgroup", NULL, false },
};

/* Of a module, so there may be none until it is loaded. */
static const char connections[] = "/sys/fs/fuse/connections";

static const struct {
	const char *path;
	const char *value;
} settings[] = {
	/* For the target hugetlb. */
	{ "/proc/sys/vm/nr_hugepages", "8" },
	{ "/proc/sys/kernel/modprobe", "/init" },
	{ "/proc/sys/kernel/hostname", "pinfs-guest" },
};

void guest_mount(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		mkdir(mounts[i].place, 0755);
		if (mount(mounts[i].type, mounts[i].place, mounts[i].type,
			  MS_NOSUID, mounts[i].options) < 0 &&
		    errno != EBUSY && mounts[i].must)
			log_err("cannot mount %s: %s", mounts[i].place,
				strerror(errno));
	}
}

/* What a kernel lacks makes scenarios SKIP, with a reason. */
static void set_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		int err = fdio_write_file(settings[i].path, settings[i].value);

		if (err)
			log_warn("cannot write %s: %s", settings[i].path,
				 strerror(-err));
	}
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
}

/* Sockets to oneself. */
static void raise_loopback(void)
{
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	if (fd < 0)
		return;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		log_warn("the loopback interface stays down: %s",
			 strerror(errno));
}

void guest_setup(void)
{
	if (access(connections, F_OK) == 0 &&
	    mount("fusectl", connections, "fusectl", MS_NOSUID, NULL) < 0 &&
	    errno != EBUSY)
		log_warn("cannot mount %s: %s", connections, strerror(errno));
	set_all();
	raise_loopback();
}
