/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The moment in which a WRITE of the target waits in the kernel. */
#ifndef PIN_QUEUED_WRITE_H
#define PIN_QUEUED_WRITE_H

#include "client/trial.h"
#include "common/compiler.h"

/* Can be found out what is left? Return: as a probe (scenario.h). */
int queued_write_probe(struct trial *trial) MUST_CHECK;
/**
 * queued_write_enter() - fsync(2) begins, and its WRITE is not received
 * Return: as a phase (trial.h); 0: the page is under writeback, and what its
 * filesystem computes from it has been computed.
 */
int queued_write_enter(struct trial *trial) MUST_CHECK;
/* Receive it, wait for fsync(2), and look at what is on the device then. */
int queued_write_leave(struct trial *trial) MUST_CHECK;

/* Until the fsync(2) of it sleeps for good. Return: as a phase. */
int queued_write_await_sleep(struct trial *trial, uint64_t end_ns) MUST_CHECK;
/* Is the page under writeback? Return: as a phase; -EAGAIN it is not. */
int queued_write_check_page(struct trial *trial) MUST_CHECK;

#endif
