/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors as symbolic names: "EIO" says the same on every machine. */
#ifndef PIN_ERRNAME_H
#define PIN_ERRNAME_H

/* @err: positive. Return: "EIO", or "EUNKNOWN"; static. */
const char *errname_from(int err);
/* Return: the positive errno of a name, EIO when there is none such. */
int errname_parse(const char *name);

#endif
