/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interpreter as the functions of the steps see it. Such a function
 *
 *   1. reads its words (steps_text(), steps_fd(), ...), allocates and fills:
 *      the first thing that is wrong is noted and the rest goes on with zeros;
 *   2. calls steps_begin(), which refuses when something was wrong or a word is
 *      not known, and says "started" for a step with '&';
 *   3. makes its system call in STEPS_TIMED() and returns the value.
 *
 * A started step runs in a thread from its first line; but the interpreter
 * reads no other line before steps_begin(), so nobody prepares beside it.
 */
#ifndef PIN_STEPS_CALL_H
#define PIN_STEPS_CALL_H

#include <errno.h>
#include <sys/uio.h>

#include "client/content.h"
#include "client/steps.h"
#include "common/clock.h"
#include "common/list.h"
#include "common/mutex.h"
#include "common/parse.h"

enum {
	STEPS_NAME_MAX = 32,		/* of an object, with its NUL */
	STEPS_LEN_MAX = 1 << 30,	/* bytes in memory of one step */
	STEPS_SEGMENTS_MAX = 16,	/* parts of named memory of one step */
};

/* ---------------------------------------------------------- the interpreter */

enum steps_state {
	STEPS_PREPARING,
	STEPS_RUNNING,
	STEPS_OK,
	STEPS_FAILED,
};

/* A step that was started; kept to the end, "wait" asks for it. */
struct steps_job {
	struct list node;	/* in steps->jobs */
	unsigned int number;
	const char *verb;
	pid_t tid;		/* valid from STEPS_RUNNING on */
	enum steps_state state;	/* GUARDED_BY(steps->lock) */
};

struct steps {
	struct steps_config config;
	struct steps_pool *pool;
	unsigned int number;		/* of the last line; main thread's */
	struct mutex lock;		/* never held across a system call */
	struct cond changed;		/* a job has another state */
	struct list jobs GUARDED_BY(lock);
	struct list files GUARDED_BY(lock);
	struct list mems GUARDED_BY(lock);
	struct list paths GUARDED_BY(lock);
	struct steps_totals totals GUARDED_BY(lock);
	struct mutex out_lock;		/* one line at a time; inside nothing */
};

/* One line being run. */
struct steps_call {
	struct steps *steps;
	const struct steps_verb *verb;
	unsigned int number;
	struct parse_line line;
	struct steps_job *job;		/* NULL: runs in the main thread */
	uint64_t start_ns;		/* 0: the system call was not made */
	uint64_t end_ns;
	char bad[192];			/* why it was not understood, or "" */
	int err;			/* positive errno of preparing, or 0 */
	size_t nwords;			/* more words of the answer */
	struct {
		const char *key;
		char value[160];
	} words[4];
};

/* --------------------------------------------- beginning, timing, answering */

/* Note the first thing that is wrong. */
void steps_bad(struct steps_call *call, const char *fmt, ...) PRINTF(2, 3);
/* Was all understood? Complains about words that nobody asked for. */
bool steps_check(struct steps_call *call);
/* steps_check(), and "started" for a started step. */
bool steps_begin(struct steps_call *call);
/* A word more for the answer, at most four. */
void steps_say(struct steps_call *call, const char *key, const char *fmt, ...)
	PRINTF(3, 4);

/* The value of @expr (a call that sets errno), or -errno; timed. */
#define STEPS_TIMED(call, expr) ({					\
	(call)->start_ns = clock_now_ns();				\
	long value__ = (long)(expr);					\
	int errno__ = errno;						\
	(call)->end_ns = clock_now_ns();				\
	value__ < 0 ? -(long)errno__ : value__; })

enum steps_kind { STEPS_SAY_DONE, STEPS_SAY_STARTED, STEPS_SAY_BAD };

/**
 * steps_answer() - write the answer of a call
 * @ret: its value or -errno, for STEPS_SAY_DONE
 * Return: 0 or -errno of writing.
 */
int steps_answer(struct steps_call *call, enum steps_kind kind, long ret);
/* steps.c: a call to its end: words, system call, answer, count. */
int steps_run(struct steps_call *call);
void steps_call_destroy(struct steps_call *call);

/* "digest=": XXH3-64 of each block of @buf, the first few of them. */
void steps_say_digests(struct steps_call *call, const char *buf, size_t len);

/* steps-table.c */
const struct steps_verb *steps_find_verb(const char *name);

/* -------------------------------------------------------------- the threads */

