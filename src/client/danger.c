/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what is said of dangerous scenarios. They make the kernel print a WARNING,
 * which taints it, fails whatever watches the kernel log, and ends a machine that
 * is set up so (kernel/panic.c: check_panic_on_warn(), 6.18). There is no option
 * to go on in spite of that: the sysctl is the option.
 */
#include "client/danger.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"

/* Sysctls that make a panic of a WARNING unless they are 0. */
static const char *const settings[] = {
	"/proc/sys/kernel/panic_on_warn",
	"/proc/sys/kernel/warn_limit",	/* after that many; since 6.2 */
};

/* A setting that is not there panics nobody; one that says nothing might. */
static bool is_set(const char *path)
{
	autofree char *text = NULL;
	int err = fdio_read_file(path, &text);

	if (err)
		return err != -ENOENT;
	return strtoul(text, NULL, 10) != 0;
}

int danger_tell(void)
{
	log_warn("dangerous scenarios make the kernel print a WARNING and lose "
		 "data of their own files; the kernel is tainted afterwards, "
		 "and a machine that panics on a WARNING does so");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!is_set(settings[i]))
			continue;
		log_err("%s is not 0: this machine would panic", settings[i]);
		return -EPERM;
	}
	return 0;
}
