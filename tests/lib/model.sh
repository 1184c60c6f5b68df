# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# For the tests of src/model.

# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"
# shellcheck source=tests/lib/require.sh
. "$srcdir/tests/lib/require.sh"
require_prog spin gcc

model=$srcdir/src/model
check=$model/check
# Searches leave nothing outside of the test's directory.
export TMPDIR=$tmp

# model_copy - a copy of the model in $copy, to be changed.
model_copy() {
	copy=$tmp/copy
	rm -rf "$copy"
	cp -r "$model" "$copy"
	chmod -R u+w "$copy"
}

# model_rows - of protocols.tsv.
model_rows() {
	grep -v '^#' "$model/protocols.tsv"
}

# model_answers - "PROTOCOL yes|no yes|no ..." of each, as it says.
model_answers() {
	model_rows | cut -f 1,3-7 | tr '\t' ' '
}
