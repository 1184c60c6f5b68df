/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the protocols: what writeback does to know that the page is stable, one
 * inline each, and in what way a pin is made where no address is known. Each begins
 * with the page locked, dirty and the file's, as folio_prepare_writeback() of
 * mm/page-writeback.c has it before folio_clear_dirty_for_io(), and ends with it
 * unlocked.
 *
 * A step that a protocol needs can be left out by -DWITHOUT_STEP; those of each
 * are listed in protocols.tsv, and that each is needed is a test.
 */

#ifdef WITHOUT_LOCK
#define wb_lock()	skip
#define wb_unlock()	skip
#else
#define wb_lock()	page_lock(writeback)
#define wb_unlock()	page_unlock(writeback)
#endif

#ifdef WITHOUT_UNMAP
#define wb_protect()	skip
#else
#define wb_protect()	page_protect(writeback)
#endif

#ifdef WITHOUT_START
#define wb_start()	skip
#define wb_end()	skip
#else
#define wb_start()	page_start_writeback(writeback)
#define wb_end()	page_end_writeback(writeback)
#endif

/* Dirty has to be cleared after the check: a page that is left out stays dirty. */
#ifdef WITHOUT_KEEP_DIRTY
#define wb_clean_early()	page_clean(writeback)
#else
#define wb_clean_early()	skip
#endif

/* Is it pinned? folio_maybe_dma_pinned(): include/linux/mm.h */
inline wb_look()
{
	atomic {
		looked = pins > 0;
#ifdef WITHOUT_CHECK
		looked = false;
#endif
		printf("@ writeback: finds %d pins, folio_maybe_dma_pinned()\n",
		       pins)
	}
}

/* Unmap and check; the other way round with WITHOUT_ORDER. */
inline wb_protect_and_look()
{
#ifdef WITHOUT_ORDER
	wb_look();
	wb_protect();
#else
	wb_protect();
	wb_look();
#endif
}

/*
 * From the checksum to the end of I/O, which are the two looks of pinfs: the
 * arrival, the store, the recheck. In the kernel the arrival is what a filesystem
 * computes before it submits (btrfs_csum_one_bio(), fs/btrfs/file-item.c), and
 * the store the transfer by a device.
 */
inline wb_io_live()
{
	atomic {
		looked = false;
		in_window = true;
		was_in_window = true;
		arrival = content;
		printf("@ writeback: arrival, content %d, the window opens\n",
		       arrival)
	};
	atomic {
		stored = content;
		printf("@ writeback: content %d is stored\n", stored)
	};
	wb_recheck(content)
}

/* The same of a copy, which nobody else has. */
inline wb_io_copy()
{
	atomic {
		looked = false;
		in_window = true;
		arrival = copied;
		printf("@ writeback: arrival of the copy, content %d\n", arrival)
	};
	atomic {
		stored = copied;
		printf("@ writeback: content %d is stored\n", stored)
	};
	wb_recheck(copied)
}

/* The copy: folio_copy(), mm/util.c. Left out, it is the page itself. */
#ifdef WITHOUT_COPY
#define wb_copy()	skip
#define wb_io_second()	wb_io_live()
#else
#define wb_copy()	\
	atomic { copied = content; printf("@ writeback: copies the page, content %d\n", copied) }
#define wb_io_second()	wb_io_copy()
#endif

/*
 * What filesystems do: folio_clear_dirty_for_io() write-protects the page and
 * clears dirty, __folio_start_writeback(), folio_unlock(); nobody looks at pins.
 */
inline today()
{
	wb_protect();
	page_clean(writeback);
	wb_start();
	wb_unlock();
	wb_io_live();
	wb_end()
}

/*
 * Jan Kara's: with the page locked and in no page table for writing no pin can
 * come by an address; when there is none now, nobody writes. With one, the page
 * stays dirty and its turn comes when it has none. What differs otherwise between
 * protocols with this inline is how a pin is made where no address is known.
 */
inline lock_unmap_check()
{
	wb_clean_early();
	wb_protect_and_look();
	if
	:: atomic {
		looked ->
		looked = false;
		left_out = true;
		printf("@ writeback: leaves the page for later\n")
	   }
		wb_unlock()
	:: else ->
		page_clean(writeback);
		wb_start();
		wb_unlock();
		wb_io_live();
		wb_end()
	fi
}

