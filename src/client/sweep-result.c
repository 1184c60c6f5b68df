/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the result.json of a kernel that has not come to a machine, and what is
 * learned for the next from those of others.
 */
#include "client/sweep-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/json.h"

int sweep_write_failure(const char *path, const char *spec, const char *name,
			const char *reason)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				0666);
	char now[CLOCK_RFC3339_SIZE];
	json_t *object;
	int err;

	if (fd < 0)
		return -errno;
	clock_rfc3339(now);
	object = json_pack("{s:i, s:{s:o, s:o, s:n, s:n, s:n, s:n}, s:s, s:s, "
			   "s:o, s:n, s:n, s:n, s:n, s:[], s:n, s:n, s:[]}",
			   "pinfs_sweep", 1, "kernel",
			   "spec", json_text(spec), "name", json_text(name),
			   "release", "package", "version", "image",
			   "time", now,
			   "outcome", vm_outcome_name(VM_HARNESS),
			   "reason", json_text(reason),
			   "guest", "machine", "status", "summary", "results",
			   "stage", "running", "kernel_log");
	err = object ? json_write_line(fd, object) : -ENOMEM;
	json_decref(object);
	if (err)
		unlink(path);
	return err;
}
