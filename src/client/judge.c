/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the rules by which observations become verdicts.
 *
 * Each rule looks for itself; what applies is collected, and the worst is the
 * verdict. STABLE is what remains when nothing else applies, so it also says
 * that everything needed for the others was looked at.
 */
#include "client/judge.h"

#include <errno.h>

#include "client/verdict.h"

/*
 * EFAULT: FOLL_LONGTERM write pins of file mappings since 6.5
 * (mm/gup.c: check_vma_flags()); EOPNOTSUPP: io_uring's registered buffers
 * before that (io_uring/rsrc.c, 6.1); the others: the facility is not allowed
 * for this memory or this user.
 */
bool judge_refusal(int err)
{
	return err == EFAULT || err == EOPNOTSUPP || err == EINVAL ||
	       err == EPERM || err == EACCES || err == ENODEV;
}

static bool succeeded(const struct judge_facts *facts)
{
	return facts->called && !facts->err;
}

/* What happened to the call. That it is not back does not say that it waits. */
static unsigned int judge_call(const struct judge_facts *facts)
{
	if (!facts->called)
		return 0;
	if (facts->err)
		return VERDICT_BIT(judge_refusal(facts->err) ?
				   VERDICT_REFUSED : VERDICT_ERROR);
	if ((facts->window || facts->frozen) && !facts->in_window)
		return VERDICT_BIT(facts->stuck ? VERDICT_BLOCKED :
						  VERDICT_ERROR);
	return 0;
}

/* What happened to the page while its WRITE was held. */
static unsigned int judge_window(const struct judge_facts *facts)
{
	if (facts->events)
		return VERDICT_BIT(VERDICT_UNSTABLE);
	/* Of a page of the mount alone: who else would be looked at? */
	if (facts->queued)
		return 0;
	/* A call that failed has changed nothing that could be hidden. */
	if (!facts->window ||
	    (facts->called && (facts->err || !facts->in_window)))
		return 0;
	if (!facts->live)
		return VERDICT_BIT(VERDICT_HIDDEN);
	if (succeeded(facts) &&
	    (facts->shown == JUDGE_NEW || facts->shown == JUDGE_MIXED))
		return VERDICT_BIT(VERDICT_HIDDEN);
	return 0;
}

/* A frozen filesystem is one whose device stays as it is. */
static unsigned int judge_frozen(const struct judge_facts *facts)
{
	if (!facts->frozen || facts->beneath == JUDGE_OLD)
		return 0;
	return VERDICT_BIT(facts->beneath == JUDGE_UNSEEN ? VERDICT_ERROR :
							    VERDICT_UNSTABLE);
}

/*
 * What fsync(2) has promised to be there. It began with the old bytes, of which
 * the filesystem may have made a checksum, or a copy.
 */
static unsigned int judge_left(const struct judge_facts *facts)
{
	if (!facts->queued)
		return 0;
	if (!facts->left_unreadable && facts->left == JUDGE_UNSEEN)
		return VERDICT_BIT(VERDICT_ERROR);
	if (facts->mirrored && facts->mirror == JUDGE_UNSEEN)
		return VERDICT_BIT(VERDICT_ERROR);
	if (facts->left_unreadable || facts->left != JUDGE_OLD ||
	    (facts->mirrored && facts->mirror != JUDGE_OLD))
		return VERDICT_BIT(VERDICT_UNSTABLE);
	return 0;
}

/* What a call has passed on, when the page changed behind it. */
static unsigned int judge_passed(const struct judge_facts *facts)
{
	unsigned int set = 0;

	if (!facts->passes)
		return 0;
	if (facts->passed == JUDGE_UNSEEN)
		return VERDICT_BIT(VERDICT_ERROR);
	if (facts->passed == JUDGE_MIXED)
		set |= VERDICT_BIT(VERDICT_TORN);
	if (facts->passed != JUDGE_OLD || facts->reports)
		set |= VERDICT_BIT(VERDICT_UNSTABLE);
	return set;
}

/* What is left of the bytes in memory that nothing stands behind. */
static unsigned int judge_memory(const struct judge_facts *facts)
{
	if (facts->mapping == JUDGE_UNSEEN)
		return VERDICT_BIT(VERDICT_ERROR);
	if (facts->mapping == JUDGE_MIXED)
		return VERDICT_BIT(VERDICT_TORN);
	if (succeeded(facts) &&
	    facts->mapping != (facts->elsewhere ? JUDGE_OLD : JUDGE_NEW))
		return VERDICT_BIT(VERDICT_ORPHAN);
	return 0;
}

/* What is left of the bytes. */
static unsigned int judge_end(const struct judge_facts *facts)
{
	enum judge_bytes right = facts->elsewhere ? JUDGE_OLD : JUDGE_NEW;
	unsigned int set = 0;

	if (facts->storeless)
		return judge_memory(facts);
	/* It has been given the bytes, and does not give them back. */
	if (facts->denied)
		return VERDICT_BIT(VERDICT_LOST);
	if (facts->store == JUDGE_UNSEEN || facts->mapping == JUDGE_UNSEEN ||
	    facts->file == JUDGE_UNSEEN)
		return VERDICT_BIT(VERDICT_ERROR);
	if (facts->store == JUDGE_MIXED || facts->arrived == JUDGE_MIXED)
		set |= VERDICT_BIT(VERDICT_TORN);
	if (succeeded(facts) &&
	    (facts->mapping != right || facts->file != right))
		set |= VERDICT_BIT(VERDICT_ORPHAN);
	if (!facts->agree)
		set |= facts->dirty ? VERDICT_BIT(VERDICT_ERROR) :
				      VERDICT_BIT(VERDICT_LOST);
	return set;
}

unsigned int judge_verdicts(const struct judge_facts *facts)
{
	unsigned int set = judge_call(facts) | judge_window(facts) |
			   judge_frozen(facts) | judge_left(facts) |
			   judge_passed(facts) | judge_end(facts);

	return set ? set : VERDICT_BIT(VERDICT_STABLE);
}
