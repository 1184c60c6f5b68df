#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: shellcheck has nothing to say about any script of the tree.
# Refuted by: a finding.
# Proof of coverage: a planted script with a fault is found; this file and
#                    bootstrap are among those looked at.
. "$srcdir/tests/lib/tree.sh"
. "$srcdir/tests/lib/require.sh"
require_prog shellcheck
plan 3

# shellcheck disable=SC2016
printf '#!/bin/bash\nrm $1\n' >"$tmp/planted.sh"
not_ok "a planted fault is found" shellcheck "$tmp/planted.sh"

files=$(shell_files)
is "$(grep -cx -e bootstrap -e "tests/lint/${0##*/}" <<<"$files")" 2 \
	"the scripts are looked at"
mapfile -t list <<<"$files"
report_findings "shellcheck has no findings" \
	"$(shellcheck -x -f gcc "${list[@]}" || true)"
