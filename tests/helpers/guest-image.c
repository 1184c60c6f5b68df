/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-image MODULES NONCE EVIDENCE_MAX FILE [ARGUMENT...]: what a machine makes
 * for a guest: its first file system with the modules below MODULES ("": none)
 * and the job to run "pinctl run ARGUMENT...". FILE.base is the one without job.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"
#include "vm/image.h"

int main(int argc, char **argv)
{
	struct vm_kernel kernel = { 0 };
	struct vm_job job = { 0 };
	uint64_t most, begin = clock_now_ns();
	char *base;

	log_setup("guest-image", LOG_SINK_STDERR, false);
	if (argc < 5 || parse_size(argv[3], &most)) {
		fprintf(stderr, "usage: guest-image MODULES NONCE "
			"EVIDENCE_MAX FILE [ARGUMENT...]\n");
		return 2;
	}
	kernel.modules = *argv[1] ? argv[1] : NULL;
	snprintf(job.nonce, sizeof(job.nonce), "%s", argv[2]);
	job.evidence_max = (size_t)most;
	job.run = argv + 5;
	if (asprintf(&base, "%s.base", argv[4]) < 0)
		return 1;
	if (vm_image_build(&kernel, base) ||
	    vm_image_add_job(base, &job, argv[4]))
		return 1;
	printf("%llu ms\n", (unsigned long long)((clock_now_ns() - begin) /
						 CLOCK_NS_PER_MS));
	free(base);
	return 0;
}
