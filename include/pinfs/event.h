/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log: JSON Lines, one object, one line, one write(2). Every line
 * has "seq", "t_ns" (CLOCK_MONOTONIC), "time" (RFC 3339) and "event". Keys are
 * only ever added.
 */
#ifndef PINFS_EVENT_H
#define PINFS_EVENT_H

/* event, its own keys, when it is written */
#define PINFS_EVENTS(X) \
	X(mount, "version source mountpoint dev kernel options live", \
	  "the mount serves; live says what it can see") \
	X(unstable, "path ino block offset length arrival recheck changed " \
	  "window_us origin cause ground policy suspects " \
	  "evidence", \
	  "a block changed between the arrival of its WRITE and the reply") \
	X(media, "path ino block offset length stored found during", \
	  "a block of SOURCE does not match its checksum") \
	X(adopted, "path ino reason", \
	  "a file was changed while pinfs was not there: its blocks are " \
	  "unverified") \
	X(settled, "path ino block offset length after_us digest same", \
	  "the WRITE that had to follow an unstable block has arrived") \
	X(lost, "path ino block offset length cache store unstable cause " \
	  "ground suspects evidence", \
	  "an audit found a block of the page cache that differs from the " \
	  "store and that nobody will write") \
	X(declared, "path ino block offset length declared arrived origin pid " \
	  "evidence", \
	  "a block arrived with other bytes than a client had declared") \
	X(source, "path ino block offset length arrival peek changed " \
	  "window_us pid evidence", \
	  "an O_DIRECT writer's buffer, read before the reply, differs from " \
	  "what had arrived") \
	X(receipt, "path ino block offset length sent got", \
	  "a client has got other bytes than READ had sent") \
	X(suppressed, "path ino count", \
	  "full events of one file and second that were only counted") \
	X(dropped, "count reason", \
	  "lines before this one that could not be written: a full disk, no " \
	  "memory") \
	X(unrecorded, "file reason records bytes", \
	  "the log of a recording could not be written: it ends there") \
	X(copied, "path ino offset length reason", \
	  "a page-cache WRITE came without a live view (once; then counted)") \
	X(expired, "id at held_us op path ino offset length pid", \
	  "a hold ended by its deadline") \
	X(interrupted, "id at held_us op path ino offset length pid", \
	  "a hold ended because the caller of the request is being killed") \
	X(injected, "gate action value at result op path ino offset length pid", \
	  "a gate did something to a request: a fault, a delay, another order") \
	X(mark, "text", "the mark verb or ioctl was used") \
	X(unmount, "writes live_writes unstable_blocks lost_requests", \
	  "the mount has ended; lost_requests is what the kernel could no " \
	  "longer deliver")

/* Sets of events, which options name as they name one. */
/* Bytes that are not what somebody has a right to expect. */
#define PINFS_EVENTS_FINDING(X) \
	X(unstable) X(media) X(lost) X(declared) X(source) X(receipt)
/* A finding may have been missed. */
#define PINFS_EVENTS_DOUBT(X) \
	X(suppressed) X(copied) X(expired) X(dropped)

#endif
