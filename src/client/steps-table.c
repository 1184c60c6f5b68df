/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of steps: the one list of them. */
#include <string.h>

#include "client/steps-call.h"

static const struct steps_verb table[] = {
	{ "open", "fd= path= [mode=r|w|rw] [direct] [append] [trunc] [excl]",
	  "open a file; excl creates it", steps_do_open },
	{ "create", "fd= path= [size=64k] [gen=1] [writer=]",
	  "create a file and write self-naming content", steps_do_create },
	{ "map", "mem= fd= [off=0] len= [mode=r|rw] [private]",
	  "mmap(2) part of a file", steps_do_map },
	{ "anon", "mem= len=", "map anonymous memory", steps_do_anon },
	{ "munmap", "mem=", "munmap(2)", steps_do_munmap },
	{ "close", "fd=", "close(2)", steps_do_close },
	{ "pipe", "fd= [size=] [nonblock]",
	  "make a pipe; fd=p gives p.r and p.w", steps_do_pipe },
	{ "store", "mem= [off=0] len= gen= [file=] [file-off=] [writer=]",
	  "put self-naming content into memory by the CPU", steps_do_store },
	{ "write", "fd= [off=] len= gen= [file=] [file-off=] [writer=]",
	  "pwrite(2) self-naming content; without off= write(2)",
	  steps_do_write },
	{ "read", "fd= [off=] len=",
	  "pread(2) into private memory, and its digest; without off= read(2)",
	  steps_do_read },
	{ "pwrite", "fd= [off=0] len= from= [at=0]",
	  "pwrite(2) from named memory, at= is where in it", steps_do_pwrite },
	{ "pread", "fd= [off=0] len= into= [at=0]",
	  "pread(2) into named memory, at= is where in it", steps_do_pread },
	{ "read-into", "fd= len= into= [at=0]",
	  "read(2) into named memory, at= is where in it",
	  steps_do_read_into },
	{ "aio-read", "fd= [off=0] len= into= [at=0]",
	  "as pread, by Linux AIO", steps_do_aio_read },
	{ "uring-read", "fd= [off=0] len= into= [at=0]",
	  "as pread, by io_uring", steps_do_uring_read },
	{ "uring-fixed", "fd= [off=0] len= into= [at=0]",
	  "as uring-read, the memory registered before",
	  steps_do_uring_fixed },
	{ "splice", "in= out= [in-off=] [off=] len=",
	  "splice(2); one of both is a pipe", steps_do_splice },
	{ "vmsplice", "mem= [off=0] len= out=",
	  "vmsplice(2) memory into a pipe", steps_do_vmsplice },
	{ "sendfile", "in= out= [in-off=0] [off=] len=",
	  "sendfile(2); off= is where to write", steps_do_sendfile },
	{ "copy-range", "in= out= [in-off=0] [off=0] len=",
	  "copy_file_range(2); off= is where to write", steps_do_copy_range },
	{ "tcp", "fd= [size=]",
	  "connect two sockets over the loopback; fd=c gives c.a and c.b",
	  steps_do_tcp },
	{ "send-zerocopy", "mem= [off=0] len= out=",
	  "send(2) memory, and do not wait until it is not used any more",
	  steps_do_send_zerocopy },
	{ "receive", "fd= len=",
	  "recv(2) all of it into private memory, and its digest",
	  steps_do_receive },
	{ "kvm-guest",
	  "fd= into= [at=0] len= gen= [file=] [file-off=] [writer=]",
	  "start a virtual machine that has this memory mapped",
	  steps_do_kvm_guest },
	{ "kvm-store", "fd=",
	  "let it go on, which stores self-naming content there",
	  steps_do_kvm_store },
	{ "sync-range", "fd= [off=0] [len=0]",
	  "start writeback and do not wait for it", steps_do_sync_range },
	{ "fsync", "fd=", "fsync(2)", steps_do_fsync },
	{ "fdatasync", "fd=", "fdatasync(2)", steps_do_fdatasync },
	{ "truncate", "fd= len=", "ftruncate(2)", steps_do_truncate },
	{ "unlink", "path=", "unlink(2)", steps_do_unlink },
	{ "check", "mem=|fd= [off=0] len= gen= [file=] [file-off=] [writer=]",
	  "count the bytes that are not this self-naming content",
	  steps_do_check },
	{ "digest", "mem=|fd= [off=0] len=",
	  "XXH3-64 of each block of 4096 bytes", steps_do_digest },
	{ "pageflags", "mem= [off=0]",
	  "the kernel's flags of a mapped page (root)", steps_do_pageflags },
	{ "declare", "fd= [off=0] len= from= [at=0]",
	  "declare the blocks that memory is about to be written to; ret is "
	  "their number", steps_do_declare },
	{ "undeclare", "fd= [off=0] len=",
	  "withdraw declarations; ret is how many were outstanding",
	  steps_do_undeclare },
	{ "receipts", "fd= [stop]",
	  "have the daemon remember what READs of a file send",
	  steps_do_receipts },
	{ "receipt", "fd= [off=0] len= into= [at=0]",
	  "compare memory with what READs sent; ret is how many blocks differ",
	  steps_do_receipt },
	{ "wait", "[step=] [timeout=10s]",
	  "wait for started steps; ret is how many have ended ok",
	  steps_do_wait },
	{ "mark", "text=", "put a line into the event log of the mount",
	  steps_do_mark },
};

const struct steps_verb *steps_verb_at(size_t index)
{
	return index < ARRAY_SIZE(table) ? &table[index] : NULL;
}

const struct steps_verb *steps_find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}
