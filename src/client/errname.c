/* SPDX-License-Identifier: GPL-2.0-or-later */
/* errno to name and back; the names are glibc's own. */
#include "client/errname.h"

#include <errno.h>
#include <string.h>

enum { LAST_ERRNO = 133 };	/* EHWPOISON, asm-generic/errno.h */

const char *errname_from(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "EUNKNOWN";
}

int errname_parse(const char *name)
{
	for (int err = 1; err <= LAST_ERRNO; err++) {
		const char *known = strerrorname_np(err);

		if (known && strcmp(known, name) == 0)
			return err;
	}
	return EIO;
}
