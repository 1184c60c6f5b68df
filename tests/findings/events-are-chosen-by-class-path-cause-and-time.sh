#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: pinctl events prints the lines that its options ask for, unchanged and
#           in their order, and no others; so does --follow, with what comes later,
#           until the mount or the time ends.
# Refuted by: a line that does not satisfy all options, or one that does and is
#             missing; a --follow that ends before its time, or does not end.
# Proof of coverage: the log has events of several classes, paths and times; each
#                    filter is compared with what jq makes of the log itself.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 18
mount_pinfs --hold-max=200ms

# expire NAME - an event about the file NAME: a hold that nobody releases.
expire() {
	gate hold op=mkdir path="/$1" count=1 >&2
	mkdir -p "$mnt/$1"
}

# chooses DESCRIPTION FILTER OPTION... - the options choose what the filter does.
chooses() {
	local description=$1 filter=$2 wanted
	shift 2
	wanted=$(event_lines "$filter")
	is "$(pinctl events "$mnt" "$@")" "$wanted" "$description"
	[ -n "$wanted" ] || fail "$description: nothing to choose"
}

mkdir "$mnt/d"
expire a
expire d/a
gate mark text=before >&2
moment=$(event_lines '.event == "mark"' | jq -r .time)
gate mark text=after >&2
expire d/b

chooses "all" true
chooses "a class" '.event == "expired"' --class=expired
chooses "by its older name" '.event == "mark"' --event=mark
chooses "several" '.event == "expired" or .event == "mount"' \
	--class=expired,mount
chooses "a set" '.event == "expired"' --class=doubt
chooses "a path" '.path == "/d/a" or .path == "/d/b"' --path='/d/*'
chooses "a path, whatever is before" '.path | values | endswith("/a")' --path='*/a'
chooses "from a moment on" ".time >= \"$moment\"" --since="$moment"
chooses "until a moment" ".time < \"$moment\"" --until="$moment"
chooses "within an hour" true --since=1h
chooses "of several all" ".path == \"/d/b\" and .time >= \"$moment\"" \
	--class=all --path='/d/*' --since="$moment"
is "$(pinctl events "$mnt" --cause=pin)" '' "no event has that cause"

exits 2 "a class that is none is refused" pinctl events "$mnt" --class=nothing
exits 2 "a time that is none is refused" pinctl events "$mnt" --since=yesterday

end=$(date -u +%FT%T.%6NZ -d '+1 second')
exits 0 "the time ends --follow" timeout 20 pinctl events "$mnt" --follow \
	--until="$end"
not_ok "and not before it is over" test "$(date -u +%FT%T.%6NZ)" '<' "$end"

pinctl events "$mnt" --follow --class=mark --path='*' >"$tmp/none" &
none=$!
pinctl events "$mnt" --follow --class=mark,unmount >"$tmp/followed" &
follower=$!
wait_for grep -q after "$tmp/followed"
gate mark text=later >&2
wait_for grep -q later "$tmp/followed"
umount_pinfs
wait "$follower" "$none"
is "$(<"$tmp/followed")" "$(event_lines '.event == "mark" or .event == "unmount"')" \
	"--follow prints what comes until the mount ends"
is "$(<"$tmp/none")" '' "and nothing that is not wanted"
