#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: every #include of a module of ours, and of libfuse's headers, is
#           one that src/LAYERS allows; and each module there exists.
# Refuted by: an #include line that src/LAYERS does not allow.
# Proof of coverage: planted lines that break a rule are found, and the number
#                    of lines looked at in the tree is not small.
. "$srcdir/tests/lib/tree.sh"
plan 8

# violations LAYERS - reads "FILE: #include ..." lines, prints the bad ones.
# src/LAYERS says what a module is. A file daemon/ops-read.c belongs to
# daemon/ops-read if that is listed, else to daemon/ops if that is, else to
# daemon. Whoever may include daemon may include whatever lies in it.
violations() {
	awk -v layers="$1" '
	function module(path, dir, stem) {
		dir = path
		sub(/\/.*/, "", dir)
		stem = path
		sub(/^[^\/]*\//, "", stem)
		sub(/\.[ch]$/, "", stem)
		if ((dir "/" stem) in may)
			return dir "/" stem
		sub(/-.*/, "", stem)
		return ((dir "/" stem) in may) ? dir "/" stem : dir
	}
	function allowed(own, wants, word, n, i) {
		n = split(own " " may[own], word, " ")
		for (i = 1; i <= n; i++)
			if (word[i] == wants || index(wants, word[i] "/") == 1)
				return 1
		return 0
	}
	BEGIN {
		while ((getline line < layers) > 0) {
			if (line ~ /^#/ || line !~ /:/)
				continue
			name = words = line
			sub(/:.*/, "", name)
			sub(/^[^:]*:/, "", words)
			may[name] = words
		}
	}
	{
		file = line = $0
		sub(/:.*/, "", file)
		sub(/^[^:]*:/, "", line)
		if (line ~ /<(fuse|linux\/fuse)/)
			wants = "fuse"
		else if (line ~ /<pinfs\//)
			wants = "pinfs"
		else if (line ~ /"/) {
			wants = line
			sub(/^[^"]*"/, "", wants)
			sub(/".*/, "", wants)
			if (wants !~ /\//) {
				print file ": " line ": not written from src/"
				next
			}
			wants = module(wants)
		} else
			next
		path = file
		sub(/^src\//, "", path)
		own = module(path)
		if (!(own in may))
			print file ": " own " is not in src/LAYERS"
		else if (!allowed(own, wants))
			print file ": " own " may not include " wants
	}'
}

include_lines() {
	tree_files '^src/.*\.[ch]$' |
		xargs grep -EH '^[[:space:]]*#[[:space:]]*include'
}

planted=$tmp/LAYERS
cat >"$planted" <<'END'
# a comment: not a module
common:
daemon: common pinfs
daemon/hold: common
END
bad() {
	violations "$planted" <<<"$1"
}
like "$(bad 'src/common/log.c:#include "daemon/fs.h"')" \
	'may not include daemon' "an arrow that points up is found"
like "$(bad 'src/daemon/hold.c:#include "daemon/fs.h"')" \
	'daemon/hold may not include' "a stem with its own line is held to it"
like "$(bad 'src/daemon/ops.c:#include <fuse_lowlevel.h>')" \
	'may not include fuse' "libfuse's headers count"
is "$(bad 'src/daemon/ops-read.c:#include "daemon/hold.h"')" '' \
	"what is allowed is not found"
like "$(bad 'src/daemon/ops.c:#include "fs.h"')" 'not written from src/' \
	"an include that is not written from src/ is found"

lines=$(include_lines)
ok "there are #include lines to look at" \
	test "$(grep -c . <<<"$lines")" -gt 100
report_findings "the tree follows src/LAYERS" \
	"$(violations src/LAYERS <<<"$lines")"
report_findings "every module in src/LAYERS exists" "$(
	sed -n 's/^\([a-z][^:]*\):.*/\1/p' src/LAYERS | while read -r module; do
		compgen -G "src/$module*" >/dev/null || echo "$module"
	done
)"
