/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the bytes of a trial: which are expected, and which are seen, through a
 * mapping, through read(2) and in SOURCE.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ctlclient.h"
#include "client/trial.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"

/* ------------------------------------------------------------ the expected */

/* Where the call's bytes lie in what is looked at. */
static size_t place(const struct trial *trial)
{
	return (size_t)(shape_write_at(trial->shape) - trial->base);
}

void trial_expect(struct trial *trial, const char *file, uint8_t writer,
		  uint64_t from)
{
	struct content_id id = { .file = content_file(file),
				 .generation = TRIAL_GENERATION_NEW,
				 .writer = writer };

	trial_expect_nothing(trial);
	if (!trial->facts.elsewhere)
		content_fill(trial->new + place(trial), trial->len, from, &id);
}

void trial_expect_zeros(struct trial *trial)
{
	size_t from = place(trial), end = from + trial->len;

	memset(trial->old, 0, sizeof(trial->old));
	memset(trial->new, 0, trial->facts.elsewhere ? sizeof(trial->new) : from);
	memset(trial->new + end, 0, sizeof(trial->new) - end);
}

void trial_expect_byte(struct trial *trial, uint8_t byte)
{
	trial_expect_nothing(trial);
	if (!trial->facts.elsewhere)
		memset(trial->new + place(trial), byte, trial->len);
}

const char *trial_content_words(const struct trial *trial)
{
	static char words[TRIAL_NOTE_SIZE];

	snprintf(words, sizeof(words), "into=%s at=%llu len=%u gen=%d file=%s "
		 "file-off=%llu", trial->into, (unsigned long long)trial->at,
		 trial->len, TRIAL_GENERATION_NEW, trial->target,
		 (unsigned long long)trial->at);
	return words;
}

void trial_expect_nothing(struct trial *trial)
{
	trial->facts.called = true;
}

/* As steps say it: the digests of the blocks of @buf, commas between them. */
static void list_digests(const char *buf, size_t len,
			 char digests[TRIAL_DIGESTS_SIZE])
{
	size_t used = 0;

	digests[0] = '\0';
	for (size_t at = 0; at < len; at += DIGEST_BLOCK) {
		char hex[DIGEST_HEX_SIZE];

		digest_hex(digest_block(buf + at, MIN(len - at,
					(size_t)DIGEST_BLOCK)), hex);
		used += (size_t)snprintf(digests + used,
					 TRIAL_DIGESTS_SIZE - used, "%s%s",
					 at ? "," : "", hex);
	}
}

static enum judge_bytes compare(const char *old, const char *new, size_t len,
				const char *digests)
{
	char list[TRIAL_DIGESTS_SIZE];

	if (!*digests)
		return JUDGE_UNSEEN;
	/* Equal as long as no writer has said what it will bring: then old. */
	list_digests(old, len, list);
	if (strcmp(digests, list) == 0)
		return JUDGE_OLD;
	list_digests(new, len, list);
	return strcmp(digests, list) == 0 ? JUDGE_NEW : JUDGE_MIXED;
}

enum judge_bytes trial_bytes(const struct trial *trial, const char *digests)
{
	return compare(trial->old, trial->new, trial->seen, digests);
}

enum judge_bytes trial_block_bytes(const struct trial *trial,
				   unsigned int block, const char *digest)
{
	size_t from = (size_t)block * DIGEST_BLOCK;

	if (from >= trial->seen)
		return JUDGE_MIXED;
	return compare(trial->old + from, trial->new + from,
		       MIN(trial->seen - from, (size_t)DIGEST_BLOCK), digest);
}

enum judge_bytes trial_passed_bytes(const struct trial *trial,
				    const char *digests)
{
	return compare(trial->old + place(trial), trial->new + place(trial),
		       trial->len, digests);
}

/* ----------------------------------------------------------------- the seen */

int trial_digest_in(struct trial *trial, struct stepper *stepper,
		    const char *object, char digests[TRIAL_DIGESTS_SIZE])
{
	struct stepper_result result;
	int err = trial_step(trial, stepper, &result,
			     "digest %s off=%llu len=%u", object,
			     (unsigned long long)trial->base, trial->seen);

	if (!err && !trial_word(&result, "digest", digests, TRIAL_DIGESTS_SIZE))
		err = trial_fail(trial, -EPROTO, "no digest in '%s'",
				 result.text);
	return err;
}

