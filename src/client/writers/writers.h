/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writers: one file each, which ends in its row of scenario.c's table. */
#ifndef PIN_WRITERS_H
#define PIN_WRITERS_H

#include "client/scenario.h"

extern const struct scenario_writer none_writer;
extern const struct scenario_writer store_writer;
extern const struct scenario_writer copy_to_user_writer;
extern const struct scenario_writer pwrite_writer;
extern const struct scenario_writer splice_in_writer;
extern const struct scenario_writer sendfile_in_writer;
extern const struct scenario_writer copy_range_in_writer;
extern const struct scenario_writer dio_read_writer;
extern const struct scenario_writer dio_readv2_writer;
extern const struct scenario_writer dio_bdev_writer;
extern const struct scenario_writer dio_ext4_writer;
extern const struct scenario_writer dio_xfs_writer;
extern const struct scenario_writer dio_btrfs_writer;
extern const struct scenario_writer aio_read_writer;
extern const struct scenario_writer uring_read_writer;
extern const struct scenario_writer uring_fixed_writer;
extern const struct scenario_writer xdp_umem_writer;
extern const struct scenario_writer vm_writev_writer;
extern const struct scenario_writer proc_mem_writer;
extern const struct scenario_writer ptrace_poke_writer;
extern const struct scenario_writer af_alg_writer;
extern const struct scenario_writer vmsplice_late_writer;
extern const struct scenario_writer splice_out_late_writer;
extern const struct scenario_writer zerocopy_late_writer;
extern const struct scenario_writer dio_write_late_writer;
extern const struct scenario_writer dio_write_held_writer;
extern const struct scenario_writer gup_test_writer;
extern const struct scenario_writer kvm_store_writer;
extern const struct scenario_writer notify_store_writer;

#endif
