/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the making of a bundle. The log goes through a temporary file, line by
 * line, because the archive wants to know its length first; on the way the
 * names of evidence files are collected, and each is read when its turn comes.
 */
#include "client/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/findingsplace.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/unixsock.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>

enum { COPY_BYTES = 1 << 16, LINE_MAX_BYTES = 16 << 20 };

struct writing {
	const struct findings *findings;
	struct archive *archive;
	FILE *log;		/* temporary, the redacted log */
	char **evidence;	/* their paths, as the log has them */
	size_t count;
};

/* ------------------------------------------------------------------ entries */

static int begin_entry(struct archive *archive, const char *name, uint64_t len)
{
	struct archive_entry *entry = archive_entry_new();
	int status;

	if (!entry)
		return -ENOMEM;
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_mtime(entry, 0, 0);
	status = archive_write_header(archive, entry);
	archive_entry_free(entry);
	return status == ARCHIVE_OK ? 0 : -EIO;
}

static int put_bytes(struct archive *archive, const void *bytes, size_t len)
{
	return archive_write_data(archive, bytes, len) == (la_ssize_t)len ?
		0 : -EIO;
}

static int put_entry(struct archive *archive, const char *name,
		     const void *bytes, size_t len)
{
	int err = begin_entry(archive, name, len);

	return err ? err : put_bytes(archive, bytes, len);
}

static int put_json(struct archive *archive, const char *name,
		    const json_t *object)
{
	size_t len;
	autofree char *text = json_line(object, &len);

	return text ? put_entry(archive, name, text, len) : -ENOMEM;
}

/* ------------------------------------------------------------- the small ones */

