/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of calls that a trace tells of: by a child that maps a file, has
 * descriptors, and sleeps in something else, so that all of them are over. The
 * file is one of a tmpfs; there is no mount of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/call.h"
#include "daemon/suspect.h"

#include <cmocka.h>

enum {
	BLOCK = 4096,
	BLOCKS = 16,
	ASKED = 2,		/* the block that is asked about */
	NO_FD = 1000,
	FROM_NS = 1000,
	ENTER_NS = 1500,
	EXIT_NS = 1600,
	TO_NS = 2000,
};

static struct suspect *suspect;
static struct stat file;
static char *memory;		/* at the same address in the child */
static char *private;		/* the same part of the file */
static int file_fd, direct_fd;	/* the same in the child */
static pid_t child, gone;
static struct iovec vector[2];

static int make_file(const char *template, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s", template);
	fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, (off_t)BLOCKS * BLOCK) < 0)
		return -1;
	close(fd);
	fd = open(path, O_RDWR | O_CLOEXEC | flags);
	unlink(path);
	return fd;
}

static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int set_up(UNUSED void **state)
{
	if (suspect_create(&suspect))
		return -1;
	file_fd = make_file("/dev/shm/suspect_test.XXXXXX", 0);
	direct_fd = make_file("suspect_test.XXXXXX", O_DIRECT);
	if (file_fd < 0 || fstat(file_fd, &file) < 0)
		return -1;
	memory = mmap(NULL, (size_t)BLOCKS * BLOCK, PROT_READ | PROT_WRITE,
		      MAP_SHARED, file_fd, 0);
	private = mmap(NULL, (size_t)BLOCKS * BLOCK, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE, file_fd, 0);
	if (memory == MAP_FAILED || private == MAP_FAILED)
		return -1;
	vector[0] = (struct iovec){ memory, 512 };
	vector[1] = (struct iovec){ memory + ASKED * BLOCK + 8, 64 };
	child = sleeping_child();
	gone = sleeping_child();
	end_child(gone);
	return 0;
}

static int tear_down(UNUSED void **state)
{
	end_child(child);
	suspect_destroy(suspect);
	return 0;
}

/* ---- one question ---- */

static json_t *ask(const struct call *call)
{
	const struct suspect_query query = {
		.dev = file.st_dev, .ino = file.st_ino,
		.off = ASKED * BLOCK, .len = BLOCK,
		.from_ns = FROM_NS, .to_ns = TO_NS,
	};
	json_t *answer = suspect_find(suspect, &query, call, 1,
				      clock_deadline_ns(10 * CLOCK_NS_PER_SEC));

	assert_non_null(answer);
	return answer;
}

/* "KIND CALL FILE_OFFSET BLOCK LENGTH" of each suspect. */
static void describe(const json_t *answer, char *text, size_t size)
{
	size_t i;
	const json_t *entry;

	*text = '\0';
	json_array_foreach(json_object_get(answer, "suspects"), i, entry) {
		const json_t *off = json_object_get(entry, "file_offset");
		const json_t *block = json_object_get(entry, "block");
		const json_t *len = json_object_get(entry, "length");
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%s%s %s %lld %lld %lld",
			 used ? ", " : "",
			 json_string_value(json_object_get(entry, "kind")),
			 json_string_value(json_object_get(entry, "call")),
			 json_is_null(off) ? -1 : json_integer_value(off),
			 json_is_null(block) ? -1 : json_integer_value(block),
			 json_is_null(len) ? -1 : json_integer_value(len));
	}
}

static bool is_unknown(const json_t *answer, const char *words)
{
	size_t i;
	const json_t *entry;

	json_array_foreach(json_object_get(answer, "unknown"), i, entry)
		if (strstr(json_string_value(entry), words))
			return true;
	return false;
}

static void check(const struct call *call, const char *suspects,
		  const char *unknown)
{
	json_t *answer = ask(call);
	char text[512];

	describe(answer, text, sizeof(text));
	assert_string_equal(text, suspects);
	assert_true(!unknown || is_unknown(answer, unknown));
	json_decref(answer);
}

/* ---- calls ---- */

