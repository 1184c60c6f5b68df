# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Runs a cmocka program for Automake's TAP driver: run-unit.sh PROGRAM. cmocka
# says "not ok N # SKIP" of a case that calls skip(), which in TAP is a failure.
# The status is the program's.
set -o pipefail
lib=${0%/*}
. "$lib/require.sh"
mount_tracefs
export TSAN_OPTIONS="suppressions=$lib/thread-sanitizer.supp ${TSAN_OPTIONS-}"
timeout -k 10 300 "$@" | sed -u 's/^not ok \([0-9]*\) # SKIP/ok \1 # SKIP/'