static int put_manifest(const struct writing *writing)
{
	static const char *const levels[] = {
		[REDACT_NONE] = "none",
		[REDACT_CONTENT] = "content",
		[REDACT_ALL] = "all",
	};
	const struct findings *findings = writing->findings;
	autofree char *text = NULL;
	int len = asprintf(&text, "pinfs-bundle: 1\nmade-by: pinctl %s\n"
			   "redact: %s\nkernel: %s\nlines: %llu\n",
			   PACKAGE_VERSION, levels[findings->left_out],
			   findings_text(findings->mount, "kernel"),
			   (unsigned long long)findings->lines);

	if (len < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return put_entry(writing->archive, "MANIFEST", text, (size_t)len);
}

static int put_texts(const struct writing *writing, const char *report,
		     size_t len)
{
	const struct findings *findings = writing->findings;
	const char *mountinfo = findingsplace_mountinfo(findings->place);
	int err = put_manifest(writing);

	if (!err)
		err = put_entry(writing->archive, "report.txt", report, len);
	if (!err && findings->status)
		err = put_json(writing->archive, "status.json",
			       findings->status);
	if (!err && mountinfo && findings->left_out < REDACT_ALL)
		err = put_entry(writing->archive, "mountinfo", mountinfo,
				strlen(mountinfo));
	return err;
}

/* ------------------------------------------------------------------ the log */

static int note_evidence(struct writing *writing, const json_t *event)
{
	const char *path = findings_text(event, "evidence");
	char **paths;

	if (!*path || writing->count >= BUNDLE_FILES / 2)
		return 0;
	paths = reallocarray(writing->evidence, writing->count + 1,
			     sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	writing->evidence = paths;
	paths[writing->count] = strdup(path);
	return paths[writing->count] ? (writing->count++, 0) : -ENOMEM;
}

/* What is no object stays a line that is none, so that they are as many. */
static int put_line(struct writing *writing, const char *text)
{
	const struct redact *redact = &writing->findings->redact;
	json_t *event = json_loads(text, 0, NULL);
	json_t *shown = event ? redact_event(redact, event) : NULL;
	size_t len = 0;
	autofree char *line = shown ? json_line(shown, &len) : NULL;
	int err = event ? note_evidence(writing, event) : 0;

	json_decref(shown);
	json_decref(event);
	if (!err && event && !line)
		err = -ENOMEM;
	if (err)
		return err;
	if (redact->level == REDACT_NONE)
		return fprintf(writing->log, "%s\n", text) < 0 ? -EIO : 0;
	if (!line)
		return fputs("{}\n", writing->log) < 0 ? -EIO : 0;
	return fwrite(line, 1, len, writing->log) == len ? 0 : -EIO;
}

static int copy_lines(struct writing *writing)
{
	autoclose int fd = findingsplace_log(writing->findings->place);
	struct unixsock_reader reader;
	int err = 0;

	if (fd < 0)
		return fd;
	unixsock_reader_init(&reader, fd, LINE_MAX_BYTES);
	while (!err) {
		autofree char *line = NULL;

		err = unixsock_read_line(&reader, CLOCK_NEVER, &line);
		if (err == -EILSEQ || err == -EMSGSIZE)
			err = put_line(writing, "{}");
		else if (!err)
			err = put_line(writing, line);
	}
	/* Without the end that is missing: nothing says that it is one event. */
	if (err == -EPIPE && reader.used > 0)
		err = fputs("{", writing->log) < 0 ? -EIO : -EPIPE;
	unixsock_reader_deinit(&reader);
	return err == -EPIPE ? 0 : err;
}

static int put_log(struct writing *writing)
{
	autofree char *buf = malloc(COPY_BYTES);
	int err = copy_lines(writing);
	long len = err ? 0 : ftell(writing->log);
	size_t n;

	if (err || !buf)
		return err ? err : -ENOMEM;
	if (len < 0 || (uint64_t)len > BUNDLE_LIMIT / 2)
		return -EFBIG;
	err = begin_entry(writing->archive, "events.jsonl", (uint64_t)len);
	rewind(writing->log);
	while (!err && (n = fread(buf, 1, COPY_BYTES, writing->log)) > 0)
		err = put_bytes(writing->archive, buf, n);
	return err ? err : ferror(writing->log) ? -EIO : 0;
}

/* ------------------------------------------------------------- the evidence */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int order(const void *one, const void *other)
{
	return strcmp(base_name(*(char *const *)one),
		      base_name(*(char *const *)other));
}

/* Return: NULL: it is none, or may not be shown; that is no error. */
static char *read_evidence(const struct writing *writing, const char *path,
			   size_t *len_ret)
{
	const struct redact *redact = &writing->findings->redact;
	char *text = NULL, *shown_text = NULL;
	json_t *evidence, *shown = NULL;

	if (findingsplace_evidence(writing->findings->place, path, &text,
				   len_ret))
		return NULL;
	if (redact->level == REDACT_NONE)
		return text;
	evidence = json_loadb(text, *len_ret, 0, NULL);
	free(text);
	if (findings_number(evidence, "pinfs_evidence") == 1)
		shown = redact_evidence(redact, evidence);
	if (shown)
		shown_text = json_line(shown, len_ret);
	json_decref(shown);
	json_decref(evidence);
	return shown_text;
}

static int put_one(const struct writing *writing, const char *path)
{
	autofree char *name = NULL;
	size_t len;
	autofree char *text = read_evidence(writing, path, &len);

	if (!text)
		return 0;
	if (asprintf(&name, "evidence/%s", base_name(path)) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	return put_entry(writing->archive, name, text, len);
}

/* A name that two lines have is one file. */
static int put_evidence(struct writing *writing)
{
	int err = 0;

	if (writing->count)
		qsort(writing->evidence, writing->count,
		      sizeof(*writing->evidence), order);
	for (size_t i = 0; i < writing->count && !err; i++)
		if (!i || strcmp(base_name(writing->evidence[i - 1]),
				 base_name(writing->evidence[i])) != 0)
			err = put_one(writing, writing->evidence[i]);
	return err;
}

/* ---------------------------------------------------------- the whole thing */

static int put_all(struct writing *writing, const char *report, size_t len)
{
	int err = put_texts(writing, report, len);

	if (!err)
		err = put_log(writing);
	if (!err)
		err = put_evidence(writing);
	return err;
}

static int write_archive(struct writing *writing, int fd, const char *report,
			 size_t len)
{
	struct archive *archive = archive_write_new();
	int err = -ENOMEM;

	writing->archive = archive;
	writing->log = tmpfile();
	if (!archive || !writing->log)
		goto out;
	if (archive_write_add_filter_zstd(archive) ||
	    archive_write_set_format_pax_restricted(archive) ||
	    archive_write_open_fd(archive, fd))
		err = -EOPNOTSUPP;
	else
		err = put_all(writing, report, len);
	if (!err && archive_write_close(archive))
		err = -EIO;
out:
	if (archive)
		archive_write_free(archive);
	if (writing->log)
		fclose(writing->log);
	return err;
}

int bundle_write(const struct findings *findings, const char *path,
		 const char *report, size_t len)
{
	struct writing writing = { .findings = findings };
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				0600);
	int err = fd < 0 ? -errno : write_archive(&writing, fd, report, len);

	for (size_t i = 0; i < writing.count; i++)
		free(writing.evidence[i]);
	free(writing.evidence);
	if (!err)
		return 0;
	log_err("cannot make the bundle '%s': %s", path, strerror(-err));
	if (fd >= 0)
		unlink(path);
	return err;
}

#else

int bundle_write(const struct findings *findings UNUSED, const char *path,
		 const char *report UNUSED, size_t len UNUSED)
{
	log_err("cannot make the bundle '%s': this pinctl was built without "
		"libarchive", path);
	return -EOPNOTSUPP;
}

#endif
