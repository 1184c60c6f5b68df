/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the making of a target's file on the mount. */
#include "client/targets/mounted.h"

#include <errno.h>

#include "client/errname.h"

int mounted_create(struct trial *trial, uint64_t filled)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->writer, &result,
			    "create fd=t path=%s size=%llu gen=1",
			    trial->target, (unsigned long long)filled);

	if (err || result.ok)
		return err;
	if (result.err == EROFS)
		return trial_fail(trial, -EOPNOTSUPP,
				  "the mount is read-only");
	return trial_fail(trial, -EIO, "cannot create '%s' on the mount: %s",
			  trial->target, errname_from(result.err));
}
