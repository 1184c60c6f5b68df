/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the reading of a bundle, which may come from anywhere.
 *
 * It is read once, from its first byte to its last, into unnamed temporary files:
 * an index says where each of its files is in them. No name of the archive
 * ever becomes a path. All that bundle_write() would not make is refused: other
 * names, types, links, names that come twice, too much of anything. Sizes are
 * those of the bytes that came, not those that a header claims.
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
#include "common/digest.h"
#include "common/fdio.h"
#include "common/htab.h"
#include "common/log.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

enum { COPY_BYTES = 1 << 16 };

#define LOG_NAME "events.jsonl"

/* One of its files. */
struct part {
	struct htab_node node;
	struct part *next;
	int fd;			/* of the bundle: where its bytes are */
	uint64_t off;		/* in fd */
	uint64_t len;
	char name[];
};

struct bundle {
	int fd;			/* the files but the log, one after the other */
	int log_fd;		/* the log */
	uint64_t used;		/* bytes in fd */
	uint64_t total;		/* and in both */
	size_t count;
	struct htab by_name;
	struct part *parts;
};

bool bundle_is_one(int fd)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	unsigned char start[sizeof(magic)];

	return fdio_pread(fd, start, sizeof(start), 0) ==
	       (ssize_t)sizeof(start) &&
	       memcmp(start, magic, sizeof(magic)) == 0;
}

static bool has_name(const struct htab_node *node, const void *key)
{
	return strcmp(container_of(node, struct part, node)->name, key) == 0;
}

static struct part *find_part(const struct bundle *bundle, const char *name)
{
	struct htab_node *node =
		htab_find(&bundle->by_name, digest_bytes(name, strlen(name)),
			  has_name, name);

	return node ? container_of(node, struct part, node) : NULL;
}

void bundle_close(struct bundle *bundle)
{
	if (!bundle)
		return;
	while (bundle->parts) {
		struct part *part = bundle->parts;

		bundle->parts = part->next;
		free(part);
	}
	htab_deinit(&bundle->by_name);
	if (bundle->fd >= 0)
		close(bundle->fd);
	if (bundle->log_fd >= 0)
		close(bundle->log_fd);
	free(bundle);
}

int bundle_read(const struct bundle *bundle, const char *name, char **text_ret,
		size_t *len_ret)
{
	const struct part *part = find_part(bundle, name);
	autofree char *text = NULL;
	ssize_t n;

	if (!part)
		return -ENOENT;
	if (part->len > MAX(BUNDLE_EVIDENCE_LIMIT, BUNDLE_TEXT_LIMIT))
		return -EFBIG;
	text = malloc(part->len + 1);
	if (!text)
		return -ENOMEM;
	n = fdio_pread(part->fd, text, part->len, (off_t)part->off);
	if (n != (ssize_t)part->len)
		return n < 0 ? (int)n : -EIO;
	text[n] = '\0';
	*text_ret = steal_ptr(text);
	*len_ret = (size_t)n;
	return 0;
}

/* A descriptor with a position of its own. */
int bundle_log(const struct bundle *bundle)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", bundle->log_fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

#ifdef HAVE_LIBARCHIVE

/* A file without a name in TMPDIR. */
static int open_temporary(void)
{
	const char *dir = getenv("TMPDIR");
	autofree char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/pinctl-XXXXXX", dir && *dir ? dir : "/tmp") < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

/* Limit of a file by its name; 0: there is no such file. */
static uint64_t limit_of(const char *name)
{
	static const char *const texts[] = {
		"MANIFEST", "report.txt", "status.json", "mountinfo",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i], name) == 0)
			return BUNDLE_TEXT_LIMIT;
	if (strcmp(name, LOG_NAME) == 0)
		return BUNDLE_LIMIT;
	if (strncmp(name, "evidence/", strlen("evidence/")) == 0 &&
	    findingsplace_is_evidence(name + strlen("evidence/")))
		return BUNDLE_EVIDENCE_LIMIT;
	return 0;
}

/* Why an entry is refused; NULL: it is not. */
static const char *judge(const struct bundle *bundle,
			 struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) || archive_entry_symlink(entry))
		return "is no regular file";
	if (!name || !limit_of(name))
		return "is not of a bundle";
	if (find_part(bundle, name))
		return "is there twice";
	if (bundle->count >= BUNDLE_FILES)
		return "is one file too many";
	if (archive_entry_size_is_set(entry) &&
	    (archive_entry_size(entry) < 0 ||
	     (uint64_t)archive_entry_size(entry) > limit_of(name)))
		return "is too large";
	return NULL;
}