int trial_digest(struct trial *trial, const char *object,
		 char digests[TRIAL_DIGESTS_SIZE])
{
	return trial_digest_in(trial, trial->site->observer, object, digests);
}

static int page_flags(struct trial *trial, uint64_t off,
		      struct stepper_result *result_ret)
{
	return trial_try(trial, trial->site->observer, result_ret,
			 "pageflags mem=m off=%llu", (unsigned long long)off);
}

/*
 * Has the page one of these flags? In the observer's mapping, which has a page
 * only once that was looked at.
 */
static int page_has(struct trial *trial, uint64_t off, const char *one,
		    const char *other, bool *has_ret)
{
	struct stepper_result result;
	char flags[sizeof(result.text)];
	int err = page_flags(trial, off, &result);

	if (!err && !result.ok && result.err == ENOENT) {
		err = trial_try(trial, trial->site->observer, &result,
				"digest mem=m off=%llu len=1",
				(unsigned long long)off);
		if (!err)
			err = page_flags(trial, off, &result);
	}
	if (err)
		return err;
	*has_ret = result.ok &&
		   trial_word(&result, "flags", flags, sizeof(flags)) &&
		   (strstr(flags, one) || strstr(flags, other));
	return 0;
}

int trial_is_dirty(struct trial *trial, bool *dirty_ret)
{
	int err = 0;

	*dirty_ret = false;
	for (uint32_t at = 0; at < trial->seen && !err && !*dirty_ret;
	     at += SHAPE_PAGE)
		err = page_has(trial, trial->base + at, "DIRTY", "WRITEBACK",
			       dirty_ret);
	return err;
}

int trial_is_written_back(struct trial *trial, bool *is_ret)
{
	return page_has(trial, trial->base, "WRITEBACK", "WRITEBACK", is_ret);
}

static void source_path(const struct trial *trial, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", trial->site->source, trial->target);
}

static int source_digest(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
{
	char path[PATH_MAX], bytes[SHAPE_BYTES_MAX];
	autoclose int fd = -1;
	ssize_t n;

	source_path(trial, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -errno : fdio_pread(fd, bytes, trial->seen,
					 (off_t)trial->base);
	if (n < 0)
		return trial_fail(trial, (int)n, "cannot read '%s': %s", path,
				  strerror((int)-n));
	list_digests(bytes, (size_t)n, digests);
	return 0;
}

int trial_store_digest(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
{
	int err = trial->store ? trial->store(trial, digests) :
				 source_digest(trial, digests);

	snprintf(trial->stored, sizeof(trial->stored), "%s",
		 err ? "" : digests);
	return err;
}

/* ------------------------------------------------- what the kernel is told */

/* A control verb about bytes of the target's file, with the words that are its own. */
static int tell(struct trial *trial, const char *verb, uint64_t off,
		uint32_t len, const char *words)
{
	char path[PATH_MAX];
	struct stat attr;
	long err;

	source_path(trial, path);
	if (stat(path, &attr) < 0)
		return trial_fail(trial, -errno, "cannot look at '%s': %s",
				  path, strerror(errno));
	site_trace(trial->site, "control", verb);
	err = ctlclient_ask(trial->site->control,
			    clock_deadline_ns(trial->site->step_ns), NULL,
			    "%s ino=%llu off=%llu len=%u%s", verb,
			    (unsigned long long)attr.st_ino,
			    (unsigned long long)off, len, words);
	return err < 0 ? trial_fail(trial, (int)err, "control '%s': %s", verb,
				    strerror((int)-err)) : 0;
}

int trial_notify_store(struct trial *trial, uint64_t off, uint32_t len,
		       uint8_t byte)
{
	char word[16];

	snprintf(word, sizeof(word), " byte=%u", byte);
	return tell(trial, "store", off, len, word);
}

int trial_plant(struct trial *trial)
{
	enum { BYTE = 0xa5 };

	return trial_notify_store(trial, trial->base, SHAPE_PAGE, BYTE);
}

int trial_invalidate(struct trial *trial)
{
	return tell(trial, "invalidate", trial->base,
		    trial->shape->pages * SHAPE_PAGE, "");
}

int trial_unlink(struct trial *trial, const char *name)
{
	if (trial->site->keep)
		return 0;
	return trial_step(trial, trial->site->observer, NULL, "unlink path=%s",
			  name);
}