#define PART ((uint64_t)(uintptr_t)(memory + ASKED * BLOCK))
#define CALL(name, ...) { \
	.tid = child, .number = SYS_##name, .args = { __VA_ARGS__ }, \
	.enter_ns = ENTER_NS, .exit_ns = EXIT_NS, .result = BLOCK, \
}

static void need_direct(void)
{
	enum { TMPFS = 0x01021994 };
	struct statfs fs;

	if (direct_fd < 0 || fstatfs(direct_fd, &fs) < 0 || fs.f_type == TMPFS)
		skip();
}

static void a_direct_read_into_the_block_is_a_pin(UNUSED void **state)
{
	struct call call = CALL(pread64, (uint64_t)direct_fd, PART, BLOCK,
				3 * BLOCK);
	const json_t *entry;
	json_t *answer;

	need_direct();
	check(&call, "pin pread64 12288 2 4096", NULL);
	answer = ask(&call);
	entry = json_array_get(json_object_get(answer, "suspects"), 0);
	assert_int_equal(json_integer_value(json_object_get(entry, "pid")),
			 child);
	assert_int_equal(json_integer_value(json_object_get(entry, "enter_ns")),
			 ENTER_NS);
	assert_int_equal(json_integer_value(json_object_get(entry, "exit_ns")),
			 EXIT_NS);
	assert_string_equal(json_string_value(json_object_get(entry, "by")),
			    "trace");
	/* It sleeps in something else by now. */
	assert_null(json_object_get(entry, "stack"));
	json_decref(answer);
}

static void calls_outside_of_the_window_are_not(UNUSED void **state)
{
	struct call call = CALL(pread64, (uint64_t)direct_fd, PART, BLOCK, 0);

	need_direct();
	call.enter_ns = FROM_NS - 200;
	call.exit_ns = FROM_NS - 100;
	check(&call, "", NULL);
	call.exit_ns = FROM_NS;
	check(&call, "pin pread64 0 2 4096", NULL);
	call.enter_ns = TO_NS + 100;
	call.exit_ns = TO_NS + 200;
	check(&call, "", NULL);
}

static void what_was_not_read_is_not(UNUSED void **state)
{
	struct call call = CALL(pread64, (uint64_t)direct_fd, PART - BLOCK,
				2 * BLOCK, 0);

	need_direct();
	call.result = BLOCK;
	check(&call, "", NULL);
	call.result = BLOCK + 512;
	check(&call, "pin pread64 0 1 8192", NULL);
	call.result = -EIO;
	check(&call, "pin pread64 0 1 8192", NULL);
}

static void after_its_end_the_position_is_not_known(UNUSED void **state)
{
	struct call call = CALL(read, (uint64_t)direct_fd, PART, BLOCK);

	need_direct();
	check(&call, "pin read -1 2 4096", NULL);
}

static void vectors_are_read_from_the_caller(UNUSED void **state)
{
	struct call call = CALL(preadv, (uint64_t)direct_fd,
				(uintptr_t)vector, 2, 4 * BLOCK);
	struct call writev = CALL(process_vm_writev, (uint64_t)child, 0, 0,
				  (uintptr_t)vector, 2, 0);
	struct call readv = CALL(process_vm_readv, (uint64_t)child,
				 (uintptr_t)vector, 2, 0, 0, 0);

	if (geteuid())
		skip();
	check(&writev, "pin process_vm_writev -1 2 64", NULL);
	/* It copies to its caller through the page table. */
	check(&readv, "", NULL);
	writev.args[3] = 4096;
	check(&writev, "", "its buffers cannot be read");
	need_direct();
	check(&call, "pin preadv 16896 2 64", NULL);
}

static void reads_that_copy_are_not(UNUSED void **state)
{
	struct call call = CALL(pread64, (uint64_t)file_fd, PART, BLOCK, 0);

	check(&call, "", NULL);
}

static void private_mappings_are_not(UNUSED void **state)
{
	struct call call = CALL(pread64, (uint64_t)direct_fd,
				(uintptr_t)private + ASKED * BLOCK, BLOCK, 0);

	check(&call, "", NULL);
}

static void what_is_gone_is_said(UNUSED void **state)
{
	struct call call = CALL(pread64, NO_FD, PART, BLOCK, 0);

	check(&call, "asynchronous pread64 -1 2 4096",
	      "pread64(fd 1000), which is closed now: not known which file");
	call.tid = gone;
	check(&call, "", "(gone) was in pread64(fd 1000): not known which file");
}

