/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of a mount, exact also when events are suppressed. Relaxed atomics:
 * they order nothing, each is a number of its own.
 */
#ifndef PIN_STATS_H
#define PIN_STATS_H

#include <stdatomic.h>
#include <stdint.h>

/* name, meaning */
#define STATS_COUNTERS(X) \
	X(requests, "requests received") \
	X(reads, "READ requests") \
	X(writes, "WRITE requests") \
	X(written_bytes, "bytes of WRITE requests") \
	X(writeback_writes, "WRITEs from the page cache's writeback") \
	X(through_writes, "WRITEs of write(2) sent at once") \
	X(direct_writes, "WRITEs of O_DIRECT, always a copy") \
	X(live_writes, "WRITEs looked at twice") \
	X(copied_writes, "page-cache WRITEs that should have been live and were not") \
	X(rechecked_blocks, "blocks looked at twice") \
	X(unstable_blocks, "blocks that differed") \
	X(unstable_pin, "of these, blocks that a pin has changed, as their event says") \
	X(unstable_overwrite, "blocks that a write(2) or the like has") \
	X(unstable_notify, "blocks that the verb store has") \
	X(unstable_through, "blocks of write-through WRITEs") \
	X(unstable_unknown, "blocks of which it is not known") \
	X(unstable_writes, "WRITEs with such a block") \
	X(settled_blocks, "unstable blocks whose follow-up WRITE arrived") \
	X(unfollowed_blocks, "unstable blocks that there was no room to follow") \
	X(lost_blocks, "blocks that audits found lost") \
	X(declared_blocks, "blocks compared with a declaration") \
	X(declared_differing, "of these, blocks that differed") \
	X(receipt_blocks, "blocks compared with what READ sent") \
	X(receipt_differing, "of these, blocks that differed") \
	X(peeks, "WRITEs compared with their writer's buffer") \
	X(peeks_void, "WRITEs whose writer's buffer could not be looked at") \
	X(peek_timeouts, "looks that were not answered in time") \
	X(source_blocks, "blocks that differed from their writer's buffer") \
	X(suppressed_events, "differing blocks counted, not logged in full") \
	X(unexamined_findings, "differing blocks of which nobody looked who it was") \
	X(evidence_dropped, "files of evidence not kept: a limit, or an error") \
	X(dropped_events, "event lines that could not be written") \
	X(holds, "requests held") \
	X(expired_holds, "holds that ended by their deadline") \
	X(interrupted_holds, "holds that ended because their caller was killed") \
	X(injections, "faults and delays made on purpose") \
	X(write_errors, "WRITEs that SOURCE did not take") \
	X(rewritten_writes, "WRITEs stored again (policy=rewrite)") \
	X(failed_writes, "WRITEs answered with EIO (policy=fail)") \
	X(verified_blocks, "blocks read that matched their checksum") \
	X(media_blocks, "blocks that did not") \
	X(dropped_blocks, "blocks that did not, and nobody can be blamed") \
	X(adopted_files, "files changed while pinfs was not there") \
	X(abandoned_files, "files whose checksums could not be written")

struct stats {
#define STATS_FIELD(name, help) atomic_uint_fast64_t name;
	STATS_COUNTERS(STATS_FIELD)
#undef STATS_FIELD
};

static inline void stats_add(atomic_uint_fast64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline uint64_t stats_get(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit((atomic_uint_fast64_t *)counter,
				    memory_order_relaxed);
}

#endif