/* A page that is pinned is left out, and stays dirty; nobody waits for it. */
inline skip_pinned()
{
	lock_unmap_check();
	left_out = false
}

/* Faults wait for PG_writeback, and writeback for the pins that there are. */
inline wait_for_unpin()
{
	wb_protect();
	page_clean(writeback);
	wb_start();
	wb_unlock();
#ifndef WITHOUT_CHECK
	show_wait(printf("@ writeback: waits for the last unpin, under writeback\n"))
	pins == 0;
#endif
	wb_io_live();
	wb_end()
}

/*
 * A page that is pinned is copied, and what is computed and stored is the copy. It
 * stays dirty (folio_redirty_for_writepage()), since it may change at any time.
 */
inline bounce()
{
	wb_protect_and_look();
	page_clean(writeback);
	wb_start();
	if
	:: looked ->
#ifndef WITHOUT_KEEP_DIRTY
		page_dirty = true;
#endif
		wb_copy();
		wb_unlock();
		wb_io_second()
	:: else ->
		wb_unlock();
		wb_io_live()
	fi;
	wb_end()
}

/*
 * Each page is copied, pinned or not: fuse_writepages_fill() up to 6.15,
 * fs/fuse/file.c. There a fault and write(2) wait for the request as well
 * (fuse_wait_on_page_writeback()); here they do not, and it holds all the same.
 */
inline copy_always()
{
	wb_protect();
	page_clean(writeback);
	wb_copy();
	wb_unlock();
	wb_io_second()
}

/*
 * Holders are told to let go (mmu_notifier, CASE 3 of pin_user_pages.rst), and do:
 * they stop, dirty the page and unpin it. To go on they pin again, by a fault.
 */
inline revoke()
{
	wb_protect();
#ifndef WITHOUT_REVOKE
	atomic {
		revoked = true;
		printf("@ writeback: revokes the pins, mmu_notifier\n")
	};
	show_wait(printf("@ writeback: waits for the holders, with the page lock\n"))
	pins == 0;
	revoked = false;
#endif
	page_clean(writeback);
	wb_start();
	wb_unlock();
	wb_io_live();
	wb_end()
}

/* ---- a pin from a reference ---- */

/* Nothing but a count: Viro's objection. */
inline hold_plain(ok, pinned)
{
	atomic {
		pins++;
		pinned = true;
		printf("@ holder: pins the page that it has a reference to\n")
	}
}

/*
 * What a fault for writing would do, but for the page table: lock, look whether
 * the page is still the file's, wait, dirty.
 */
inline hold_simulated(ok, pinned)
{
#ifndef WITHOUT_FAULT_LOCK
	page_lock(holder);
#endif
	if
	:: !page_cached -> ok = false
	:: else ->
#ifndef WITHOUT_FAULT_WAIT
		page_wait_writeback(holder);
#endif
#ifndef WITHOUT_FAULT_DIRTY
		page_dirty = true;
#endif
		atomic {
			pins++;
			pinned = true;
			printf("@ holder: pins the page as a fault would\n")
		}
	fi;
#ifndef WITHOUT_FAULT_LOCK
	page_unlock(holder)
#endif
}

/*
 * It may be left out when some page table has the page for writing: that is then
 * as good as a fault of one's own. To look and to pin are one step, under the lock
 * of that page table.
 */
inline hold_simulated_rmap(ok, pinned)
{
	if
#ifdef WITHOUT_TABLE_LOCK
	:: writable[0] || writable[1] ->
#else
	:: atomic { writable[0] || writable[1] ->
#endif
		pins++;
		pinned = true;
		printf("@ holder: pins the page, which is mapped for writing\n")
#ifndef WITHOUT_TABLE_LOCK
	   }
#endif
	:: !(writable[0] || writable[1]) ->
		hold_simulated(ok, pinned)
	fi
}

#if defined(HOLD_SIMULATED)
#define hold	hold_simulated
#elif defined(HOLD_RMAP)
#define hold	hold_simulated_rmap
#else
#define hold	hold_plain
#endif
