/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the suspect*.c files share; nobody else includes this. */
#ifndef PIN_SUSPECT_INTERNAL_H
#define PIN_SUSPECT_INTERNAL_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "daemon/call.h"
#include "daemon/procfs.h"
#include "daemon/suspect.h"

enum {
	SUSPECT_ROOM = 1 << 20,		/* bytes of an answer */
	SUSPECT_MAX_PROCESSES = 32768,
	SUSPECT_MAX_RANGES = 8192,	/* mappings of the file */
	SUSPECT_MAX_CANDIDATES = 16384,	/* calls of the table */
	SUSPECT_MAX_UNKNOWN = 32,	/* sentences */
	SUSPECT_MAX_FD = 4096,
};

/* In memory that daemon and helper share. */
struct suspect_order {
	/* From the daemon. */
	struct suspect_query query;
	pid_t daemon;
	uint64_t deadline_ns;
	size_t ncalls;
	struct call calls[SUSPECT_MAX_CALLS];
	/*
	 * From the helper: lines, each an object of one member. What is before
	 * @used is whole, and stays as it is.
	 */
	atomic_size_t used;
	atomic_bool full;		/* there was more */
	atomic_bool resolved;		/* the calls, but for: */
	atomic_bool unresolved;		/* one that may write into a file */
	atomic_bool assumed;		/* that none has closed this one */
	char text[SUSPECT_ROOM];
};

/* ---- the search, in memory that a helper and its children share ---- */

struct suspect_process {
	pid_t pid;
	uint8_t likely;		/* the larger, the sooner */
	bool has_uring;		/* a descriptor of io_uring */
	bool has_aio;		/* a context of Linux AIO */
	bool is_named;		/* a mapper or suspect: its command is wanted */
	bool is_closing;	/* a thread of it may be closing a descriptor */
	bool is_denied;		/* it may not be looked at, or not wholly */
	unsigned int running;	/* threads that were, when they were looked at */
	char comm[16];
};

enum suspect_likely {
	SUSPECT_HAS_FILE = 1,
	SUSPECT_IS_IN_CALL = 2,
	SUSPECT_IS_HINT = 4,
};

/* A mapping of the file. */
struct suspect_range {
	pid_t pid;
	struct procfs_map map;
};

struct suspect_call {
	struct call call;
	const struct call_shape *shape;
	pid_t pid;		/* 0: it has gone */
	bool traced;
	bool over;		/* its thread is not in it any more, or not to be
				 * seen in it */
};

struct suspect_search {
	struct suspect_order *order;
	unsigned int major;
	unsigned int minor;
	/* Where it is: a child goes on where another had to be given up. */
	size_t phase;
	size_t index;
	atomic_uint progress;
	char doing[160];	/* "the mappings of process 7 (cat)" */
	/* What it has found. */
	size_t nunknown;
	uint64_t known_mnt_id;	/* a mount of ours */
	bool open_as[SUSPECT_MAX_FD];	/* some process has the file as this */
	bool many_open;		/* or as a larger one; or there are too many */
	size_t nprocesses;
	struct suspect_process processes[SUSPECT_MAX_PROCESSES];
	size_t ncalls;
	size_t ntraced;		/* of them, the first ones */
	struct suspect_call calls[SUSPECT_MAX_CANDIDATES];
	size_t nranges;
	struct suspect_range ranges[SUSPECT_MAX_RANGES];
};

/* In a helper: do what a struct suspect_order says (suspect-helper.c). */
void suspect_work(void *order);

/*
 * A step of a phase. Return: false when there is no @index of it. It says what it
 * is doing before anything that can block.
 */
typedef bool suspect_step(struct suspect_search *search, size_t index);
suspect_step suspect_list_processes;	/* suspect-list.c */
suspect_step suspect_list_calls;
suspect_step suspect_list_files;
suspect_step suspect_list_sort;
suspect_step suspect_maps_read;		/* suspect-maps.c */
suspect_step suspect_maps_page;
suspect_step suspect_maps_commands;
suspect_step suspect_call_resolve;	/* suspect-call.c */
suspect_step suspect_call_async;
suspect_step suspect_call_done;

/* ---- answers (suspect-helper.c) ---- */

/* {@key: @value} into the answer; takes @value over. */
void suspect_tell(struct suspect_search *search, const char *key,
		  json_t *value);
/* A sentence about what could not be found out. */
void suspect_unknown(struct suspect_search *search, const char *fmt, ...)
	PRINTF(2, 3);
/* What the next system call may block in. */
void suspect_doing(struct suspect_search *search, const char *fmt, ...)
	PRINTF(2, 3);

/* ---- what is asked of procfs (suspect-file.c) ---- */

/* A descriptor of a process. */
struct suspect_file {
	char link[PATH_MAX];	/* a path, "socket:[7]", "anon_inode:..." */
	struct procfs_file info;
	bool is_queried;	/* the file that the query is about */
	char type[32];		/* of its filesystem; "" not known */
};

/* Return: 0; -ENOENT the descriptor is closed, or the thread gone; -errno. */
int suspect_file_look(struct suspect_search *search, pid_t tid, int fd,
		      struct suspect_file *file_ret) MUST_CHECK;
/* Fill in the type of its filesystem. */
void suspect_file_type(struct suspect_file *file, pid_t tid);
/* Is it of a socket that decrypts into the memory of who reads it? */
bool suspect_file_is_alg(const struct suspect_file *file, pid_t tid, int fd);
/* O_RDWR|O_DIRECT; the caller's to free. */
char *suspect_file_flags(int flags) MUST_CHECK;
/* The process of a thread; 0: it is gone. */
pid_t suspect_file_process(pid_t tid);
/* What a call of it names by number, we name otherwise, or the thread is gone. */
bool suspect_file_is_elsewhere(pid_t tid);
/* "" when the thread is gone. */
void suspect_file_comm(pid_t tid, char comm[16]);
/* The functions that a thread sleeps in, the innermost first; NULL: not known. */
json_t *suspect_file_stack(pid_t tid) MUST_CHECK;

/* ---- memory (suspect-memory.c) ---- */

enum { SUSPECT_MAX_PARTS = IOV_MAX };

/* Memory that a call writes to, as the caller names it. */
struct suspect_memory {
	pid_t pid;		/* whose it is */
	size_t nparts;
	struct iovec parts[SUSPECT_MAX_PARTS];
};

/* The process whose memory a call writes to; 0: it is gone. */
pid_t suspect_memory_owner(const struct suspect_call *call);
/**
 * suspect_memory_read() - from the arguments, and vectors out of the caller
 * Context: may block. Return: 0; -ENOTSUP the call names no memory; -errno the
 * vector cannot be read.
 */
int suspect_memory_read(struct suspect_search *search,
			const struct suspect_call *call,
			struct suspect_memory *memory_ret) MUST_CHECK;

/* A place of the queried block in a part of memory. */
struct suspect_place {
	uint64_t address;	/* of the part */
	uint64_t length;	/* of the part [bytes] */
	uint64_t block;		/* of the file, that the part's first mapped byte
				 * lies in */
	uint64_t before;	/* bytes in the parts before it */
};

/**
 * suspect_memory_find() - does it lie in a mapping of the block?
 * @limit: bytes from the first part on that count
 */
bool suspect_memory_find(const struct suspect_search *search,
			 const struct suspect_memory *memory, uint64_t limit,
			 struct suspect_place *place_ret);
/* Does a process map the block, shared with the file? */
bool suspect_memory_is_mapper(const struct suspect_search *search, pid_t pid);

#endif
