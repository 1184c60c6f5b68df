/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the reading of a kernel's image: of a bzImage the setup header, whose
 * kernel_version points at a text that begins with the release
 * (Documentation/arch/x86/boot.rst). An ELF file may be a vmlinux, which QEMU
 * boots by its PVH note, and which has the release nowhere fixed.
 */
#include "vm/kernel-image.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum {
	SETUP_SECTS = 0x1f1,
	MAGIC = 0x202,			/* "HdrS" */
	KERNEL_VERSION = 0x20e,
	SECTOR_BYTES = 0x200,
	SETUP_SECTS_DEFAULT = 4,	/* what 0 means */
	SETUP_MAX_BYTES = 256 * SECTOR_BYTES,
	RELEASE_MAX = 64,		/* __NEW_UTS_LEN of the kernel */
};

/* It becomes a part of paths. */
static bool is_release(const char *text, size_t len)
{
	if (len == 0 || len > RELEASE_MAX || text[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) &&
		    !strchr("-+._~", text[i]))
			return false;
	return true;
}

static int take_release(const char *setup, size_t len, char **release_ret)
{
	size_t sectors = (unsigned char)setup[SETUP_SECTS];
	size_t end = SECTOR_BYTES +
		(sectors ? sectors : SETUP_SECTS_DEFAULT) * SECTOR_BYTES;
	size_t at = (size_t)(unsigned char)setup[KERNEL_VERSION] |
		(size_t)(unsigned char)setup[KERNEL_VERSION + 1] << 8;
	size_t n;
	char *release;

	at += SECTOR_BYTES;
	end = MIN(end, len);
	*release_ret = NULL;
	if (at == SECTOR_BYTES || at >= end)
		return 0;
	n = strcspn(setup + at, " \n");
	if (at + n >= end || !is_release(setup + at, n))
		return 0;
	release = strndup(setup + at, n);
	if (!release)
		return -ENOMEM;
	*release_ret = release;
	return 0;
}

int vm_kernel_image_release(const char *path, char **release_ret)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	autofree char *setup = malloc(SETUP_MAX_BYTES + 1);
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (!setup)
		return -ENOMEM;
	n = fdio_read(fd, setup, SETUP_MAX_BYTES);
	if (n < 0)
		return (int)n;
	setup[n] = '\0';
	if (n > SECTOR_BYTES && memcmp(setup, "\177ELF", 4) == 0) {
		*release_ret = NULL;
		return 0;
	}
	if (n < KERNEL_VERSION + 2 || memcmp(setup + MAGIC, "HdrS", 4) != 0)
		return -EINVAL;
	return take_release(setup, (size_t)n, release_ret);
}
