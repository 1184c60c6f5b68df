#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "pinctl list --here" names the scenarios that cannot run on this
#           machine, those that a run skips, with the reason that the run gives.
# Refuted by: one that it names and that runs; one that is skipped and not named;
#             another reason; a mount that is left.
# Proof of coverage: on a given mount, whose cache is what it is, those that need
#                    another are named, and no run is needed to see that.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
plan 6
export TMPDIR=$tmp

# lacks FILE - "SCENARIO	REASON" of those that cannot run
lacks() {
	awk '/^    cannot run here: / { sub(/^    cannot run here: /, "")
			print name "\t" $0; next }
		{ name = $1 }' "$1" | sort
}

ok "it lists" eval "pinctl list --here >'$tmp/list'"
is "$(sed '/^    cannot/d' "$tmp/list")" "$(pinctl list)" \
	"the same, but for the reasons"
timeout 120 pinctl run --json >"$tmp/run" || true
lacks "$tmp/list" >"$tmp/listed"
jq -r 'select(.outcome == "skipped") | [.scenario, .note] | @tsv' "$tmp/run" |
	sort >"$tmp/skipped"
# What is not in the default set was not run.
is "$(join -t'	' <(jq -r 'select(.scenario) | .scenario' "$tmp/run" | sort) \
	"$tmp/listed")" "$(cat "$tmp/skipped")" "what a run skips, and why"
diag "$(wc -l <"$tmp/listed") cannot run here"

mount_pinfs
pinctl list --here --mnt="$mnt" '*@through' >"$tmp/list"
is "$(lacks "$tmp/list" | grep -c 'the mount has cache=writeback, not through$')" \
	"$(pinctl list '*@through' | tail -n +2 | wc -l)" \
	"a given mount is taken as it is"
exits 2 "--mnt alone is an error" pinctl list --mnt="$mnt"
ok "nothing is left" umount_pinfs
