/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the way out. A virtio console names its ports in sysfs; it tells them when
 * its driver has talked to the host, some time after that was loaded. A serial
 * line is there from the beginning, and is slow: it is taken where there is no
 * virtio console at all, or no driver of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "vm/guest/guest.h"

#define SERIAL "/dev/ttyS1"
#define VIRTIO_CONSOLE_ID "0x0003"

enum { PORT_WAIT_MS = 5000, STEP_MS = 10 };

/* The first path of a pattern whose file has this text. Return: false: none. */
static bool find_text(const char *pattern, const char *wanted,
		      char path_ret[PATH_MAX])
{
	glob_t paths;
	bool found = false;

	if (glob(pattern, 0, NULL, &paths))
		return false;
	for (size_t i = 0; !found && i < paths.gl_pathc; i++) {
		autofree char *text = NULL;

		found = fdio_read_file(paths.gl_pathv[i], &text) == 0 &&
			strcmp(text, wanted) == 0;
		if (found)
			snprintf(path_ret, PATH_MAX, "%s", paths.gl_pathv[i]);
	}
	globfree(&paths);
	return found;
}

/* "/sys/class/virtio-ports/vport0p1/name" is /dev/vport0p1. */
static int open_port(void)
{
	char path[PATH_MAX], device[PATH_MAX + 8];
	char *name;
	int fd;

	if (!find_text("/sys/class/virtio-ports/*/name", VM_CHANNEL_PORT, path))
		return -ENOENT;
	*strrchr(path, '/') = '\0';
	name = strrchr(path, '/') + 1;
	snprintf(device, sizeof(device), "/dev/%s", name);
	fd = open(device, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool has_console(void)
{
	char path[PATH_MAX];

	return access("/sys/bus/virtio/drivers/virtio_console", F_OK) == 0 &&
	       find_text("/sys/bus/virtio/devices/*/device", VIRTIO_CONSOLE_ID,
			 path);
}

/* Waits but once: a console without our port is somebody else's. */
static int wait_for_port(void)
{
	static bool waited;
	uint64_t deadline = clock_deadline_ns(PORT_WAIT_MS * CLOCK_NS_PER_MS);
	int fd;

	if (waited || !has_console())
		return -ENOENT;
	waited = true;
	while ((fd = open_port()) == -ENOENT && clock_now_ns() < deadline)
		clock_sleep_ns(STEP_MS * CLOCK_NS_PER_MS);
	return fd;
}

/* Every byte as it is, no echo, whatever the modem's lines say. */
static int open_serial(void)
{
	autoclose int fd = open(SERIAL, O_RDWR | O_NOCTTY | O_NONBLOCK |
				O_CLOEXEC);
	struct termios modes;

	if (fd < 0 || tcgetattr(fd, &modes) < 0)
		return -errno;
	cfmakeraw(&modes);
	modes.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&modes, B115200);
	if (tcsetattr(fd, TCSANOW, &modes) < 0 ||
	    fcntl(fd, F_SETFL, 0) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int take(struct guest *guest, const char *port, int fd)
{
	if (fd < 0)
		return fd;
	guest->channel.fd = fd;
	guest->port = port;
	return 0;
}

int guest_open_channel(struct guest *guest, bool last)
{
	int err = take(guest, "virtio", wait_for_port());

	return err && last ? take(guest, "serial", open_serial()) : err;
}

/*
 * A serial line is empty when tcdrain(3) says so. Behind a virtio console the
 * host is asked: it hangs up, or sends anything.
 */
void guest_farewell(struct guest *guest)
{
	struct pollfd poller = { .fd = guest->channel.fd, .events = POLLIN };

	if (isatty(guest->channel.fd)) {
		while (tcdrain(guest->channel.fd) < 0 && errno == EINTR)
			;
	} else {
		while (poll(&poller, 1, VM_CHANNEL_FAREWELL_MS) < 0 &&
		       errno == EINTR)
			;
	}
	/* Its driver waits until the host has taken the message that it was
	 * closed (drivers/char/virtio_console.c:__send_control_msg() (6.12)). */
	close(guest->channel.fd);
	guest->channel.fd = -1;
	guest->broken = true;
}
