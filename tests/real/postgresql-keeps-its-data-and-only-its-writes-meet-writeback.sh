#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: PostgreSQL, as Debian has it, keeps its data on the mount: each
#           transaction that pgbench was told of is there, also after the server
#           was killed, its sums agree, and pg_amcheck and pg_checksums find
#           nothing, on the mount and in SOURCE. It pins no page of a file, so
#           pages under writeback are changed by its write(2) at most: what is
#           unstable is settled, and on a pins-only mount nothing is. But it
#           appends to the buffers of its log while they are written with
#           O_DIRECT ("source" events); what changes in them was zero before.
# Refuted by: a transaction, sum or checksum that is wrong; an event of another
#             kind, or one of the log's for another file; an unstable block
#             without its follow-up, or one on the pins-only mount; a block that
#             an audit finds lost; bytes of the log that were not zero.
# Proof of coverage: the mount has proven that it sees pages change; pages were
#                    written back, each looked at twice, and others written with
#                    O_DIRECT; pg_checksums finds a bit that is flipped.
#
# PostgreSQL 15 writes its log with O_DIRECT when nobody is to read it
# (wal_sync_method=open_datasync, wal_level=minimal); later ones do as they are
# told by debug_io_direct. Few buffers and a small log make it write the more.
# Much work, which a busy machine takes its time for.
PINFS_TEST_LIMIT=${PINFS_TEST_LIMIT:-600}
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/real.sh"
require_stable_writes
require_fuse
require_prog jq setpriv
require_space "$tmp" 600
require_live_writeback
seconds=$(full 120 2)
plan 23

# The newest of Debian's, which are not in PATH, or what is.
bin=$(find /usr/lib/postgresql/*/bin -name pgbench -printf '%h\n' 2>/dev/null |
	sort -V | tail -n 1)
if [ -z "$bin" ]; then
	require_prog pgbench initdb postgres pg_amcheck pg_checksums
	bin=$(dirname "$(command -v pgbench)")
fi
# It refuses to be root.
user=nobody
if id -u postgres >/dev/null 2>&1; then
	user=postgres
fi
require_user "$user"
chmod 711 "$tmp"
mkdir "$tmp/socket" "$tmp/home"
chown "$user" "$tmp/socket" "$tmp/home"
server=''
# as_user WORD... - becomes a program of PostgreSQL's as that user; in a
# subshell. It ends when the test does.
as_user() {
	close_inherited
	cd "$tmp/home"
	exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups \
		--pdeathsig INT env -i PATH="$bin:$PATH" LC_ALL=C \
		HOME="$tmp/home" PGHOST="$tmp/socket" PGDATABASE=postgres \
		PGUSER=bench "$@" </dev/null
}

# sql QUERY - its result.
sql() {
	(as_user psql -XAtq -v ON_ERROR_STOP=1 -c "$1")
}

answers() {
	sql 'select 1' >/dev/null 2>&1
}

# server_start - of $mnt/data; returns when it answers. Its log goes into
# $tmp/server.
server_start() {
	local direct=()
	if (as_user postgres --describe-config) |
		grep '^debug_io_direct' >/dev/null
	then
		direct=(-c 'debug_io_direct=data,wal')
	fi
	(as_user postgres -D "$mnt/data" -k "$tmp/socket" \
		-c listen_addresses= -c jit=off -c shared_buffers=1MB \
		-c wal_level=minimal -c max_wal_senders=0 \
		-c wal_sync_method=open_datasync -c max_wal_size=8MB \
		-c min_wal_size=2MB -c checkpoint_flush_after=8kB \
		-c backend_flush_after=8kB -c bgwriter_flush_after=8kB \
		-c bgwriter_delay=10ms "${direct[@]}") >>"$tmp/server" 2>&1 &
	server=$!
	wait_for -t 60 answers
}

# server_stop - its status; 0 is a clean end. Only when it runs.
server_stop() {
	local status=0
	[ -n "$server" ] || return 0
	kill -INT "$server" || true
	if ! wait_for -t 60 process_gone "$server"; then
		kill -QUIT "$server"
	fi
	wait "$server" || status=$?
	server=
	return "$status"
}

server_log() {
	tail -n 40 "$tmp/server" | sed 's/^/# postgres: /'
}

# sums - the four that pgbench's transactions keep equal, and how many of these
# there were: "SUMS TRANSACTIONS", SUMS is 1 when they are equal.
sums() {
	sql "select count(distinct sum), (select count(*) from pgbench_history)
		from (select sum(abalance) from pgbench_accounts union all
		select sum(bbalance) from pgbench_branches union all
		select sum(tbalance) from pgbench_tellers union all
		select sum(delta) from pgbench_history) as sums" | tr '|' ' '
}

# bench - transactions for a while; those that it was told of are counted in
# $transactions.
transactions=0
bench() {
	local count
	(as_user pgbench -n -c 4 -j 2 -T "$seconds" postgres) >"$tmp/bench" ||
		return
	count=$(sed -n 's/^number of transactions actually processed: *//p' \
		"$tmp/bench")
	diag "$count transactions"
	transactions=$((transactions + count))
	[ "$count" -gt 0 ]
}

