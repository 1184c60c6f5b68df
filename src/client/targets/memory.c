/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the phases of targets that are memory of the writer's and no more. */
#include "client/targets/memory.h"

enum { PLANTED = TRIAL_GENERATION_NEW + 1 };	/* a generation of nobody's */

static int fill(struct trial *trial, uint32_t len, int generation)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "store mem=m off=%llu file-off=%llu len=%u gen=%d "
			  "file=%s", (unsigned long long)trial->base,
			  (unsigned long long)trial->base, len, generation,
			  trial->target);
}

int memory_dirty(struct trial *trial)
{
	return fill(trial, trial->seen, TRIAL_GENERATION_OLD);
}

int memory_plant(struct trial *trial)
{
	return fill(trial, SHAPE_PAGE, PLANTED);
}

int memory_look(struct trial *trial, enum judge_bytes *bytes_ret)
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_digest_in(trial, trial->site->writer, "mem=m", digests);

	if (!err)
		*bytes_ret = trial_bytes(trial, digests);
	return err;
}

int memory_audit(struct trial *trial)
{
	trial->facts.storeless = true;
	return memory_look(trial, &trial->facts.mapping);
}

int memory_unmap(struct trial *trial)
{
	if (trial->owner_gone)
		return 0;
	return trial_step(trial, trial->site->writer, NULL, "munmap mem=m");
}
