#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the lines of pinfs-sweep(7) for GNU parallel and for a job array of SLURM
#           run each kernel in a job of its own, and --merge makes of the jobs what
#           one sweep of all kernels says, status included.
# Refuted by: a kernel that is missing or there twice, another verdict, another
#             status than that of one sweep.
# Proof of coverage: the lines are read from the page; one kernel deviates, one ends
#                    without a result, and the others say different things.
. "$srcdir/tests/lib/played.sh"
. "$srcdir/tests/lib/manual.sh"
. "$srcdir/tests/lib/vmkernel.sh"
require_prog jq gzip ar xz
plan 10

page=$man/pinfs-sweep.7
# lines_for NAME - the unfilled block below the item of this name.
lines_for() {
	awk -v name="$1" '
		/^\.IP/ { item = 0 }
		index($0, name) && /^\.B/ { item = 1; seen = 1 }
		seen && /^\.nf/ { inside = 1; next }
		inside && /^\.fi/ { exit }
		inside' "$page" | manual_text
}

# package NAME RELEASE STEPS - a kernel, where the page has them.
mkdir -p "$tmp/srv/kernels" "$tmp/bin"
package() {
	fake_tree "$tmp/tree" "$2"
	kernel_of "$tmp/tree/boot/vmlinuz-$2" "$2" "$3"
	fake_deb "$tmp/srv/kernels/$1.deb" linux-image-fake "$2" "$tmp/tree"
	rm -r "$tmp/tree"
}
name=pwrite@writeback
package a 6.1.0 "$boot;$(gives $name BLOCKED as_known);$(ends 1 0)"
package b 6.12.0 "$boot;$(gives $name UNSTABLE deviates BLOCKED);$(ends 1 1)"
package c 6.16.0 "$boot;$(gives $name UNSTABLE as_known);$(ends 1 0)"
package d 6.18.0 "${boot%;hello};console=Kernel panic - not syncing: planted;\
shutdown=guest-reset;exit=0"

# "pinctl sweep", and what a machine that is played needs besides.
cat >"$tmp/bin/pinctl" <<END
#!/usr/bin/env bash
[ "\$1" = sweep ] || exit 99
case " \$* " in
*' --merge '*) more=() ;;
*) more=(${played[*]@Q} -s $name) ;;
esac
exec timeout -s KILL 60 "$(command -v pinctl)" sweep "\${more[@]}" "\${@:2}"
END
chmod +x "$tmp/bin/pinctl"
PATH=$tmp/bin:$PATH

# told DIR - of each kernel what became of it, and its verdicts.
told() {
	jq -c '.status, .scenarios,
		(.kernels[] | [.release, .outcome, .reason, .status]),
		(.cells | map(map([.verdict, .outcome, .changed])))' \
		"$1/matrix.json"
}

# in_dir DIR COMMANDS - in a directory of its own; $status.
in_dir() {
	mkdir -p "$tmp/$1"
	status=0
	(cd "$tmp/$1" && bash -c "${2//\/srv/$tmp/srv}") >"$tmp/$1/output" 2>&1 ||
		status=$?
}

in_dir whole 'pinctl sweep --out=matrix /srv/kernels/*.deb'
whole=$(told "$tmp/whole/matrix")
is "$status" 3 "one sweep of all: a kernel could not be told"
is "$(grep -c '^\["6' <<<"$whole")" 4 "four kernels are in it"
is "$(jq -r '.cells[][] | "\(.verdict)\(.changed)"' \
	"$tmp/whole/matrix/matrix.json" | xargs)" \
	"BLOCKEDfalse UNSTABLEtrue UNSTABLEfalse nullnull" \
	"and each says what it is there for"

# ---------------------------------------------------------------- GNU parallel
lines=$(lines_for "GNU parallel")
is "$(grep -c '^\$ ' <<<"$lines")" 2 "the page has two lines for GNU parallel"
if parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
	in_dir parallel "$(lines_for "GNU parallel" | sed 's/^\$ //')"
	is "$(told "$tmp/parallel/matrix")" "$whole" \
		"they tell the same as one sweep"
	is "$status" 3 "with the same status"
	is "$(find "$tmp/parallel/results" -name result.json | wc -l)" 4 \
		"of four directories"
else
	skip 3 "there is no GNU parallel"
fi

# ----------------------------------------------------------------------- SLURM
# A job of the array is a script with SLURM_ARRAY_TASK_ID in its environment
# (sbatch(1)).
lines=$(lines_for SLURM)
like "$(head -n 1 <<<"$lines")" '^#SBATCH --array=1-' \
	"the page has a script for SLURM"
mkdir "$tmp/slurm"
printf '%s\n' "$tmp"/srv/kernels/*.deb >"$tmp/slurm/kernels"
statuses=
for job in 1 2 3 4; do
	export SLURM_ARRAY_TASK_ID=$job
	in_dir slurm "$lines"
	statuses+=$status
done
is "$statuses" 0103 "each job has its kernel's status"
in_dir slurm 'pinctl sweep --merge --out=matrix results/*'
is "$status $(told "$tmp/slurm/matrix")" "3 $whole" \
	"and merged they tell the same as one sweep"
