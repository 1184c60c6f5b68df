/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest is to do: /job.json in its first file system. It is not on the
 * kernel's command line, which the console shows: who forges results there does
 * not know the nonce.
 */
#ifndef PIN_VM_JOB_H
#define PIN_VM_JOB_H

#include <stddef.h>

#include "common/compiler.h"

#define VM_JOB_FILE "/job.json"

enum { VM_NONCE_SIZE = 33 };	/* 128 random bits as hex digits, and NUL */

struct vm_job {
	char nonce[VM_NONCE_SIZE];
	char **run;		/* arguments of "pinctl run" besides --json; NULL ends */
	size_t evidence_max;	/* of events and evidence together [bytes] */
};

/* A random nonce (getrandom(2)). Return: 0 or -errno. */
int vm_job_new_nonce(char nonce[VM_NONCE_SIZE]) MUST_CHECK;
/* As JSON text. Return: the caller's to free; NULL without memory, or when a
 * word of job->run is not UTF-8. */
char *vm_job_text(const struct vm_job *job) MUST_CHECK;
/* Return: 0; -EINVAL; -ENOMEM. A message has been logged. */
int vm_job_parse(const char *text, struct vm_job *job_ret) MUST_CHECK;
/* Frees what vm_job_parse() has allocated, not the struct. */
void vm_job_release(struct vm_job *job);

#endif
