/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the properties. One is looked at in a search, chosen by -DPROPERTY_NAME:
 *
 * STABLE    what a checksum was computed from does not change to the end of I/O,
 *           and is what was stored
 * KEPT      what was reported as done when writeback began is in the store when
 *           it has ended, and so is everything at the very end; holders of pins
 *           dirty the page when they let go, or keep it for ever
 * FORGOTTEN the same, though a holder may forget to dirty the page (as AF_ALG does)
 * DEADLOCK  everybody comes to his end when every pin ends
 * PROGRESS  so does everybody but who keeps a pin for ever
 *
 * The last two are spin's own "invalid end state", which the others leave aside.
 */

#ifdef PROPERTY_STABLE
#define MAY_KEEP	true
#define MAY_FORGET	true
#endif
#ifdef PROPERTY_KEPT
#define MAY_KEEP	true
#define MAY_FORGET	false
#endif
#ifdef PROPERTY_FORGOTTEN
#define MAY_KEEP	true
#define MAY_FORGET	true
#endif
#ifdef PROPERTY_DEADLOCK
#define MAY_KEEP	false
#define MAY_FORGET	false
#endif
#ifdef PROPERTY_PROGRESS
#define MAY_KEEP	true
#define MAY_FORGET	false
#endif

bool in_window;		/* from the arrival to the end of I/O */
byte arrival;		/* what the checksum was computed from */
byte copied;		/* a copy of the page */
byte promised;		/* what had been reported when this writeback began */

/* The second look, before the end of I/O is reported. now: the source's content. */
inline wb_recheck(now)
{
	atomic {
		in_window = false;
		if
		:: arrival == now && stored == now ->
			printf("@ writeback: recheck, content %d, as it arrived\n", now)
		:: else ->
			printf("@ writeback: recheck, content %d\n", now);
			printf("@ unstable: content %d arrived, and %d was stored\n",
			       arrival, stored);
#ifdef PROPERTY_STABLE
			assert(false)
#endif
		fi;
		arrival = 0
	}
}

/* Writeback has ended, for whoever waits for it: fsync(2). */
inline wb_kept()
{
	atomic {
		if
		:: !page_cached || stored >= promised ->
			printf("@ fsync: ends, the store has content %d\n", stored)
		:: else ->
			printf("@ lost: content %d was reported, the store has %d\n",
			       promised, stored);
#ifdef PROPERTY_KEPT
			assert(false)
#endif
#ifdef PROPERTY_FORGOTTEN
			assert(false)
#endif
		fi;
		promised = 0
	}
}
