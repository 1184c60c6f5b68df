/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The targets: one file each, which ends in its row of scenario.c's table. */
#ifndef PIN_TARGETS_H
#define PIN_TARGETS_H

#include "client/scenario.h"

extern const struct scenario_target pinfs_target;
extern const struct scenario_target dir_target;
extern const struct scenario_target private_target;
extern const struct scenario_target anon_target;
extern const struct scenario_target anon_thp_target;
extern const struct scenario_target memfd_target;
extern const struct scenario_target hugetlb_target;
extern const struct scenario_target staged_ext4_target;
extern const struct scenario_target staged_xfs_target;
extern const struct scenario_target staged_btrfs_target;
extern const struct scenario_target staged_nodatasum_target;
extern const struct scenario_target staged_raid1_target;

#endif
