/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The moments: one file each, which ends in its row of scenario.c's table. */
#ifndef PIN_MOMENTS_H
#define PIN_MOMENTS_H

#include "client/scenario.h"

extern const struct scenario_moment writeback_moment;
extern const struct scenario_moment after_writeback_moment;
extern const struct scenario_moment dontneed_moment;
extern const struct scenario_moment drop_caches_moment;
extern const struct scenario_moment pageout_moment;
extern const struct scenario_moment fork_moment;
extern const struct scenario_moment collapse_moment;
extern const struct scenario_moment migrate_moment;
extern const struct scenario_moment writeback_first_moment;
extern const struct scenario_moment during_then_again_moment;
extern const struct scenario_moment through_moment;
extern const struct scenario_moment truncate_moment;
extern const struct scenario_moment punch_moment;
extern const struct scenario_moment invalidate_moment;
extern const struct scenario_moment reopen_moment;
extern const struct scenario_moment direct_write_moment;
extern const struct scenario_moment munmap_moment;
extern const struct scenario_moment close_moment;
extern const struct scenario_moment exit_moment;
extern const struct scenario_moment kill_moment;
extern const struct scenario_moment last_writer_gone_moment;
extern const struct scenario_moment freeze_moment;

#endif
