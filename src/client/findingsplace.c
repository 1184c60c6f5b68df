/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns where a log and its evidence are.
 *
 * A log may come from a stranger, and names files. So only what has an evidence
 * file's name is opened, without following a link or waiting for a FIFO, and
 * read up to a limit.
 */
#include "client/findingsplace.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/bundle.h"
#include "client/ctlclient.h"
#include "client/mountref.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"

#define REPLY_NS (10 * CLOCK_NS_PER_SEC)

struct findingsplace {
	char *name;
	char *log;		/* NULL: in the bundle */
	char *evidence;		/* directory */
	json_t *status;
	char *mountinfo;
	struct bundle *bundle;
	enum redact_level left_out;
};

static char *join(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* ------------------------------------------------------------------- mounts */

/* The line whose third field is @dev; caller frees; NULL: there is none. */
static char *read_mountinfo(const char *dev)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	char third[32];
	bool found = false;

	if (!file)
		return NULL;
	while (!found && getline(&line, &size, file) > 0)
		found = sscanf(line, "%*s %*s %31s", third) == 1 &&
			strcmp(third, dev) == 0;
	fclose(file);
	if (found) {
		line[strcspn(line, "\n")] = '\0';
		return line;
	}
	free(line);
	return NULL;
}

static int ask(struct findingsplace *place, struct ctlclient *client)
{
	uint64_t deadline_ns = clock_deadline_ns(REPLY_NS);
	json_t *status = NULL;
	const char *log, *state;
	int err = (int)ctlclient_ask(client, deadline_ns, NULL, "sync");

	if (!err)
		err = ctlclient_call(client, deadline_ns, &status, "status");
	if (err)
		return err;
	place->status = status;
	log = json_string_value(json_object_get(status, "log"));
	state = json_string_value(json_object_get(status, "state"));
	if (!log || !state)
		return -EPROTO;
	place->log = strdup(log);
	place->evidence = join(state, "evidence");
	place->mountinfo = read_mountinfo(json_string_value(
		json_object_get(status, "dev")) ?: "");
	return place->log && place->evidence ? 0 : -ENOMEM;
}

static int open_mount(struct findingsplace *place)
{
	struct ctlclient *client;
	int err = ctlclient_open(place->name, &client);

	if (err)
		return err;
	err = ask(place, client);
	ctlclient_close(client);
	if (err)
		log_err("the daemon of '%s' does not say where its log is: %s",
			place->name, strerror(-err));
	return err;
}

/* -------------------------------------------------------------------- files */

static int open_directory(struct findingsplace *place)
{
	/* A state directory, or a SOURCE that has its own. */
	static const char *const logs[] = { "events.jsonl",
					    ".pinfs/events.jsonl" };

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		place->log = join(place->name, logs[i]);
		if (!place->log)
			return -ENOMEM;
		if (access(place->log, F_OK) == 0)
			break;
		if (i + 1 < ARRAY_SIZE(logs)) {
			free(place->log);
			place->log = NULL;
		}
	}
	place->evidence = strdup(place->log);
	if (!place->evidence)
		return -ENOMEM;
	strcpy(strrchr(place->evidence, '/') + 1, "evidence");
	return 0;
}

static int open_log(struct findingsplace *place)
{
	const char *slash = strrchr(place->name, '/');

	place->log = strdup(place->name);
	if (asprintf(&place->evidence, "%.*sevidence",
		     slash ? (int)(slash + 1 - place->name) : 0,
		     place->name) < 0)
		place->evidence = NULL;
	return place->log && place->evidence ? 0 : -ENOMEM;
}

/* What its MANIFEST says was left out. */
static int read_manifest(struct findingsplace *place)
{
	autofree char *text = NULL;
	size_t len;
	int err = bundle_read(place->bundle, "MANIFEST", &text, &len);

	if (err)
		return err;
	if (strstr(text, "\nredact: content\n"))
		place->left_out = REDACT_CONTENT;
	else if (strstr(text, "\nredact: all\n"))
		place->left_out = REDACT_ALL;
	return 0;
}

