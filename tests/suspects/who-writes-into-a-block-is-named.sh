#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "suspects" names each call that can write into a block behind the page
#           table, with its process, the file that it reads from, where in it, and
#           the block: O_DIRECT reads, plain and into vectors, process_vm_writev,
#           AF_ALG; and a write(2) into the block as an overwrite. Of AIO and
#           io_uring it names the process and says what it does not know. A read
#           that copies, and calls about other blocks, are nobody's.
# Refuted by: a call that is missing, has a wrong member, is another kind, or is
#             named for a block that it has nothing to do with.
# Proof of coverage: all calls are held in the kernel, by READs of a second mount,
#                    while the question is asked.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq
plan 23

mount_pinfs @feed
feed=$mnt
for name in plain vector copied uring aio; do
	head -c 64k /dev/zero >"$src/$name"
done
for name in remote alg written; do
	head -c 4k /dev/zero >"$src/$name"
done
mount_pinfs @uncached -o cache=none
uncached=$mnt
head -c 64k /dev/zero >"$src/uncached"
mount_pinfs
client_start
client_start @other
step create fd=t path=t size=64k gen=1
step map mem=m fd=t len=64k mode=rw
step @other open fd=t path=t mode=rw
step @other map mem=m fd=t len=64k mode=rw
for name in plain vector uring aio; do
	step open "fd=$name" "path=$feed/$name" mode=r direct
done
step open fd=copied "path=$feed/copied" mode=r
for name in remote alg written; do
	step open "fd=$name" "path=$feed/$name" mode=r
	step map "mem=$name" "fd=$name" len=4k private
done
step open fd=uncached "path=$uncached/uncached" mode=r
step @other open fd=plain "path=$feed/plain" mode=r direct

# held NUMBER - of the feeding mount's requests.
held() {
	use_mount feed
	gate wait "held=$1" timeout=10s >&2
	use_mount main
}

for name in feed uncached; do
	use_mount "$name"
	gate hold op=read at=arrive deadline=30s >&2
done
use_mount main
step pread fd=plain off=8192 len=4096 into=m at=4096 '&'
step preadv fd=vector off=4096 segments=m:8192:512,m:12288:4096 '&'
step vm-writev into=m at=16384 segments=remote:0:4096 '&'
step pread fd=copied off=0 len=4096 into=m at=20480 '&'
step pwrite fd=t off=24576 len=4096 from=written '&'
step @other pread fd=plain off=0 len=4096 into=m at=40960 '&'
held 6
step pread fd=uncached off=0 len=4096 into=m at=45056 '&'
use_mount uncached
gate wait timeout=10s >&2
use_mount main

# about BLOCK - the answer for a block of the file.
about() {
	control suspects path=/t "off=$(($1 * 4096))" timeout=10s
}

# suspects_of BLOCK - what is said of its suspects, one a line.
suspects_of() {
	about "$1" | jq -c '.suspects[] | [.kind, .call, (.file // "" | split("/") |
		last // "" | sub(":.*"; ":")), .file_offset, .length, .block, .exit_ns, .by]'
}

is "$(suspects_of 1)" '["pin","pread64","plain",8192,4096,1,null,"procfs"]' \
	"pread(2) with O_DIRECT"
is "$(suspects_of 3)" '["pin","preadv","vector",4608,4096,3,null,"procfs"]' \
	"preadv(2) with O_DIRECT: the second part of its vector"
is "$(suspects_of 2)" '["pin","preadv","vector",4096,512,2,null,"procfs"]' \
	"and the first"
is "$(suspects_of 4)" '["pin","process_vm_writev","",null,4096,4,null,"procfs"]' \
	"process_vm_writev(2)"
is "$(about 4 | jq ".suspects[0].process == ${client_pid[main]}")" true \
	"with the process whose memory it writes to"
is "$(suspects_of 5)" '' "a read that copies is no suspect"
is "$(suspects_of 6)" '["overwrite","pwrite64","t",24576,4096,6,null,"procfs"]' \
	"pwrite(2) into the file"
