/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First lines of reports, as kernels have printed them, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "vm/kernelreport.h"

static void first_lines(void **state UNUSED)
{
	static const struct {
		const char *line;
		const char *kind;
	} rows[] = {
		/* 6.1, and 7.3. */
		{ "WARNING: CPU: 1 PID: 145 at fs/fuse/file.c:1870 "
		  "fuse_write_file_get+0x2c/0x40 [fuse]", "warn" },
		{ "WARNING: fs/fuse/file.c:2063 at "
		  "fuse_iomap_writeback_range+0x520/0x5d0, CPU#0: pinctl/145",
		  "warn" },
		{ "UBSAN: array-index-out-of-bounds in fs/x.c:1:2", "warn" },
		{ "BUG: kernel NULL pointer dereference, address: "
		  "0000000000000000", "oops" },
		{ "BUG: unable to handle page fault for address: "
		  "ffffffffdeadbeef", "oops" },
		{ "Oops: 0002 [#1] PREEMPT SMP NOPTI", "oops" },
		{ "Oops: general protection fault, probably for non-canonical "
		  "address 0xdead: 0000 [#1] SMP", "oops" },
		{ "general protection fault, probably for non-canonical "
		  "address 0xdead: 0000 [#1] PREEMPT SMP", "oops" },
		{ "kernel BUG at fs/fuse/file.c:123!", "bug" },
		{ "BUG: Bad page state in process pinctl  pfn:12345", "bug" },
		{ "BUG: sleeping function called from invalid context at "
		  "mm/page_alloc.c:1", "bug" },
		{ "BUG: KASAN: slab-use-after-free in fuse_x+0x1/0x2", "bug" },
		{ "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [a:1]",
		  "bug" },
		{ "INFO: task pinctl:145 blocked for more than 120 seconds.",
		  "hung-task" },
		{ "WARNING: possible circular locking dependency detected",
		  "lockdep" },
		{ "WARNING: inconsistent lock state", "lockdep" },
		{ "WARNING: bad unlock balance detected!", "lockdep" },
		{ "WARNING: suspicious RCU usage", "lockdep" },
		{ "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
		  "rcu-stall" },
		{ "rcu: INFO: rcu_sched self-detected stall on CPU",
		  "rcu-stall" },
		{ "Kernel panic - not syncing: Fatal exception", "panic" },
		/* Other lines of the log. */
		{ "", NULL },
		{ "fuse: init (API version 7.46)", NULL },
		{ "Spectre V2 : WARNING: Unprivileged eBPF is enabled", NULL },
		{ "WARNING: a driver is unhappy", NULL },
		{ "a WARNING: CPU: 1 PID: 1 at x", NULL },
		{ "xfs: WARNING: CPU", NULL },
		{ "RIP: 0010:fuse_iomap_writeback_range+0x520/0x5d0", NULL },
		{ "Debug: BUG: none", NULL },
		{ "INFO: task done", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *kind = vm_kernelreport_kind(rows[i].line);

		if (rows[i].kind && kind)
			assert_string_equal(kind, rows[i].kind);
		else
			assert_ptr_equal(kind, rows[i].kind);
	}
}

static void one_crash_is_one_report(void **state UNUSED)
{
	static const char die[] = "Oops: 0002 [#1] PREEMPT SMP NOPTI";
	static const char null[] = "BUG: kernel NULL pointer dereference, "
				   "address: 0000000000000000";

	assert_true(vm_kernelreport_goes_on("oops", die));
	assert_true(vm_kernelreport_goes_on("bug", die));
	assert_false(vm_kernelreport_goes_on("warn", die));
	/* The next one. */
	assert_false(vm_kernelreport_goes_on("oops", null));
	assert_false(vm_kernelreport_goes_on("oops",
					     "kernel BUG at fs/x.c:1!"));
	assert_false(vm_kernelreport_goes_on("oops", "RIP: 0010:x+0x1/0x2"));
}

static void last_lines(void **state UNUSED)
{
	assert_true(vm_kernelreport_ends("---[ end trace 0000000000000000 ]---"));
	assert_true(vm_kernelreport_ends(
		"---[ end Kernel panic - not syncing: x ]---"));
	assert_false(vm_kernelreport_ends("------------[ cut here ]------------"));
	assert_false(vm_kernelreport_ends(" </TASK>"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_lines),
		cmocka_unit_test(one_crash_is_one_report),
		cmocka_unit_test(last_lines),
	};

	return cmocka_run_group_tests_name("vmkernelreport", tests, NULL, NULL);
}