static void writes_to_the_block_are_overwrites(UNUSED void **state)
{
	struct call call = CALL(pwrite64, (uint64_t)file_fd, 0, BLOCK,
				ASKED * BLOCK);

	check(&call, "overwrite pwrite64 8192 2 4096", NULL);
	/* one byte of it, the byte before it, the byte behind it */
	call.args[3] = ASKED * BLOCK - 1;
	call.result = 2;
	check(&call, "overwrite pwrite64 8191 1 2", NULL);
	call.result = 1;
	check(&call, "", NULL);
	call.args[3] = (ASKED + 1) * BLOCK;
	check(&call, "", NULL);
	/* failed */
	call.args[3] = ASKED * BLOCK;
	call.result = -EFAULT;
	check(&call, "", NULL);
	call.result = BLOCK;
	call.args[0] = NO_FD;
	/* closed: not of the file, unless one of the file has been closed */
	check(&call, "", NULL);
}

static void a_write_at_a_position_is_somewhere(UNUSED void **state)
{
	struct call call = CALL(write, (uint64_t)file_fd, 0, BLOCK);

	check(&call, "overwrite write -1 -1 4096",
	      "in write to the file: it is not known where in it");
}

static void a_hole_is_an_overwrite(UNUSED void **state)
{
	struct call call = CALL(fallocate, (uint64_t)file_fd, 3, 0,
				BLOCKS * BLOCK);

	call.result = 0;
	check(&call, "overwrite fallocate 0 0 65536", NULL);
	call.result = -EINTR;
	check(&call, "", NULL);
}

static void of_asynchronous_calls_it_is_said_what_is_not_known(UNUSED void **state)
{
	struct call call = CALL(io_submit, 0, 1, 0);

	check(&call, "asynchronous io_submit -1 -1 -1",
	      "by Linux AIO may write into the page: the kernel does not say");
}

static void our_own_calls_are_not(UNUSED void **state)
{
	struct call call = CALL(pwrite64, (uint64_t)file_fd, 0, BLOCK,
				ASKED * BLOCK);

	call.tid = getpid();
	check(&call, "", NULL);
}

static void too_many_calls_are_said(UNUSED void **state)
{
	static struct call calls[SUSPECT_MAX_CALLS + 1];
	const struct suspect_query query = {
		.dev = file.st_dev, .ino = file.st_ino, .len = BLOCK,
	};
	json_t *answer = suspect_find(suspect, &query, calls,
				      ARRAY_SIZE(calls),
				      clock_deadline_ns(10 * CLOCK_NS_PER_SEC));

	assert_true(is_unknown(answer, "there were more calls in the window"));
	json_decref(answer);
}

static void without_time_it_is_said(UNUSED void **state)
{
	const struct suspect_query query = {
		.dev = file.st_dev, .ino = file.st_ino, .len = BLOCK,
	};
	json_t *answer = suspect_find(suspect, &query, NULL, 0, 1);

	assert_true(is_unknown(answer, "there was no time"));
	assert_int_equal(json_array_size(json_object_get(answer, "mappers")), 0);
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_direct_read_into_the_block_is_a_pin),
		cmocka_unit_test(calls_outside_of_the_window_are_not),
		cmocka_unit_test(what_was_not_read_is_not),
		cmocka_unit_test(after_its_end_the_position_is_not_known),
		cmocka_unit_test(vectors_are_read_from_the_caller),
		cmocka_unit_test(reads_that_copy_are_not),
		cmocka_unit_test(private_mappings_are_not),
		cmocka_unit_test(what_is_gone_is_said),
		cmocka_unit_test(writes_to_the_block_are_overwrites),
		cmocka_unit_test(a_write_at_a_position_is_somewhere),
		cmocka_unit_test(a_hole_is_an_overwrite),
		cmocka_unit_test(of_asynchronous_calls_it_is_said_what_is_not_known),
		cmocka_unit_test(our_own_calls_are_not),
		cmocka_unit_test(too_many_calls_are_said),
		cmocka_unit_test(without_time_it_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
