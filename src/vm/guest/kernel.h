/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's reports, from /dev/kmsg into the channel. */
#ifndef PIN_VM_GUEST_KERNEL_H
#define PIN_VM_GUEST_KERNEL_H

#include "vm/guest/guest.h"

struct guest_kernel;

/* From the first line on that the log still has. NULL: it cannot be read. */
struct guest_kernel *guest_kernel_open(struct guest *guest);
/* For poll(2), when there is more. */
int guest_kernel_fd(const struct guest_kernel *kernel);
/* Send what there is by now. Does not wait. */
void guest_kernel_read(struct guest_kernel *kernel);
/* Is there a report whose last line has not been seen? */
bool guest_kernel_is_open(const struct guest_kernel *kernel);
/* Nothing has come for a while: this report is over. */
void guest_kernel_flush(struct guest_kernel *kernel);
/**
 * guest_kernel_close() - the end of listening
 * @before: guest_tainted() at the beginning; of what has been tainted since
 *          without a report, there is one now
 */
void guest_kernel_close(struct guest_kernel *kernel, uint64_t before);

#endif