static int open_bundle(struct findingsplace *place)
{
	autofree char *status = NULL;
	size_t len;
	int err = bundle_open(place->name, &place->bundle);

	if (err)
		return err;
	err = bundle_read(place->bundle, "status.json", &status, &len);
	if (!err)
		place->status = json_loadb(status, len, 0, NULL);
	if (!err || err == -ENOENT)
		err = bundle_read(place->bundle, "mountinfo",
				  &place->mountinfo, &len);
	if (!err || err == -ENOENT)
		err = read_manifest(place);
	return err == -ENOENT ? 0 : err;
}

static int open_file(struct findingsplace *place)
{
	autoclose int fd = open(place->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat attr;

	if (fd < 0 || fstat(fd, &attr)) {
		int err = -errno;

		log_err("cannot open '%s': %s", place->name, strerror(-err));
		return err;
	}
	if (S_ISDIR(attr.st_mode))
		return open_directory(place);
	if (!S_ISREG(attr.st_mode)) {
		log_err("'%s' is no mount of pinfs, and neither a directory "
			"nor a file", place->name);
		return -EINVAL;
	}
	return bundle_is_one(fd) ? open_bundle(place) : open_log(place);
}

int findingsplace_open(const char *name, struct findingsplace **place_ret)
{
	struct findingsplace *place = calloc(1, sizeof(*place));
	struct mountref ref;
	int err = -ENOMEM;

	if (place)
		place->name = strdup(name);
	if (place && place->name) {
		err = mountref_look(name, &ref);
		if (!err)
			mountref_deinit(&ref);
		err = err ? open_file(place) : open_mount(place);
	}
	if (err)
		findingsplace_close(place);
	else
		*place_ret = place;
	return err;
}

void findingsplace_close(struct findingsplace *place)
{
	if (!place)
		return;
	free(place->name);
	free(place->log);
	free(place->evidence);
	free(place->mountinfo);
	json_decref(place->status);
	bundle_close(place->bundle);
	free(place);
}

/* ----------------------------------------------------------------- contents */

const char *findingsplace_name(const struct findingsplace *place)
{
	return place->name;
}

json_t *findingsplace_status(const struct findingsplace *place)
{
	return place->status;
}

const char *findingsplace_mountinfo(const struct findingsplace *place)
{
	return place->mountinfo;
}

enum redact_level findingsplace_left_out(const struct findingsplace *place)
{
	return place->left_out;
}

int findingsplace_log(const struct findingsplace *place)
{
	int fd;

	if (place->bundle)
		return bundle_log(place->bundle);
	fd = open(place->log, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* EVENT-INO-BLOCK-NUMBER.json, or .bin of older daemons. */
bool findingsplace_is_evidence(const char *name)
{
	const char *at = name + strspn(name, "abcdefghijklmnopqrstuvwxyz");

	if (at == name)
		return false;
	for (int i = 0; i < 3; i++) {
		if (*at != '-' || !isdigit((unsigned char)at[1]))
			return false;
		at += 1 + strspn(at + 1, "0123456789");
	}
	return strcmp(at, ".json") == 0 || strcmp(at, ".bin") == 0;
}

static int read_file(const char *path, char **text_ret, size_t *len_ret)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
				O_NONBLOCK);
	autofree char *text = NULL;
	struct stat attr;
	ssize_t n;

	if (fd < 0 || fstat(fd, &attr))
		return -errno;
	if (!S_ISREG(attr.st_mode))
		return -EINVAL;
	text = malloc(BUNDLE_EVIDENCE_LIMIT + 1);
	if (!text)
		return -ENOMEM;
	n = fdio_read(fd, text, BUNDLE_EVIDENCE_LIMIT + 1);
	if (n < 0)
		return (int)n;
	if (n > BUNDLE_EVIDENCE_LIMIT)
		return -EFBIG;
	text[n] = '\0';
	*text_ret = steal_ptr(text);
	*len_ret = (size_t)n;
	return 0;
}

int findingsplace_evidence(const struct findingsplace *place, const char *path,
			   char **text_ret, size_t *len_ret)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	autofree char *beside = join(place->bundle ? "evidence" :
				     place->evidence, name);
	int err;

	if (!findingsplace_is_evidence(name))
		return -EINVAL;
	if (!beside)
		return -ENOMEM;
	if (place->bundle)
		return bundle_read(place->bundle, beside, text_ret, len_ret);
	err = read_file(beside, text_ret, len_ret);
	return err == -ENOENT && *path == '/' ?
		read_file(path, text_ret, len_ret) : err;
}
