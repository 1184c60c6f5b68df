#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a poke into a page that is not under writeback ends while another
#           page's WRITE is held, though the child's end waits for that WRITE;
#           the step says which child it left behind, and with the WRITE let go
#           that child is gone.
# Refuted by: no answer to the step, no left=, or a child that stays.
# Proof of coverage: the child is still there while the WRITE is held, and the
#                    bytes have arrived. Without a held WRITE none is left.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
plan 7
mount_pinfs

client_start
step create fd=t path=t size=8k gen=1
step fsync fd=t
step map mem=m fd=t len=8k
step ptrace-poke into=m at=4k len=4k gen=2
case $answer in *refused=*) skip_all "a child cannot be traced" ;; esac
unlike "$answer" 'left=' "with nothing held no child is left"
step fsync fd=t
step store mem=m len=4k gen=3
writes=$(pinctl gate -q "$mnt" hold op=write path=/t at=reply count=1)
step sync-range fd=t
pinctl gate "$mnt" wait "id=$writes" >&2
step ptrace-poke into=m at=4k len=4k gen=4
like "$answer" '^ptrace-poke ok ret=4096 .* left=[0-9]*$' "the step has ended"
child=${answer##*left=}
not_ok() { ! "$@"; }
ok "its child has not" not_ok process_gone "$child"
step check mem=m off=4k len=4k gen=4
like "$answer" '^check ok ret=0 ' "the bytes are there"
pinctl gate "$mnt" release "id=$writes" >&2
ok "with the WRITE let go the child ends" wait_for process_gone "$child"
ok "no step has failed" client_end
ok "nothing keeps the mount busy" umount_pinfs
