/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the audit*.c files share; nobody else includes this. */
#ifndef PIN_AUDIT_INTERNAL_H
#define PIN_AUDIT_INTERNAL_H

#include <stdbool.h>

#include "common/list.h"
#include "common/mutex.h"
#include "daemon/audit.h"
#include "daemon/watch.h"

enum {
	AUDIT_STRETCH = 256 << 10,	/* bytes asked for at once */
	AUDIT_MAX_SUSPECTS = 4096,
};

struct audit {
	struct list node;	/* in the set */
	uint64_t id;
	uint64_t connection;
	struct inode *inode;	/* counted */
	struct watch watch;
};

struct audit_set {
	struct watch_set *watches;
	struct mutex lock;
	struct list audits GUARDED_BY(lock);
	uint64_t last_id GUARDED_BY(lock);
};

/* One call of audit_ask(). */
struct audit_looking {
	struct fs *fs;
	struct audit *audit;
	uint64_t deadline_ns;
	const char *why;	/* of an error; NULL: the errno says it all */
	int fd;			/* of the store */
	uint8_t *cache;		/* AUDIT_STRETCH bytes each */
	uint8_t *store;
	uint64_t compared;	/* blocks */
	uint64_t absent;
};

/* Return @err after noting why. */
static inline int audit_fail(struct audit_looking *looking, int err,
			     const char *why)
{
	looking->why = why;
	return err;
}

/* ---- audit-look.c ---- */

/* Look at the range for the first time. Return: 0 or -errno. */
int audit_look_first(struct audit_looking *looking,
		     const struct audit_question *question, json_t *reply)
	MUST_CHECK;
/* Look at the suspects again. *ended_ret: none is left. */
int audit_look_again(struct audit_looking *looking, json_t *reply,
		     bool *ended_ret) MUST_CHECK;

#endif