/* Threads that exist before they are needed: see steps-pool.c. */
int steps_pool_create(struct steps_pool **pool_ret) MUST_CHECK;
void steps_pool_destroy(struct steps_pool *pool);	/* all must be idle */
/* Run @call in a thread, which destroys it. Return: 0 or -errno. */
int steps_pool_run(struct steps_pool *pool, struct steps_call *call) MUST_CHECK;

/* ---------------------------------------------------------------- the words */

/* Values of words. Without _or the word must be there; else bad is noted. */
const char *steps_text(struct steps_call *call, const char *key);
const char *steps_text_or(struct steps_call *call, const char *key,
			  const char *absent);
bool steps_flag(struct steps_call *call, const char *key);
bool steps_has(struct steps_call *call, const char *key);
/* A size [bytes] that fits into off_t. */
uint64_t steps_size(struct steps_call *call, const char *key);
uint64_t steps_size_or(struct steps_call *call, const char *key,
		       uint64_t absent);
/* A number of at most @max. */
uint64_t steps_number(struct steps_call *call, const char *key, uint64_t max);
/* "len": a size of 1 to STEPS_LEN_MAX. */
size_t steps_len(struct steps_call *call);

/**
 * steps_content() - gen= [file=] [file-off=] [writer=]
 * gen= may be absent, and is 1 then, for CONTENT_WRITER_CREATE only.
 * @file:   hash of the object's own name, when file= is absent
 * @writer: when writer= is absent
 * @off:    the object's own offset, replaced by file-off=
 */
struct content_id steps_content(struct steps_call *call, uint16_t file,
				uint8_t writer, uint64_t *off);
/* "r" or "rw" as a protection of mmap(2). */
int steps_protection(struct steps_call *call, const char *mode);
/* Page-aligned zeros; NULL when something is bad already, or without memory. */
void *steps_buffer(struct steps_call *call, size_t len);
/* As that, filled with the content of a write at @off, by steps_content(). */
void *steps_filled(struct steps_call *call, size_t len, uint16_t file,
		   uint64_t off);

/* -------------------------------------------------------------- the objects */

/* A descriptor with a name. */
struct steps_fd {
	int fd;
	uint16_t file;		/* content_file() of its path */
	bool nonblock;		/* a pipe made so */
};

/* A part of named memory. */
struct steps_mem {
	char *addr;		/* of the part */
	size_t len;		/* of the part [bytes] */
	uint64_t off;		/* of the part in its file [bytes] */
	uint16_t file;
};

/* Find by the word @key. Bad when there is no such object. */
struct steps_fd steps_fd(struct steps_call *call, const char *key);
/* The part from @at with @len bytes; bad when it is not inside. */
struct steps_mem steps_mem(struct steps_call *call, const char *key,
			   uint64_t at, uint64_t len);
/* The part from @at to the end. */
struct steps_mem steps_mem_rest(struct steps_call *call, const char *key,
				uint64_t at);
/* The same by the name itself. */
struct steps_mem steps_mem_named(struct steps_call *call, const char *name,
				 uint64_t at, uint64_t len);

/* Parts of named memory that one call takes in this order. */
struct steps_segments {
	struct iovec iov[STEPS_SEGMENTS_MAX];
	int count;
	size_t len;		/* of all [bytes] */
	struct steps_mem first;
};

/* "segments": NAME:AT:LEN,...; bad when there are none, or too many. */
struct steps_segments steps_segments(struct steps_call *call);
/* The name that the word @key gives to a new object; bad when taken. */
const char *steps_new_fd(struct steps_call *call, const char *key);
const char *steps_new_mem(struct steps_call *call, const char *key);
bool steps_fd_exists(struct steps *steps, const char *name);
/**
 * steps_add_fd() - name a descriptor, which belongs to the table then
 * @file: what its content says that it is
 * Return: 0, or -errno: it is still the caller's.
 */
int steps_add_fd(struct steps *steps, const char *name, uint16_t file, int fd,
		 bool nonblock) MUST_CHECK;
/* Both ends of a pipe or a pair: bad when "NAME.r" or "NAME.w" is there. */
void steps_check_ends(struct steps_call *call, const char *name,
		      const char *ends);
/**
 * steps_add_ends() - name both ends
 * @ends: a letter for each, as "rw"
 * @fds:  belong to the table or are closed afterwards
 * Return: 0 or -errno.
 */
