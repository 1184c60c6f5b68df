/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the actors. Writeback comes ROUNDS times whenever it likes, and once more
 * when all the others have ended; each of the others does its part once. Which
 * of them there are say WITH_MAPPER, WITH_PINNER, WITH_HOLDER and WITH_WRITER;
 * truncate is always there, but for WITHOUT_TRUNCATE. By PIN_BEFORE the pinner has
 * its pin before writeback begins, by PIN_DURING it asks for it when writeback has
 * begun, and by UNMAP its mapping goes as soon as it has the pin.
 */

#ifndef ROUNDS
#define ROUNDS	2
#endif

#ifdef WITH_MAPPER
#define MAPPERS	1
#else
#define MAPPERS	0
#endif
#ifdef WITH_PINNER
#define PINNERS	1
#else
#define PINNERS	0
#endif
#ifdef WITH_HOLDER
#define HOLDERS	1
#else
#define HOLDERS	0
#endif
#ifdef WITH_WRITER
#define WRITERS	1
#else
#define WRITERS	0
#endif
#define ACTORS	(MAPPERS + PINNERS + HOLDERS + WRITERS + 1)

byte ended;		/* how many of the others */
bool looked;		/* writeback's look at the pins */
bool left_out;		/* it has gone by, and has to come again */
bool has_pin;		/* the pinner's, for -DPIN_BEFORE */
bool was_in_window;	/* there was a window, for -DPIN_DURING */

/*
 * Who waits for writeback (filemap_fdatawait_range(), mm/filemap.c) and has it
 * begun. A page that is not dirty is not found (filemap_get_folios_tag() in
 * writeback_get_folio(), mm/page-writeback.c), whoever has it locked; one that is
 * gets locked and looked at again (folio_prepare_writeback()).
 */
inline wb_round()
{
	atomic {
		promised = done;
		left_out = false;
		printf("@ fsync: begins, content %d was reported\n", promised)
	};
	do
	:: atomic {
		!page_dirty ->
		printf("@ fsync: finds the page clean\n");
		break
	   }
	:: atomic { page_dirty -> skip }
		wb_lock();
		if
		:: !page_cached || !page_dirty -> wb_unlock()
		:: else -> PROTOCOL()
		fi;
		if
		:: atomic { left_out -> left_out = false }
			show_wait(printf("@ writeback: waits until the page has no pin\n"))
			pins == 0
		:: atomic { else -> break }
		fi
	od;
	wb_kept()
}

active proctype Writeback()
{
	byte rounds;

#ifdef PIN_BEFORE
	has_pin;
#endif
	do
	:: atomic { rounds < ROUNDS -> rounds++ }
		wb_round()
	:: atomic { ended == ACTORS -> rounds = 0; break }
	od;
	wb_round()
}

#ifdef WITH_MAPPER
/* A process that has the page mapped and stores into it. */
active proctype Mapper()
{
	bool ok = true;

	page_store(mapper, 0, ok);
	ended++
}
#endif

/* ---- those who have the page pinned ---- */

/* A device, or a copy by the kernel, puts its bytes into the page. */
inline pin_write(who, mine)
{
	assert(references + pins > 0);
	if
	:: page_cached -> page_write(who); mine = content
	:: else -> page_write_orphan(who); mine = 1
	fi
}

/* The end of the call that the pin was for. */
inline pin_end(who, mine)
{
	if
	:: true -> page_unpin_dirty(who, mine)
	:: atomic { MAY_FORGET -> printf("@ %e: does not dirty the page\n", who) }
		page_unpin(who, mine)
	fi
}

/* The process is gone, or never lets go. A revocation reaches it all the same. */
#ifdef REVOKES
inline pin_keep(who, mine)
{
	ended++;
	endkept: revoked;
	page_unpin_dirty(who, mine);
	ended--
}
#else
#define pin_keep(who, mine)	skip
#endif

/*
 * From the pin to its end: the bytes come, the pin is given back, or kept for
 * ever. again: it was revoked, and what has not been written needs another pin.
 */
inline pin_use(who, mine, again)
{
	again = false;
	do
	:: atomic { mine == 0 && !revoked -> pin_write(who, mine) }
	:: mine != 0 && !revoked -> pin_end(who, mine); break
	:: atomic {
		MAY_KEEP && !revoked ->
		printf("@ %e: keeps its pin for ever\n", who)
	   }
		pin_keep(who, mine); break
	:: atomic { revoked -> printf("@ %e: lets go\n", who) }
		again = mine == 0;
		page_unpin_dirty(who, mine);
#ifdef WITHOUT_STOP
		if
		:: atomic { mine == 0 -> pin_write(who, mine); again = false }
		:: else -> skip
		fi;
#endif
		break
	od
}

/*
 * Pins by address, and has bytes written into the page later: an O_DIRECT read,
 * RDMA. The address space is the second one.
 */
#ifdef WITH_PINNER
active proctype Pinner()
{
	bool ok = true;
	bool pinned;
	bool again = true;
	byte mine;

#ifdef PIN_DURING
	was_in_window;
#endif
	do
	:: atomic { again && ok -> pinned = false }
		page_pin(pinner, 1, ok, pinned);
		if
		:: !pinned -> skip
		:: else ->
#ifdef UNMAP
			page_unmap(pinner, 1);
#endif
			has_pin = true;
			pin_use(pinner, mine, again)
		fi
	:: atomic { else -> break }
	od;
	ended++
}
#endif

/*
 * Has only a reference to the page, from a look into the page cache
 * (__filemap_get_folio(), mm/filemap.c) or from who had the address, as the request
 * of nfs_direct_read_schedule_iovec(), fs/nfs/direct.c, and wants to write into it
 * by a pin.
 */
#ifdef WITH_HOLDER
active proctype Holder()
{
	bool ok = true;
	bool pinned;
	bool again;
	byte mine;

#if defined(HOLD_EARLY) && !defined(WITHOUT_EARLY)
	page_pin(holder, 0, ok, pinned);
#else
	atomic { ok = page_cached; references = references + ok };
	if
	:: !ok -> skip
	:: else -> hold(ok, pinned)
	fi;
#endif
	if
	:: !pinned -> skip
	:: else -> pin_use(holder, mine, again)
	fi;
	ended++
}
#endif

#ifdef WITH_WRITER
active proctype Writer()
{
	bool ok = true;
	byte mine;

	page_copy_in(writer, mine, ok);
	ended++
}
#endif

/* Or not: what is lost by truncate(2) is lost by design, and hides the rest. */
active proctype Truncate()
{
	if
#ifndef WITHOUT_TRUNCATE
	:: true -> page_truncate(truncate)
#endif
	:: true -> skip
	fi;
	ended++
}
