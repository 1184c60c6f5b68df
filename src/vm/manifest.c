/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the manifest of a cache's entry. It is text:
 *
 *	pinfs-vm-kernel 1
 *	package NAME
 *	version VERSION
 *	file DIGEST PATH
 *	end DIGEST
 *
 * DIGEST in the last line is of all before it, so that a manifest that is cut or
 * changed is none. Files that are not in it do no harm and are not looked for.
 */
#include "vm/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/fdio.h"

#define MANIFEST "manifest"
#define HEAD "pinfs-vm-kernel 1\n"

enum { CHUNK_BYTES = 1 << 20, MANIFEST_MAX_BYTES = 16 << 20 };

/* Chunks are hashed by themselves and then chained: no file need fit in memory. */
int vm_manifest_digest(int dir, const char *path, uint64_t *digest_ret)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	autofree char *chunk = malloc(CHUNK_BYTES);
	uint64_t chain[3] = { 0 };
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (!chunk)
		return -ENOMEM;
	while ((n = fdio_read(fd, chunk, CHUNK_BYTES)) > 0) {
		chain[1] = digest_bytes(chunk, (size_t)n);
		chain[2] += (uint64_t)n;
		chain[0] = digest_bytes(chain, sizeof(chain));
	}
	if (n < 0)
		return (int)n;
	*digest_ret = chain[0];
	return 0;
}

/* nftw(3) has no room for the caller's own. */
static struct {
	FILE *out;
	size_t prefix;
	int err;
} walk;

static int list_file(const char *path, const struct stat *st UNUSED, int type,
		     struct FTW *ftw UNUSED)
{
	uint64_t digest;

	if (type != FTW_F)
		return 0;
	walk.err = vm_manifest_digest(AT_FDCWD, path, &digest);
	if (walk.err)
		return 1;
	fprintf(walk.out, "file %016" PRIx64 " %s\n", digest,
		path + walk.prefix);
	return 0;
}

static int list_files(const char *dir, FILE *out)
{
	walk.out = out;
	walk.prefix = strlen(dir) + 1;
	walk.err = 0;
	if (nftw(dir, list_file, 16, FTW_PHYS) < 0)
		return -errno;
	return walk.err;
}

static int save(const char *dir, const char *text, size_t len)
{
	autofree char *path = NULL;
	autoclose int fd = -1;

	if (asprintf(&path, "%s/" MANIFEST, dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fdio_write(fd, text, len);
}

int vm_manifest_write(const char *dir, const char *package, const char *version)
{
	autofree char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	uint64_t digest;
	int err;

	if (!out)
		return -ENOMEM;
	fputs(HEAD, out);
	if (package)
		fprintf(out, "package %s\n", package);
	if (version)
		fprintf(out, "version %s\n", version);
	err = list_files(dir, out);
	if (fflush(out) && !err)
		err = -ENOMEM;
	digest = err ? 0 : digest_bytes(text, len);
	fprintf(out, "end %016" PRIx64 "\n", digest);
	if (fclose(out) && !err)
		err = -ENOMEM;
	return err ? err : save(dir, text, len);
}

/* @text without its last line, when that is the digest of the rest. */
static bool cut_end(char *text)
{
	char *end = strstr(text, "\nend ");
	uint64_t digest;
	char newline;

	if (!end || strncmp(text, HEAD, strlen(HEAD)) != 0)
		return false;
	end++;
	if (sscanf(end, "end %16" SCNx64 "%c", &digest, &newline) != 2 ||
	    newline != '\n' ||
	    digest != digest_bytes(text, (size_t)(end - text)))
		return false;
	*end = '\0';
	return true;
}

static int check_file(int dir, const char *words)
{
	uint64_t wanted, digest;
	int at = 0;
	int err;

	if (sscanf(words, "%16" SCNx64 " %n", &wanted, &at) != 1 || !at)
		return -EBADMSG;
	err = vm_manifest_digest(dir, words + at, &digest);
	if (err)
		return err == -ENOMEM ? err : -EBADMSG;
	return digest == wanted ? 0 : -EBADMSG;
}

static int keep(const char *text, char **kept)
{
	free(*kept);
	*kept = strdup(text);
	return *kept ? 0 : -ENOMEM;
}

static int check_line(int dir, const char *line, char **package, char **version)
{
	size_t len = strcspn(line, " ");
	const char *words = line + len + (line[len] == ' ');

	if (strncmp(line, "file ", 5) == 0)
		return check_file(dir, words);
	if (strncmp(line, "package ", 8) == 0)
		return keep(words, package);
	if (strncmp(line, "version ", 8) == 0)
		return keep(words, version);
	return 0;
}

static int load(int dir, char **text_ret)
{
	autoclose int fd = openat(dir, MANIFEST,
				  O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	autofree char *text = malloc(MANIFEST_MAX_BYTES + 1);
	ssize_t n;

	if (fd < 0)
		return -EBADMSG;
	if (!text)
		return -ENOMEM;
	n = fdio_read(fd, text, MANIFEST_MAX_BYTES);
	if (n < 0)
		return -EBADMSG;
	text[n] = '\0';
	if (!cut_end(text))
		return -EBADMSG;
	*text_ret = steal_ptr(text);
	return 0;
}

int vm_manifest_check(const char *dir, char **package_ret, char **version_ret)
{
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autofree char *text = NULL;
	autofree char *package = NULL;
	autofree char *version = NULL;
	char *rest;
	int err;

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : -EBADMSG;
	err = load(fd, &text);
	rest = text;
	for (char *line; !err && (line = strsep(&rest, "\n"));)
		err = check_line(fd, line, &package, &version);
	if (err)
		return err;
	*package_ret = steal_ptr(package);
	*version_ret = steal_ptr(version);
	return 0;
}