is "$(suspects_of 7)" '' "nobody writes into this block"
is "$(suspects_of 10)" '["pin","pread64","plain",0,4096,10,null,"procfs"]' \
	"another process's read"

if [ -r /proc/self/stack ]; then
	is "$(suspects_of 11)" \
		'["pin","pread64","uncached",0,4096,11,null,"procfs"]' \
		"a read without O_DIRECT that goes past the page cache"
else
	skip 1 "needs /proc/self/stack"
fi

answer=$(about 1)
is "$(jq -r '.suspects[0] | [.pid, .comm, .cmdline] | join(" ")' <<<"$answer")" \
	"${client_pid[main]} pinctl pinctl client" "its process and command"
is "$(jq '.suspects[0].tid' <<<"$answer")" \
	"$(sed -n 's/.* pread started tid=//p' "$tmp/client-main.answers" | head -n 1)" \
	"its thread"
if [ -r "/proc/self/stack" ]; then
	like "$(jq -r '.suspects[0].stack[]' <<<"$answer")" 'pread64' \
		"and its kernel stack"
else
	skip 1 "needs /proc/self/stack"
fi
if [ -r /proc/kpageflags ]; then
	like "$(jq -c '.page.flags' <<<"$answer")" '"uptodate".*"mmap"' \
		"the flags of its page"
else
	skip 1 "needs /proc/kpageflags"
fi
is "$(jq -c '[.mappers[] | [.pid, .cmdline, (.ranges | length),
	.ranges[0].offset, .ranges[0].length, .ranges[0].perms]] | sort' \
	<<<"$answer")" \
	"$(jq -nc "[[${client_pid[main]}, \"pinctl client\", 1, 0, 65536, \"rw-s\"],
		[${client_pid[other]}, \"pinctl client\", 1, 0, 65536, \"rw-s\"]] | sort")" \
	"who maps the file"
is "$(jq -c '[.openers[] | [.pid, .flags]] | sort' <<<"$answer")" \
	"$(jq -nc "[[${client_pid[main]}, \"O_RDWR\"],
		[${client_pid[other]}, \"O_RDWR\"]] | sort")" "who has it open"

# As far as there is such a thing.
held=6
client_start @probe
step @probe anon mem=a len=4k
step @probe af-alg segments=a:0:4096 gen=7
client_end @probe || true
if grep -q refused= <<<"$answer"; then
	skip 1 "AF_ALG: $answer"
else
	step af-alg segments=m:28672:2048,alg:0:2048 gen=7 '&'
	held=7
	held "$held"
	is "$(suspects_of 7)" \
		'["pin","recvmsg","socket:",null,2048,7,null,"procfs"]' "AF_ALG"
fi

step uring-read fd=uring off=0 len=4096 into=m at=32768 '&'
step aio-read fd=aio off=0 len=4096 into=m at=36864 '&'
held $((held + 2))
answer=$(about 8)
like "$(jq -c '.suspects[] | [.kind, .call, .pid, .address]' <<<"$answer")" \
	"\"asynchronous\",\"io_uring_enter\",${client_pid[main]},null" \
	"io_uring: its process is named"
like "$(jq -r '.unknown[]' <<<"$answer")" \
	'has submitted by io_uring may write into the page: the kernel does not' \
	"and that it is not known what it reads"
like "$(jq -c '.suspects[] | [.kind, .call, .pid, .address]' <<<"$answer")" \
	"\"asynchronous\",\"io_submit\",${client_pid[main]},null" \
	"AIO: its process is named"
is "$(jq '[.suspects[] | select(.kind != "asynchronous")] | length' <<<"$answer")" \
	0 "and nobody else"
like "$(jq -c '[.suspects[].pid] | unique' <<<"$answer")" \
	"^\[${client_pid[main]}\]\$" "nor the other process, which has neither"

for name in feed uncached; do
	use_mount "$name"
	gate clear >&2
done
use_mount main
ok "all calls end" step wait
client_end
client_end @other
umount_pinfs
umount_pinfs @feed
umount_pinfs @uncached
