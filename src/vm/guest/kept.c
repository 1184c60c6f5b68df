/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the way of event logs and evidence to the host. The summary says where
 * they are; where there is none, the run has not come to its end, they are looked
 * for where temporary mounts have them. Events go first, evidence after them, the
 * oldest first, as long as there is room.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "vm/guest/guest.h"

enum { PART_BYTES = 1 << 18 };

struct sending {
	struct guest *guest;
	size_t left;		/* room [bytes] */
};

/* ---------------------------------------------------------------- the events */

/* Of [bytes, bytes + len) what are whole lines. */
static size_t whole_lines(const char *bytes, size_t len)
{
	const char *newline = memrchr(bytes, '\n', len);

	return newline ? (size_t)(newline - bytes) + 1 : 0;
}

static void send_log(struct sending *sending, const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	autofree char *bytes = malloc(PART_BYTES);
	off_t off = 0;
	struct stat stat;

	if (fd < 0 || !bytes || fstat(fd, &stat) < 0) {
		log_warn("cannot read %s: %s", path, strerror(errno));
		return;
	}
	for (;;) {
		size_t most = MIN((size_t)PART_BYTES, sending->left);
		ssize_t n = fdio_pread(fd, bytes, most, off);
		size_t len = n > 0 ? whole_lines(bytes, (size_t)n) : 0;

		if (len == 0)
			break;
		guest_send(sending->guest, VM_FRAME_EVENTS, bytes, len);
		sending->left -= len;
		off += (off_t)len;
	}
	if (stat.st_size > off)
		sending->guest->cut_events += (uint64_t)(stat.st_size - off);
}

/* -------------------------------------------------------------- the evidence */

static int send_file(struct sending *sending, int dir, const char *name)
{
	autoclose int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t begin = strlen(name) + 1;
	autofree char *bytes = NULL;
	struct stat stat;
	ssize_t n;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -errno;
	if (!S_ISREG(stat.st_mode) || (size_t)stat.st_size > sending->left ||
	    (size_t)stat.st_size > VM_FRAME_MAX - begin)
		return -EFBIG;
	bytes = malloc(begin + (size_t)stat.st_size);
	if (!bytes)
		return -ENOMEM;
	sprintf(bytes, "%s\n", name);
	n = fdio_read(fd, bytes + begin, (size_t)stat.st_size);
	if (n < 0)
		return (int)n;
	guest_send(sending->guest, VM_FRAME_EVIDENCE, bytes, begin + (size_t)n);
	sending->left -= (size_t)n;
	return 0;
}

/* Not those that were being written, which begin with a dot. */
static int is_wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Names end in "-NUMBER.json", NUMBER from the clock (daemon/evidence.c). */
static int by_number(const struct dirent **one, const struct dirent **other)
{
	const char *a = strrchr((*one)->d_name, '-');
	const char *b = strrchr((*other)->d_name, '-');

	return strverscmp(a ? a : "", b ? b : "");
}

static void send_evidence(struct sending *sending, const char *state)
{
	autofree char *path = NULL;
	autoclose int dir = -1;
	struct dirent **names = NULL;
	int count;

	if (asprintf(&path, "%s/evidence", state) < 0) {
		path = NULL;
		return;
	}
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	count = dir < 0 ? 0 : scandir(path, &names, is_wanted, by_number);
	for (int i = 0; i < count; i++) {
		if (send_file(sending, dir, names[i]->d_name))
			sending->guest->cut_evidence++;
		free(names[i]);
	}
	free(names);
}

/* ---------------------------------------------------------------- the places */

/* As "kept" of a summary. Return: the caller's; NULL without memory. */
static json_t *find_places(void)
{
	json_t *places = json_array();
	glob_t paths;

	if (!places || glob("/tmp/pinctl-*/source/.pinfs", 0, NULL, &paths))
		return places;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		char log[PATH_MAX];

		snprintf(log, sizeof(log), "%s/events.jsonl",
			 paths.gl_pathv[i]);
		json_array_append_new(places, json_pack(
			"{s:s, s:s}", "state", paths.gl_pathv[i], "log", log));
	}
	globfree(&paths);
	return places;
}

void guest_send_kept(struct guest *guest)
{
	struct sending sending = { .guest = guest,
				   .left = guest->job.evidence_max };
	json_t *places = guest->kept ? json_incref(guest->kept) : find_places();
	json_t *place;
	size_t i;

	json_array_foreach(places, i, place) {
		const char *log = json_string_value(
			json_object_get(place, "log"));

		if (log)
			send_log(&sending, log);
	}
	json_array_foreach(places, i, place) {
		const char *state = json_string_value(
			json_object_get(place, "state"));

		if (state)
			send_evidence(&sending, state);
	}
	json_decref(places);
}
