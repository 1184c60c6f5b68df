/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the way from this process to its file. */
#include "common/program.h"

#include <string.h>
#include <unistd.h>

void program_dir(char dir[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	dir[len > 0 ? len : 0] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
}
