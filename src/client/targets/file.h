/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the targets have in common that are a shared mapping "m" of a file "t",
 * in both clients. Their make() opens the file and maps it; these are their
 * other phases. What is in the store is trial_store_digest()'s to say.
 */
#ifndef PIN_FILE_H
#define PIN_FILE_H

#include "client/trial.h"
#include "common/compiler.h"

/* The file "t" of the mount in the writer, its first bytes written [bytes]. */
int file_create(struct trial *trial, uint64_t filled) MUST_CHECK;
/* From its beginning as far as the shape goes, for reading and writing. */
int file_map(struct trial *trial, struct stepper *stepper) MUST_CHECK;
int file_dirty(struct trial *trial) MUST_CHECK;
int file_look(struct trial *trial, enum judge_bytes *bytes_ret) MUST_CHECK;
int file_settle(struct trial *trial) MUST_CHECK;
int file_audit(struct trial *trial) MUST_CHECK;
/* Unmap and close it, in the observer last. */
int file_forget(struct trial *trial) MUST_CHECK;

#endif
