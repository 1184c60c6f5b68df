/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store as it is opened in a boot of one's choice; only unit tests choose. */
#ifndef PIN_CSUM_STORE_INTERNAL_H
#define PIN_CSUM_STORE_INTERNAL_H

#include <stdint.h>

#include "csum/csum-store.h"

/* As csum_store_open(), which takes the boot that the machine is in. */
int csum_store_open_in_boot(int state_fd, int source_fd,
			    const uint8_t boot_id[16],
			    struct csum_store **store_ret) MUST_CHECK;

#endif
