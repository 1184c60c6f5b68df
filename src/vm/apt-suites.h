/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suites that kernels are looked for in. */
#ifndef PIN_APT_SUITES_H
#define PIN_APT_SUITES_H

#include <stdbool.h>
#include <stddef.h>

struct vm_apt_suite {
	const char *name;
	bool security;		/* in the archive of security updates */
	const char *suffix;	/* debian:SERIES-SUFFIX; "" */
};

/* Older ones first; a suite's place in it is its number. */
extern const struct vm_apt_suite vm_apt_suites[];
extern const size_t vm_apt_suites_count;

/**
 * vm_apt_sources() - a list of sources (deb822) with those suites
 * @dir: of the system's own: sources.list and sources.list.d
 * Return: the caller's to free, "" when no mirror of Debian is in there; NULL
 * without memory.
 */
char *vm_apt_sources(const char *dir);

/* The same of one file's text, which changes. @stanzas: it is a .sources file. */
char *vm_apt_sources_of(char *text, bool stanzas);

#endif
