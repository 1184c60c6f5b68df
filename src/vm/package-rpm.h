/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header of an RPM package: its name and version. */
#ifndef PIN_PACKAGE_RPM_H
#define PIN_PACKAGE_RPM_H

#include "common/compiler.h"

/**
 * vm_package_rpm_read() - name and version of a package
 * @version_ret: "VERSION-RELEASE"
 * Both are the caller's to free; NULL where the header does not say.
 * Return: 0; -EINVAL that is no header; -errno.
 */
int vm_package_rpm_read(int fd, char **name_ret, char **version_ret) MUST_CHECK;

#endif
