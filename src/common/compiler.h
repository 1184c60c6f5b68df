/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiler attributes, clang's thread-safety annotations, and the few macros
 * that every file needs. gcc sees the annotations as nothing.
 */
#ifndef PIN_COMPILER_H
#define PIN_COMPILER_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define UNUSED __attribute__((unused))
#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))

#if defined(__clang__)
#define TSA(x) __attribute__((x))
#else
#define TSA(x)
#endif
#define CAPABILITY(name) TSA(capability(name))
#define ACQUIRES(...) TSA(acquire_capability(__VA_ARGS__))
#define RELEASES(...) TSA(release_capability(__VA_ARGS__))
#define REQUIRES(...) TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) TSA(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY TSA(no_thread_safety_analysis)
/*
 * An order that comes about outside of the program (the kernel sends a request
 * only after it got the reply that the request follows from), told to the
 * thread sanitizer. Nothing in other builds.
 */
#if defined(__SANITIZE_THREAD__)
#define HAVE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAVE_TSAN 1
#endif
#endif
#ifdef HAVE_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define ORDER_AFTER(addr) __tsan_acquire(addr)
#define ORDER_BEFORE(addr) __tsan_release(addr)
#else
#define ORDER_AFTER(addr) ((void)(addr))
#define ORDER_BEFORE(addr) ((void)(addr))
#endif

/* For the reader: clang 14 rejects a sibling field as argument in C. */
#define GUARDED_BY(lock)

#endif
