/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the page: its state, and what can be done to it. Each inline is one or
 * more transitions; the comment names the kernel function that they stand for
 * (Linux 6.18, unless another is named). What stands in one atomic block is one
 * step for everybody else: it is done under a lock that they take as well, or by
 * one instruction.
 *
 * The content of the page is a generation: every write makes a new one, which is
 * the only thing that is ever asked about it. "@" begins a line of the timeline.
 */

/* Who writes into the page, who writes it back, who takes it away. */
mtype = { writeback, mapper, pinner, holder, writer, truncate };

#define MAPPINGS 2	/* address spaces that have the page mapped, shared */

bool page_locked;			/* PG_locked */
bool page_dirty = true;			/* PG_dirty */
bool page_writeback;			/* PG_writeback */
bool page_cached = true;		/* folio->mapping is that of the file */
bool writable[MAPPINGS] = true;		/* pte_write() of the entry of each */
byte pins;				/* folio_maybe_dma_pinned() */
byte references = 1;			/* of the page cache, and of who has one */
bool revoked;				/* holders of pins were told to let go */

byte content = 1;			/* of the page, as a generation */
byte written = 1;			/* the last one that was made */
byte stored;				/* of the store */
byte done = 1;				/* the last one reported as done */

/* Where somebody comes to his end waiting, the timeline has to say for what. */
#if defined(PROPERTY_DEADLOCK) || defined(PROPERTY_PROGRESS)
#define show_wait(call)	call;
#else
#define show_wait(call)
#endif

/* __folio_lock(), folio_unlock(): mm/filemap.c */
inline page_lock(who)
{
	show_wait(printf("@ %e: waits for the page lock\n", who))
	atomic { !page_locked -> page_locked = true }
}

inline page_unlock(who)
{
	page_locked = false
}

/* folio_wait_writeback(): mm/page-writeback.c */
inline page_wait_writeback(who)
{
	show_wait(printf("@ %e: waits for the end of writeback, with the page lock\n", who))
	!page_writeback
}

/* A new content, by a store, a copy or a device. */
inline page_write(who)
{
	written++;
	content = written;
	printf("@ %e: writes content %d\n", who, content)
}

/* Whoever made it says so: what it promises is that a later fsync(2) stores it. */
inline page_report(mine)
{
	if
	:: mine > done -> done = mine
	:: else -> skip
	fi
}

/* Its bytes land in a page that no file has any more: nobody asks for them. */
inline page_write_orphan(who)
{
	printf("@ %e: writes into a page that was truncated\n", who)
}

/*
 * folio_mkclean(): mm/rmap.c. page_vma_mkclean_one() takes one entry after the
 * other, each under the lock of its page table: between two of them anybody can
 * come in by the second.
 */
inline page_protect(who)
{
	writable[0] = false;
	atomic {
		writable[1] = false;
		printf("@ %e: has write-protected the page, folio_mkclean()\n", who)
	}
}

/* folio_test_clear_dirty() in folio_clear_dirty_for_io(): mm/page-writeback.c */
inline page_clean(who)
{
	page_dirty = false
}

/* __folio_start_writeback(): mm/page-writeback.c */
inline page_start_writeback(who)
{
	atomic {
		page_writeback = true;
		printf("@ %e: begins, __folio_start_writeback()\n", who)
	}
}

/* folio_end_writeback(): mm/filemap.c */
inline page_end_writeback(who)
{
	atomic {
		page_writeback = false;
		printf("@ %e: ends, folio_end_writeback()\n", who)
	}
}

/*
 * A fault for writing at a page that is write-protected or not mapped.
 * mm/memory.c: wp_page_shared() and do_shared_fault(), do_page_mkwrite(), and the
 * filesystem's page_mkwrite, which locks the page, looks whether it is still the
 * file's, waits, dirties it and returns it locked. (iomap_page_mkwrite() dirties it
 * before it waits, and waits only where folio_wait_stable() does; fuse_page_mkwrite()
 * always waits, and does not dirty it.) finish_mkwrite_fault(), or finish_fault() of
 * one that was not mapped, makes the entry writable, and fault_dirty_shared_page()
 * the page dirty, once more; it unlocks it. ok is false: SIGBUS, or EFAULT.
 */
inline page_fault(who, mapping, ok)
{
	page_lock(who);
	if
	:: atomic { !page_cached -> ok = false; }
	:: atomic { else -> printf("@ %e: faults, and has the page lock, do_page_mkwrite()\n", who); }
#ifndef WITHOUT_WAIT
		page_wait_writeback(who);
#endif
#ifndef WITHOUT_DIRTY_FIRST
		page_dirty = true;
#endif
		writable[mapping] = true;
		page_dirty = true
	fi;
	page_unlock(who)
}

