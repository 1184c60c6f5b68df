/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdicts of a scenario, and how bad each is. When several apply, the one
 * with the highest severity is the verdict and all are listed.
 */
#ifndef PINFS_VERDICT_H
#define PINFS_VERDICT_H

/* name, severity (higher is worse), strict (1: --strict fails on it), meaning */
#define PINFS_VERDICTS(X) \
	X(SKIP, 0, 0, "a probe says that it cannot run here") \
	X(STABLE, 1, 0, "the writer wrote; the page did not change under " \
	  "writeback, and store and cache agree at the end") \
	X(BLOCKED, 2, 0, "the writer was made to wait until writeback, or a " \
	  "freeze of the filesystem, ended") \
	X(REFUSED, 3, 0, "the kernel would not take the pin") \
	X(HIDDEN, 4, 0, "the kernel gave the daemon a private copy: nothing " \
	  "can be said about the page during writeback") \
	X(ERROR, 5, 0, "the harness failed: nothing was learned") \
	X(UNSTABLE, 6, 1, "bytes changed while they were in use: between " \
	  "arrival and reply of a WRITE, after a call had passed them on, on " \
	  "the device of a frozen filesystem, or on the way to a device") \
	X(PINLEAK, 7, 1, "pins acquired and released do not balance at the end") \
	X(TORN, 8, 1, "what arrived or was stored is a mixture of two contents") \
	X(ORPHAN, 9, 1, "the call said success, and the bytes are in a page " \
	  "that is no longer the file's") \
	X(LOST, 10, 1, "the call said success, the page is clean, and cache " \
	  "and store differ for good") \
	X(HUNG, 11, 1, "a step did not come within its deadline; the mount " \
	  "was aborted")

#endif
