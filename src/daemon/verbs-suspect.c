/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb suspects: who could change a block of a file, at this moment. */
#include "daemon/verbs-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "daemon/fs.h"
#include "daemon/suspect.h"

enum { BLOCK = 4096 };		/* bytes of a file */
#define TIMEOUT_NS CLOCK_NS_PER_SEC	/* without timeout= */

/* The number that users see is SOURCE's. The mount itself is not asked. */
static int find_number(struct verbs_call *call, const char *path,
		       uint64_t *ino_ret)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	const char *name = path + strspn(path, "/");
	autoclose int fd = (int)syscall(SYS_openat2, call->fs->source_fd,
					*name ? name : ".", &how, sizeof(how));
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return verbs_fail(call, -errno, "path=%s: %s", path,
				  strerror(errno));
	*ino_ret = stat.st_ino;
	return 0;
}

static int parse_query(struct verbs_call *call, struct suspect_query *query,
		       uint64_t *timeout_ns)
{
	const char *path = NULL;
	int err = verbs_number(call, "ino", parse_u64, &query->ino);

	if (!err)
		err = verbs_path(call, &path);
	if (!err)
		err = verbs_number(call, "off", parse_size, &query->off);
	if (!err)
		err = verbs_number(call, "len", parse_size, &query->len);
	if (!err)
		err = verbs_number(call, "timeout", parse_duration, timeout_ns);
	if (!err)
		err = verbs_no_more_words(call);
	if (err)
		return err;
	if (!query->ino == !path)
		return verbs_fail(call, -EINVAL,
				  "suspects needs one of ino= and path=");
	if (!query->len || query->len > INT64_MAX - query->off)
		return verbs_fail(call, -EINVAL, "off= and len= are no range of "
				  "a file");
	if (*timeout_ns > 60 * CLOCK_NS_PER_SEC)
		return verbs_fail(call, -ERANGE,
				  "timeout= is longer than a minute");
	return path ? find_number(call, path, &query->ino) : 0;
}

int verbs_suspects(struct verbs_call *call)
{
	struct suspect_query query = {
		.dev = call->fs->dev,
		.len = BLOCK,
		.from_ns = clock_now_ns(),
	};
	uint64_t timeout_ns = TIMEOUT_NS;
	json_t *answer;
	int err = parse_query(call, &query, &timeout_ns);

	if (err)
		return err;
	answer = suspect_find(call->fs->suspect, &query, NULL, 0,
			      clock_deadline_ns(timeout_ns));
	/* Of use only to who knows what was closed in a window. */
	json_object_del(answer, "assumes_open");
	err = !answer || json_object_update(call->reply, answer) ? -ENOMEM : 0;
	json_decref(answer);
	return err;
}