/* A store by the CPU: with a writable entry it is one instruction. */
inline page_store(who, mapping, ok)
{
	do
	:: atomic {
		writable[mapping] ->
		page_write(who);
		done = content;
		break
	   }
	:: atomic { !ok -> break }
	:: !writable[mapping] && ok -> page_fault(who, mapping, ok)
	od
}

inline page_pinned(who, pinned)
{
	pinned = true;
	printf("@ %e: pins the page by its address, pin_user_pages()\n", who)
}

/*
 * pin_user_pages_fast() of one page, for writing: mm/gup.c. gup_fast_pte_range()
 * looks at the entry without any lock, pins (try_grab_folio_fast()), and looks
 * again: when the entry has changed the pin is given back. Otherwise
 * follow_page_pte() pins under the lock of the page table, after as many faults
 * (faultin_page()) as it takes.
 */
inline page_pin(who, mapping, ok, pinned)
{
	if
	:: writable[mapping] ->
		atomic {
			pins++;
			printf("@ %e: tries a pin, try_grab_folio_fast()\n", who)
		};
		if
#ifdef WITHOUT_RECHECK
		:: atomic { true -> page_pinned(who, pinned) }
#else
		:: atomic { writable[mapping] -> page_pinned(who, pinned) }
		:: atomic { else -> pins-- }
#endif
		fi
	:: atomic { else -> skip }
	fi;
	do
	:: atomic { pinned || !ok -> break }
	:: atomic {
		!pinned && ok && writable[mapping] ->
		pins++;
		page_pinned(who, pinned);
		break
	   }
	:: !pinned && ok && !writable[mapping] -> page_fault(who, mapping, ok)
	od
}

/*
 * unpin_user_pages_dirty_lock(): mm/gup.c. When the page is dirty already, which is
 * looked at without the lock, it does not need that. (Others always take it:
 * folio_mark_dirty_lock() in fuse_release_user_pages(), fs/fuse/file.c.) The call
 * that the pin was for reports its end afterwards; with REPORT_FIRST before, as
 * iomap_dio_bio_end_io() of fs/iomap/direct-io.c, whose bio_check_pages_dirty()
 * leaves a page that is clean to a work queue (bio_dirty_fn(), block/bio.c).
 */
inline page_unpin_dirty(who, mine)
{
#ifdef REPORT_FIRST
	atomic {
		page_report(mine);
		printf("@ %e: reports its write as done\n", who)
	};
#endif
	if
#ifndef WITHOUT_DIRTY_LOOK
	:: page_dirty -> skip
	:: !page_dirty ->
#else
	:: true ->
#endif
		page_lock(who);
		page_set_dirty();
		page_unlock(who)
	fi;
	page_unpin(who, mine)
}

/* folio_mark_dirty(): mm/page-writeback.c. Without a file it marks nothing. */
inline page_set_dirty()
{
	if
	:: page_cached -> page_dirty = true
	:: else -> skip
	fi
}

/* unpin_user_page(): mm/gup.c. */
inline page_unpin(who, mine)
{
	atomic {
		pins--;
		page_report(mine);
		printf("@ %e: unpins the page and reports its write as done\n", who)
	}
}

/*
 * write(2) into the page cache: iomap_write_iter(), fs/iomap/buffered-io.c.
 * iomap_get_folio() returns the page locked, after folio_wait_stable() where the
 * mapping wants stable pages (mapping_stable_writes()).
 */
inline page_copy_in(who, mine, ok)
{
	page_lock(who);
	if
	:: !page_cached -> ok = false
	:: else ->
#ifndef WITHOUT_WRITE_WAIT
		page_wait_writeback(who);
#endif
		atomic {
			page_write(who);
			mine = content;
			printf("@ %e: by write(2), iomap_write_iter()\n", who)
		};
		page_dirty = true
	fi;
	page_unlock(who);
	page_report(mine)
}

/*
 * truncate_inode_pages_range(): mm/truncate.c. Under the page lock it waits for
 * writeback, takes the page out of all page tables (truncate_cleanup_folio()) and
 * out of the file. Whoever has it pinned keeps a page of nobody.
 */
inline page_truncate(who)
{
	page_lock(who);
	page_wait_writeback(who);
	writable[0] = false;
	atomic {
		writable[1] = false;
		page_dirty = false;
		page_cached = false;
		references--;
		printf("@ %e: takes the page out of the file\n", who)
	};
	page_unlock(who)
}

/* munmap(2): zap_pte_range(), mm/memory.c. A pin stays. */
inline page_unmap(who, mapping)
{
	atomic {
		writable[mapping] = false;
		printf("@ %e: unmaps the page, zap_pte_range()\n", who)
	}
}