int steps_add_ends(struct steps_call *call, const char *name, const char *ends,
		   const int fds[2], bool nonblock) MUST_CHECK;
/* @off: offset of @addr in its file [bytes]. */
int steps_add_mem(struct steps *steps, const char *name, uint16_t file,
		  void *addr, size_t len, uint64_t off) MUST_CHECK;
/* steps_add_mem(), or unmap it. Return: 0 or -errno. */
long steps_name_mem(struct steps_call *call, const char *name, uint16_t file,
		    void *addr, size_t len, uint64_t off) MUST_CHECK;
/* Forget a name; what it named is the caller's. Bad when there is none. */
struct steps_fd steps_take_fd(struct steps_call *call, const char *key);
struct steps_mem steps_take_mem(struct steps_call *call, const char *key);
/* content_file(), and a note of the path for steps_path_of(). */
uint16_t steps_path(struct steps *steps, const char *path);
/* The noted path with this hash, NULL when unknown; lives as long as steps. */
const char *steps_path_of(struct steps *steps, uint16_t file);
/* Close and unmap everything. */
void steps_drop_objects(struct steps *steps);

/* ---------------------------------------------------------------- the steps */

long steps_do_open(struct steps_call *call);
long steps_do_create(struct steps_call *call);
long steps_do_close(struct steps_call *call);
long steps_do_write(struct steps_call *call);
long steps_do_read(struct steps_call *call);
long steps_do_pwrite(struct steps_call *call);
long steps_do_pread(struct steps_call *call);
long steps_do_read_into(struct steps_call *call);
long steps_do_preadv(struct steps_call *call);
long steps_do_pwritev(struct steps_call *call);
long steps_do_vm_writev(struct steps_call *call);
long steps_do_proc_mem(struct steps_call *call);
long steps_do_ptrace_poke(struct steps_call *call);
long steps_do_af_alg(struct steps_call *call);
long steps_do_aio_read(struct steps_call *call);
long steps_do_uring_read(struct steps_call *call);
long steps_do_uring_fixed(struct steps_call *call);
long steps_do_sync_range(struct steps_call *call);
long steps_do_fsync(struct steps_call *call);
long steps_do_fdatasync(struct steps_call *call);
long steps_do_dontneed(struct steps_call *call);
long steps_do_truncate(struct steps_call *call);
long steps_do_unlink(struct steps_call *call);
long steps_do_map(struct steps_call *call);
long steps_do_anon(struct steps_call *call);
long steps_do_memfd(struct steps_call *call);
long steps_do_munmap(struct steps_call *call);
long steps_do_store(struct steps_call *call);
long steps_do_check(struct steps_call *call);
long steps_do_digest(struct steps_call *call);
long steps_do_pageflags(struct steps_call *call);
long steps_do_pageframe(struct steps_call *call);
long steps_do_cached(struct steps_call *call);
long steps_do_punch(struct steps_call *call);
long steps_do_madvise(struct steps_call *call);
long steps_do_mprotect(struct steps_call *call);
long steps_do_migrate(struct steps_call *call);
long steps_do_drop_caches(struct steps_call *call);
long steps_do_compact(struct steps_call *call);
long steps_do_fork_touch(struct steps_call *call);
long steps_do_freeze(struct steps_call *call);
long steps_do_thaw(struct steps_call *call);
long steps_do_place(struct steps_call *call);
long steps_do_stripe(struct steps_call *call);
long steps_do_inode(struct steps_call *call);
long steps_do_exit(struct steps_call *call);
long steps_do_pipe(struct steps_call *call);
long steps_do_splice(struct steps_call *call);
long steps_do_vmsplice(struct steps_call *call);
long steps_do_sendfile(struct steps_call *call);
long steps_do_copy_range(struct steps_call *call);
long steps_do_tcp(struct steps_call *call);
long steps_do_send_zerocopy(struct steps_call *call);
long steps_do_receive(struct steps_call *call);
long steps_do_xdp_umem(struct steps_call *call);
long steps_do_xdp_store(struct steps_call *call);
long steps_do_gup_test(struct steps_call *call);
long steps_do_kvm_guest(struct steps_call *call);
long steps_do_kvm_store(struct steps_call *call);
long steps_do_declare(struct steps_call *call);
long steps_do_undeclare(struct steps_call *call);
long steps_do_receipts(struct steps_call *call);
long steps_do_receipt(struct steps_call *call);
long steps_do_wait(struct steps_call *call);
long steps_do_mark(struct steps_call *call);

#endif
