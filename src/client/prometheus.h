/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reply to "status" as text that Prometheus reads (exposition format 0.0.4),
 * and as a file for node_exporter's textfile collector.
 */
#ifndef PIN_PROMETHEUS_H
#define PIN_PROMETHEUS_H

#include <stddef.h>
#include <stdio.h>

#include "common/compiler.h"
#include "common/json.h"

/* Print all that a reply (with cmd-status.c's additions) says in numbers. */
void prometheus_print(FILE *out, json_t *reply);
/**
 * prometheus_save() - replace a file by a text at once
 * Whoever reads it has the old text or the new one; it has mode 0644.
 *
 * Return: 0 or -errno, and the old file is as it was.
 */
int prometheus_save(const char *path, const char *text, size_t len) MUST_CHECK;

#endif
