#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: inject error= is what the caller gets. At arrive the request has no
#           effect in SOURCE, at reply it has its effect; and what the kernel
#           was not told of (files looked up, created, listed, opened) is not
#           kept: the daemon knows as many files, and has as many open, as
#           before. Another operation is not touched.
# Refuted by: another answer; an effect too many or too few; an inode or a
#             descriptor that is left when the kernel has dropped its caches.
# Proof of coverage: an "injected" event for each; what is not forgotten keeps
#                    its number up, which is seen before the caches are dropped.
. "$srcdir/tests/lib/pinfs.sh"
require_root
require_fuse
require_prog jq

# Operation, its effect in SOURCE ("none": it has none).
rows='
lookup|none
create|test -e create
mkdir|test -d mkdir
mknod|test -p mknod
symlink|test -L symlink
link|test -e linked
open|none
opendir|none
tmpfile|none
readdirplus|none
readdir|none
unlink|test ! -e unlink
rmdir|test ! -e rmdir
rename|test -e renamed
rename2|test -e renamed2
setattr|test 600 = "$(stat -c %a setattr)"
setxattr|getfattr -n user.a setxattr
removexattr|! getfattr -n user.there removexattr
readlink|none
getattr|none
statfs|none
read|none
fsync|none
flush|none
fsyncdir|none
getxattr|none
listxattr|none
ioctl|none
lseek|none
'
rows=${rows#$'\n'}
rows=${rows%$'\n'}
command -v getfattr >/dev/null || rows=$(grep -v getfattr <<<"$rows")
count=$(wc -l <<<"$rows")
plan $((4 * count + 9))
mount_pinfs

inodes() {
	control status | jq .inodes
}

# Descriptors, but O_PATH ones, which are kept for a while.
descriptors() {
	find "/proc/$daemon_pid/fd" -perm -u+r | wc -l
}

# no_more_than INODES DESCRIPTORS - drops what the kernel need not keep.
no_more_than() {
	echo 2 >/proc/sys/vm/drop_caches
	[ "$(inodes)" -le "$1" ] && [ "$(descriptors)" -le "$2" ]
}

dropped() {
	echo 2 >/proc/sys/vm/drop_caches
	[ "$(inodes)" -eq 1 ]
}

for at in arrive reply; do
	mkdir "$src/$at"
	one-call prepare "$src/$at" >&2
done
stat "$mnt" >&2
wait_for dropped || true
known=$(inodes)
open=$(descriptors)
is "$known" 1 "the kernel knows the root and nothing else"

for at in arrive reply; do
	while IFS='|' read -r op effect; do
		# The directory may have to be asked about as well.
		path='/*'
		case $op in
		lookup | getattr | readdirplus | readdir) path=/$at/$op ;;
		esac
		id=$(gate inject "op=$op" "at=$at" "path=$path" error=EDQUOT |
			jq .id)
		is "$(one-call "$op" "$mnt/$at")" EDQUOT \
			"error=EDQUOT at=$at: what $op gets"
		gate clear "id=$id" >/dev/null
		if [ "$effect" = none ]; then
			is "$(event_lines ".event == \"injected\" and .gate == $id" |
				jq -rc '[.op, .at, .action, .value] | join(" ")' | uniq)" \
				"$op $at error EDQUOT" "and an event says so"
		elif [ "$at" = arrive ]; then
			not_ok "it has had no effect" \
				bash -c "cd '$src/$at' && $effect"
		else
			ok "it has had its effect" \
				bash -c "cd '$src/$at' && $effect"
		fi
	done <<<"$rows"
	ok "at=$at: nothing is left of what was looked up or opened" \
		wait_for no_more_than "$known" "$open"
done

# What the errors were about is there, and can be used.
one-call prepare "$src" >&2
id=$(gate inject op=lookup path=/lookup error=ENOMEM | jq .id)
is "$(one-call lookup "$mnt") $(one-call open "$mnt")" "ENOMEM ok" \
	"one name fails, another is found"
gate clear "id=$id" >&2
is "$(one-call lookup "$mnt")" ok "and the first one afterwards"

# Many, in a load: all are taken back.
mkdir "$src/many"
(cd "$src/many" && seq -f 'file-%g' 300 | xargs touch)
gate inject op=lookup,readdirplus,open at=reply path='/many/*' error=EIO \
	probability=0.5 seed=3 >&2
# In each round the kernel has to ask anew.
for _ in 1 2; do
	for i in 1 2; do
		(close_inherited; for file in $(seq -f 'file-%g' 300); do
			if : <"$mnt/many/$file"; then continue; fi
		done) 2>/dev/null &
		pids[i]=$!
	done
	find "$mnt/many" -size +1k >&2 2>/dev/null || true
	wait "${pids[1]}" || true
	wait "${pids[2]}" || true
	echo 2 >/proc/sys/vm/drop_caches
done
ok "under load hundreds of lookups and opens fail" \
	test "$(counter injections)" -gt 300
gate clear >&2
ok "nothing is left of them" wait_for no_more_than 1 "$open"

# WRITE: the caller of a direct one, and writeback, are told.
client_start
step open fd=d path=w excl direct
step truncate fd=d len=16k
step write fd=d off=0 len=8k gen=1
gate inject op=write at=arrive error=ENOSPC count=1 >&2
step write fd=d off=0 len=8k gen=2
like "$answer" ' fail errno=ENOSPC' "a write fails"
step check fd=d off=0 len=8k gen=1
like "$answer" ' ok ret=0 ' "and its bytes are not in SOURCE"
client_end || true
