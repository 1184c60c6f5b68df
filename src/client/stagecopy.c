/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/stagecopy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/leftover.h"
#include "client/tempmount.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"

#define REPLY_NS (5 * CLOCK_NS_PER_SEC)

enum {
	IN_FLIGHT_MS = 10000,	/* longest way of a request through the daemon */
	LOOK_MS = 2,
	PIECE_BYTES = 1 << 20,
};

/* ----------------------------------------------------------------- the bytes */

/* One piece of data, by whichever way these two files allow. */
static int copy_range(int from, int to, off_t off, off_t end, char *buf)
{
	while (off < end) {
		off_t in = off, out = off;
		ssize_t n = copy_file_range(from, &in, to, &out,
					    (size_t)(end - off), 0);
		int err;

		if (n <= 0) {
			n = fdio_pread(from, buf, (size_t)MIN(end - off,
						(off_t)PIECE_BYTES), off);
			if (n <= 0)
				return (int)n;	/* it has become shorter */
			err = fdio_pwrite(to, buf, (size_t)n, off);
			if (err)
				return err;
		}
		off += n;
	}
	return 0;
}

int stagecopy_bytes(int from, int to)
{
	autofree char *buf = NULL;
	struct stat attr;
	off_t off = 0;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	buf = malloc(PIECE_BYTES);
	if (!buf)
		return -ENOMEM;
	if (fstat(from, &attr) < 0 || ftruncate(to, attr.st_size) < 0)
		return -errno;
	while (off < attr.st_size) {
		off_t data = lseek(from, off, SEEK_DATA);
		off_t hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
		int err;

		if (data < 0 && errno == ENXIO)
			return 0;	/* no more data */
		if (data < 0 || hole < 0)
			return -errno;
		err = copy_range(from, to, data, hole, buf);
		if (err)
			return err;
		off = hole;
	}
	return 0;
}

/* --------------------------------------------------------------- the instant */

/* Requests that the daemon has and that are not held; -errno. */
static long in_flight(struct ctlclient *client)
{
	json_t *status = NULL;
	int err = ctlclient_call(client, clock_deadline_ns(REPLY_NS), &status,
				 "status");
	long n = err;

	if (!err)
		n = MAX(json_integer_value(json_object_get(status, "waiting")) -
			json_integer_value(json_object_get(status, "queued")) -
			json_integer_value(json_object_get(status, "held")),
			(json_int_t)0);
	json_decref(status);
	return n;
}

/* No request is changing the image from here to the end of the connection. */
static int stand_still(struct ctlclient *client)
{
	uint64_t deadline_ns = clock_deadline_ns(IN_FLIGHT_MS *
						 CLOCK_NS_PER_MS);
	long n = ctlclient_ask(client, clock_deadline_ns(REPLY_NS), NULL,
			       "pause scope=connection");

	while (!n && (n = in_flight(client)) > 0) {
		if (clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
		clock_sleep_ns(LOOK_MS * CLOCK_NS_PER_MS);
		n = 0;
	}
	return (int)n;
}

/* ------------------------------------------------------------------ the copy */

static int copy_image(int image, const char *file)
{
	autoclose int out = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				 0600);
	int err = out < 0 ? -errno : stagecopy_bytes(image, out);

	if (out >= 0 && !err && fsync(out) < 0)
		err = -errno;
	if (err)
		log_err("cannot copy the image to '%s': %s", file,
			strerror(-err));
	if (out >= 0 && err)
		unlink(file);
	return err;
}

/* The directory that both the stage and its mount are in. */
static int find_dir(const char *place, char **dir_ret)
{
	char *slash;
	int err = mountinfo_absolute(place, dir_ret);

	if (err)
		return err;
	slash = strrchr(*dir_ret, '/');
	if (!slash || slash == *dir_ret)
		return -ENOENT;
	*slash = '\0';
	return 0;
}

static int copy_still(const char *dir, int image, const char *file)
{
	struct ctlclient *client = NULL;
	int err = leftover_connect(dir, &client);

	/* A daemon that has ended changes nothing any more. */
	if (err == -ECONNREFUSED || err == -ENOENT)
		return copy_image(image, file);
	if (!err)
		err = stand_still(client);
	if (err)
		log_err("the daemon of the stage does not stand still: %s",
			strerror(-err));
	else
		err = copy_image(image, file);
	ctlclient_close(client);
	return err;
}

int stagecopy_snapshot(const char *place, const char *file)
{
	autofree char *dir = NULL, *path = NULL;
	autoclose int image = -1;
	int err = find_dir(place, &dir);

	if (!err && asprintf(&path, "%s/" TEMPMOUNT_SOURCE "/" STAGECOPY_IMAGE,
			     dir) < 0)
		err = -ENOMEM;
	if (!err) {
		image = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		err = image < 0 ? -errno : 0;
	}
	if (!err)
		return copy_still(dir, image, file);
	log_err("'%s' is neither a stage nor the mount of one: %s", place,
		strerror(-err));
	return err;
}
