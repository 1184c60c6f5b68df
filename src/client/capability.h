/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a mount on this kernel can do, by observation: the names that known.tsv
 * uses and "pinctl doctor" shows. Never by a version number.
 */
#ifndef PIN_CAPABILITY_H
#define PIN_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

struct site;

enum { CAPABILITY_MAX = 16, CAPABILITY_PROOF_SIZE = 256 };

/* What was found out so far. Zero-initialised. */
struct capability_set {
	struct site *site;	/* where to look; may change; NULL: nowhere */
	bool spoiled;		/* a probe left something held */
	struct {
		bool asked;
		int answer;	/* 1 yes, 0 no, -errno could not be told */
		char proof[CAPABILITY_PROOF_SIZE];	/* one sentence */
	} found[CAPABILITY_MAX];
};

/* The names in the order of the table; NULL behind the last. */
const char *capability_name(size_t index);
const char *capability_help(size_t index);
bool capability_exists(const char *name);

/**
 * capability_has() - does the mount have it? Probes when asked first.
 * @context: a struct capability_set (so that known_find() can take it)
 * Return: 1, 0, -ENOENT there is no such name, -errno could not be told.
 */
int capability_has(void *context, const char *name);
/* What the probe saw; "" before capability_has(). */
const char *capability_proof(const struct capability_set *set, size_t index);

#endif
