/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acting for the caller of a request, on the worker's own credentials.
 *
 * What is created has to belong to the caller from the beginning, and to the
 * group that SOURCE's set-group-ID directories want: so SOURCE creates it under
 * the caller's fsuid and fsgid. These are a thread's own, as are capabilities.
 * Changing the fsuid drops the capabilities that concern files; they are taken
 * back at once, because the kernel has already decided whether the caller may
 * (with the caller's supplementary groups, which we do not have), and has
 * already dropped a set-group-ID bit that the caller must not give
 * (fs/namei.c: mode_strip_sgid(), since 6.0).
 *
 * A daemon without the right to change ids serves one user, and is that user.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

struct credentials {
	bool known;
	bool may_change;	/* CAP_SETUID and CAP_SETGID */
	bool changed;		/* acting for a caller now */
	uid_t uid;
	gid_t gid;
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
};

/* What this thread has when it acts for nobody. */
static _Thread_local struct credentials own;

static bool has_cap(const struct credentials *cred, int cap)
{
	return cred->caps[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

static const struct credentials *own_credentials(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	if (own.known)
		return &own;
	own.uid = geteuid();
	own.gid = getegid();
	if (syscall(SYS_capget, &header, own.caps) < 0)
		memset(own.caps, 0, sizeof(own.caps));
	own.may_change = has_cap(&own, CAP_SETUID) &&
			 has_cap(&own, CAP_SETGID);
	own.known = true;
	return &own;
}

static void set_caps(const struct __user_cap_data_struct *caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	/* Never more than the permitted set: it cannot fail. */
	if (syscall(SYS_capset, &header, caps) < 0)
		log_err("cannot set capabilities: %m");
}

static int become(uid_t uid, gid_t gid)
{
	own.changed = true;
	setfsgid(gid);
	setfsuid(uid);
	/* They do not say whether it worked; an invalid id changes nothing. */
	if ((gid_t)setfsgid((gid_t)-1) == gid &&
	    (uid_t)setfsuid((uid_t)-1) == uid)
		return 0;
	ops_caller_leave();
	return -EPERM;
}

static bool is_someone_else(const struct credentials *cred,
			    const struct fuse_ctx *ctx)
{
	return cred->may_change &&
	       (ctx->uid != cred->uid || ctx->gid != cred->gid);
}

int ops_caller_enter(fuse_req_t req)
{
	const struct credentials *cred = own_credentials();
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	int err;

	if (!is_someone_else(cred, ctx))
		return 0;
	err = become(ctx->uid, ctx->gid);
	if (!err && ctx->uid != cred->uid)
		set_caps(cred->caps);
	return err;
}

void ops_caller_leave(void)
{
	int err = errno;

	if (!own.changed)
		return;
	setfsuid(own.uid);
	setfsgid(own.gid);
	own.changed = false;
	errno = err;
}

void ops_caller_drop_fsetid(void)
{
	const struct credentials *cred = own_credentials();
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	if (!has_cap(cred, CAP_FSETID))
		return;
	memcpy(caps, cred->caps, sizeof(caps));
	caps[CAP_TO_INDEX(CAP_FSETID)].effective &= ~CAP_TO_MASK(CAP_FSETID);
	set_caps(caps);
}

void ops_caller_restore_fsetid(void)
{
	const struct credentials *cred = own_credentials();
	int err = errno;

	if (has_cap(cred, CAP_FSETID))
		set_caps(cred->caps);
	errno = err;
}