static struct part *add_part(struct bundle *bundle, const char *name)
{
	size_t len = strlen(name);
	struct part *part = calloc(1, sizeof(*part) + len + 1);

	if (!part)
		return NULL;
	memcpy(part->name, name, len + 1);
	if (strcmp(name, LOG_NAME) == 0) {
		part->fd = bundle->log_fd;
	} else {
		part->fd = bundle->fd;
		part->off = bundle->used;
	}
	part->next = bundle->parts;
	bundle->parts = part;
	bundle->count++;
	htab_insert(&bundle->by_name, &part->node, digest_bytes(name, len));
	return part;
}

/* The bytes of an entry. Return: 0; -EFBIG; -EBADMSG; -errno. */
static int copy_part(struct bundle *bundle, struct archive *archive,
		     struct part *part)
{
	uint64_t limit = MIN(limit_of(part->name),
			     BUNDLE_LIMIT - bundle->total);
	autofree char *buf = malloc(COPY_BYTES);

	if (!buf)
		return -ENOMEM;
	for (;;) {
		la_ssize_t n = archive_read_data(archive, buf, COPY_BYTES);
		int err;

		if (n <= 0)
			return n < 0 ? -EBADMSG : 0;
		if ((uint64_t)n > limit - part->len)
			return -EFBIG;
		err = fdio_write(part->fd, buf, (size_t)n);
		if (err)
			return err;
		part->len += (uint64_t)n;
		bundle->total += (uint64_t)n;
		if (part->fd == bundle->fd)
			bundle->used += (uint64_t)n;
	}
}

static int take_entry(struct bundle *bundle, struct archive *archive,
		      struct archive_entry *entry, const char *path)
{
	const char *name = archive_entry_pathname(entry);
	const char *why = judge(bundle, entry);
	struct part *part;
	int err;

	if (why) {
		log_err("'%s' is refused: '%.100s' in it %s", path,
			name ? name : "?", why);
		return -EBADMSG;
	}
	part = add_part(bundle, name);
	err = part ? copy_part(bundle, archive, part) : -ENOMEM;
	if (err)
		log_err("'%s' is refused: '%.100s' in it: %s", path, name,
			err == -EBADMSG ? archive_error_string(archive) :
					  strerror(-err));
	return err;
}

static int take_entries(struct bundle *bundle, struct archive *archive,
			const char *path)
{
	struct archive_entry *entry;
	int status, err = 0;

	while (!err) {
		status = archive_read_next_header(archive, &entry);
		if (status == ARCHIVE_EOF)
			break;
		if (status != ARCHIVE_OK) {
			log_err("'%s' is no bundle: %s", path,
				archive_error_string(archive));
			return -EBADMSG;
		}
		err = take_entry(bundle, archive, entry, path);
	}
	if (!err && !find_part(bundle, LOG_NAME)) {
		log_err("'%s' is no bundle: it has no events.jsonl", path);
		err = -EBADMSG;
	}
	return err;
}

static int read_archive(struct bundle *bundle, const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct archive *archive = archive_read_new();
	int err = fd < 0 ? -errno : archive ? 0 : -ENOMEM;

	if (!err) {
		archive_read_support_filter_zstd(archive);
		archive_read_support_format_tar(archive);
		if (archive_read_open_fd(archive, fd, COPY_BYTES))
			err = -EBADMSG;
	}
	if (err)
		log_err("cannot read '%s': %s", path, err == -EBADMSG ?
			archive_error_string(archive) : strerror(-err));
	else
		err = take_entries(bundle, archive, path);
	archive_read_free(archive);
	return err;
}

int bundle_open(const char *path, struct bundle **bundle_ret)
{
	struct bundle *bundle = calloc(1, sizeof(*bundle));
	int err = -ENOMEM;

	if (bundle) {
		bundle->fd = open_temporary();
		bundle->log_fd = open_temporary();
		err = bundle->fd < 0 ? bundle->fd :
			bundle->log_fd < 0 ? bundle->log_fd :
			htab_init(&bundle->by_name);
		if (err)
			log_err("cannot make a temporary file: %s",
				strerror(-err));
	}
	if (!err)
		err = read_archive(bundle, path);
	if (err)
		bundle_close(bundle);
	else
		*bundle_ret = bundle;
	return err;
}

#else

int bundle_open(const char *path, struct bundle **bundle_ret UNUSED)
{
	log_err("'%s' is a bundle, which this pinctl cannot read: it was built "
		"without libarchive", path);
	return -EOPNOTSUPP;
}

#endif
