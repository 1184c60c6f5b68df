#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the replies to "status" and "list" of a real mount have the members
#           that pinfs-control(7) names, and no others.
# Refuted by: a member in one of the two only.
# Proof of coverage: the list has a gate and a held request in it, whose members
#                    are compared; a planted difference is found.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/manual.sh"
require_fuse
require_prog jq
plan 7
page=$man/pinfs-control.7

# members SUBSECTION - of REPLIES; a tag may name several.
members() {
	manual_tags "$page" REPLIES "$1" | tr -d ' ' | tr ',' '\n'
}

keys() {
	jq -r "$1 | keys[]" <<<"$2"
}

mount_pinfs
status=$(gate status)
agree "status" "$(members status)" "$(keys 'del(.ok)' "$status")"
agree "counters" "$(members counters)" "$(keys .counters "$status")"
planted_is_found "a planted difference is found" "$(members status)"

gate hold op=mkdir path=/d deadline=20s >&2
control record "file=$tmp/log" 'path=/*' >&2
agree "record" "$(members record)" "$(keys .record "$(gate status)")"
mkdir "$mnt/d" &
maker=$!
ok "a request is held" gate wait held=1
list=$(gate list)
agree "gates" "$(members gates)" "$(keys '.gates[0]' "$list")"
agree "held" "$(members held)" "$(keys '.held[0]' "$list")"
gate clear >&2
wait "$maker"
umount_pinfs
