/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control protocol: what pinctl and the daemon agree on.
 *
 * A Unix stream socket at RUNTIME/MAJOR:MINOR.sock, where RUNTIME is
 * /run/pinfs for root and $XDG_RUNTIME_DIR/pinfs for others, and MAJOR:MINOR is
 * the st_dev of the mount (the third field of /proc/self/mountinfo). A request
 * is one line, a verb and key=value words; the reply is one JSON object in one
 * line, sent when the thing asked for has taken effect. A reply has "ok": true,
 * or "ok": false with "error" (a symbolic errno) and "message" (one sentence).
 */
#ifndef PINFS_CONTROL_H
#define PINFS_CONTROL_H

#define PINFS_CONTROL_RUNTIME_ROOT "/run/pinfs"

enum { PINFS_CONTROL_REQUEST_MAX = 4096 };	/* bytes in a request line */

/* verb, words it takes, what it does */
#define PINFS_CONTROL_VERBS(X) \
	X(status, "", \
	  "counters, options, what the mount can see, what is held") \
	X(hold, "op= [at=] [path=] [ino=] [off=] [len=] [size=] [origin=] " \
		"[pid=] [nth=] [count=] [probability=] [seed=] [deadline=] " \
		"[name=] [scope=]", \
	  "arm a gate: hold matching requests until released; replies with id") \
	X(inject, "op= [at=] [path=] [ino=] [off=] [len=] [size=] [origin=] " \
		  "[pid=] [nth=] [count=] [probability=] [seed=] [name=] " \
		  "[scope=] [error=] [short=] [flip=] [twice] [nokeep] " \
		  "[delay=] [reorder=] [within=]", \
	  "arm a gate that does one of these to matching requests") \
	X(wait, "[id=] [name=] [held=] [timeout=]", \
	  "wait until that many requests are held (by that gate)") \
	X(release, "[id=] [name=] [hold=] [n=] [order=] [seed=]", \
	  "let the oldest held requests go on, all of them without n=; " \
	  "the gate stays armed") \
	X(list, "", "gates with their hits, and held requests") \
	X(clear, "[id=] [name=]", "remove a gate (all gates) and release what it holds") \
	X(pause, "[scope=]", "stop receiving requests; the kernel keeps them") \
	X(resume, "", "receive again") \
	X(audit, "[ino=] [off=] [len=] [id=] [timeout=]", \
	  "compare a file's page cache with the store; with id= again what " \
	  "differed") \
	X(store, "ino= [off=] [len=] byte=", \
	  "for tests: put bytes into a file's page cache behind everybody's " \
	  "back") \
	X(invalidate, "ino= [off=] [len=] [timeout=]", \
	  "for tests: have the kernel drop a file's cached pages, pinned ones " \
	  "too") \
	X(record, "[file=] [ino=] [path=] [base] [scope=] [mark=] [off]", \
	  "write all that is done to files into a log; put a mark into it; end " \
	  "it") \
	X(suspects, "[ino=] [path=] [off=] [len=] [timeout=]", \
	  "who maps a block of a file, is in a call that may write into it, or " \
	  "has the file open") \
	X(mark, "text=", "put a line into the event log") \
	X(sync, "", "wait until the event log has been written") \
	X(quit, "", "release all holds, unmount and end, as SIGTERM does")

/*
 * The operations a gate can name, in the order of the kernel's opcodes. First
 * the name, then the opcode (include/uapi/linux/fuse.h).
 */
#define PINFS_CONTROL_OPS(X) \
	X(lookup, 1) X(forget, 2) X(getattr, 3) X(setattr, 4) X(readlink, 5) \
	X(symlink, 6) X(mknod, 8) X(mkdir, 9) X(unlink, 10) X(rmdir, 11) \
	X(rename, 12) X(link, 13) X(open, 14) X(read, 15) X(write, 16) \
	X(statfs, 17) X(release, 18) X(fsync, 20) X(setxattr, 21) \
	X(getxattr, 22) X(listxattr, 23) X(removexattr, 24) X(flush, 25) \
	X(opendir, 27) X(readdir, 28) X(releasedir, 29) X(fsyncdir, 30) \
	X(access, 34) X(create, 35) X(ioctl, 39) X(fallocate, 43) \
	X(readdirplus, 44) X(rename2, 45) X(lseek, 46) X(copy_file_range, 47) \
	X(tmpfile, 51)

#endif