amcheck() {
	(as_user pg_amcheck --heapallindexed --install-missing -d postgres)
}

# checksums DIR - of the data in there, compared by PostgreSQL.
checksums() {
	(as_user pg_checksums --check -D "$1") >"$tmp/checksums" 2>&1
	sed 's/^/# /' "$tmp/checksums" >&2
	grep -q '^Bad checksums: *0$' "$tmp/checksums"
}

make_data() {
	mkdir "$mnt/data" && chown "$user" "$mnt/data" && chmod 700 "$mnt/data" &&
		(as_user initdb -D "$mnt/data" -U bench --data-checksums \
			--wal-segsize=1 --no-sync) >"$tmp/initdb" &&
		server_start &&
		(as_user pgbench -i -q -s "$(full 20 2)" postgres)
}

# crash - the server's processes end at once, and leave all as it is.
crash() {
	kill -QUIT "$server"
	wait_for -t 60 process_gone "$server" && wait "$server"
}

# recover - start it again; it has to find that out.
recover() {
	server_start && grep -q 'automatic recovery in progress' "$tmp/server"
}

# unexplained - the events that no row of README.md is about.
unexplained() {
	event_lines '([.event] | inside(["mount", "unmount", "unstable",
		"settled"]) | not) and (.event != "source" or
		(.path | startswith("/data/pg_wal/") | not))'
}

# overwritten - what changed in buffers of the log and was not zero, of that of
# which there is evidence: "FILE OFFSET LENGTH", one a line. A page's header,
# which says how much of a record goes on there, may be before the record is.
overwritten() {
	local file off len
	event_lines '.event == "source" and .evidence' |
		jq -r '.evidence as $file | .changed[] | "\($file) \(.[0]) \(.[1])"' |
		while read -r file off len; do
			evidence_bytes "$file" arrival >"$tmp/bytes"
			[ "$off" -lt 24 ] ||
				cmp -s -n "$len" -i "$off":0 "$tmp/bytes" \
					/dev/zero ||
				echo "$file $off $len"
		done
}

# settled - nothing is missing in SOURCE of what was unstable.
settled() {
	[ "$(control status |
		jq '.unsettled_blocks + .counters.unfollowed_blocks')" = 0 ] &&
		pinctl audit "$mnt"
}

# Each O_DIRECT write is looked at, when a millisecond has passed.
mount_pinfs -o allow_other,event_limit=1000000,peek=on,window=1ms
on_failure server_log
undo_with server_stop
ok "initdb with checksums, and pgbench's tables" make_data
ok "transactions" bench
ok "the server dies" crash
ok "it recovers" recover
is "$(sums)" "1 $transactions" "with all transactions, and the sums agree"
ok "pg_amcheck" amcheck
ok "the server ends" server_stop
writes=$(counter writeback_writes)
by_direct=$(counter direct_writes)
diag "$(jq -r .event "$events" | sort | uniq -c | tr -s '\n ' ' ')"
ok "$writes WRITEs of writeback, $by_direct by O_DIRECT" \
	test "$writes" -gt 1000 -a "$by_direct" -gt 100
is "$(unexplained)" '' "no event of another kind"
lost=lost
if settled >&2; then
	lost='nothing lost'
fi
as_in_readme 'PostgreSQL, its tables on pinfs' "$lost"
changed=none
if has_event '.event == "source"'; then
	changed='buffer changed'
fi
as_in_readme 'PostgreSQL, its log with O_DIRECT' "$changed"
is "$(overwritten)" '' "what changed in buffers of the log was zero before"
umount_pinfs

# Where write(2) waits, only a pin could change a page.
begin=$(wc -l <"$events")
mount_pinfs -o pins-only,allow_other,event_limit=1000000
ok "pg_checksums after a new mount" checksums "$mnt/data"
ok "the server starts" server_start
ok "transactions" bench
is "$(sums)" "1 $transactions" "all are there, and the sums agree"
ok "pg_amcheck" amcheck
ok "the server ends" server_stop
is "$(counter copied_writes)" 0 "all pages were looked at twice"
as_in_readme 'PostgreSQL, its tables on pinfs with pins-only' "$(seen \
	"$(tail -n +$((begin + 1)) "$events" | grep -c '"event":"unstable"')")"
is "$(unexplained)" '' "no event of another kind"
umount_pinfs
ok "pg_checksums in SOURCE" checksums "$src/data"

# It would have been found.
table=$(find "$src/data/base" -type f -size +1M -name '[0-9]*' | sort |
	head -n 1)
flip-bit "$table" 20 3
not_ok "a flipped bit is found there" checksums "$src/data"
