# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For tests whose work must cause no event: beside it, on the same mount, a file
# whose blocks are rewritten by write(2) all the time, also while they are under
# writeback. These are the only blocks that may be reported, and that some are is
# the proof that the mount was watched while the work was done.

# restless_start - begin to rewrite "restless" in $mnt. Restless blocks must not
# be all that there is in the log: mount with event_limit=1000000.
restless_start() {
	rewriter "$mnt/restless" 8 1000000000 "$RANDOM" 5000 \
		>"$tmp/restless" &
	restless_pid=$!
	wait_for -t 60 has_event '.event == "unstable"'
}

# restless_end - stop it; two checks: all events are about it, and SOURCE has what
# it wrote last, so that each of these events was followed by a WRITE with the new
# bytes. What it wrote last is known to it alone.
restless_end() {
	local others
	kill -TERM "$restless_pid"
	wait "$restless_pid"
	others=$(event_lines '.event == "unstable" and .path != "/restless"')
	is "$others" '' "no event but $(event_count '.event == "unstable"') of \
blocks that write(2) rewrote meanwhile"
	ok "each was followed by a WRITE with the new bytes" \
		cmp "$tmp/restless" <(block-digests "$src/restless")
}
