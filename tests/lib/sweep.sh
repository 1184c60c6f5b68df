# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# What a sweep leaves of a kernel, made by hand: for tests of what is made of it.

# sweep_kernel DIR VERSION OUTCOME [FILTER] <LINES - DIR/result.json, and a console
# log beside it. A line is a scenario: its name, its verdict, its known verdict ("-":
# none), a note. Of an outcome that does not stand there is no summary. FILTER (jq)
# changes the object. The kernel's name is DIR's.
sweep_kernel() {
	local dir=$1 version=$2 outcome=$3 filter=${4:-.}
	mkdir -p "$dir"
	echo "Linux version $version" >"$dir/console.log"
	jq -Rn --arg name "$(basename "$dir")" --arg version "$version" \
		--arg outcome "$outcome" '
	[inputs | select(length > 0) |
		capture("^(?<s>\\S+) (?<v>\\S+) (?<k>\\S+) ?(?<note>.*)$") |
		{scenario: .s, verdict: .v, runs: 1, note, verdicts: {(.v): 1},
		 outcome: (if .v == "SKIP" then "skipped"
			elif .v == "ERROR" then "unsure"
			elif .k == "-" then "not_known"
			elif .v == .k then "as_known" else "deviates" end),
		 known: (if .k == "-" then null else
			{verdict: .k, capabilities: "-", ground: "made by hand"}
			end),
		 also: {}, call_us: 120, phases: {make: 400, write: 1200},
		 files: [], store: null}] as $results |
	($outcome | IN("complete", "warned", "oopsed")) as $stands |
	{pinfs_sweep: 1, time: "2026-11-28T14:00:00Z",
	 kernel: {spec: "test:\($version)", $name, release: "\($version)-amd64",
		  package: null, version: null, image: "vmlinuz"},
	 $outcome, reason: "the test says \($outcome)", guest: null,
	 machine: {qemu: "9.2", accel: "tcg", cpus: 2, memory_mib: 1024,
		   append: ""},
	 duration_us: {boot: 7000000, first: 9000000, total: 41000000},
	 status: (if $stands | not then null
		  elif any($results[]; .outcome == "deviates") then 1
		  elif any($results[]; .outcome | IN("unsure", "not_known"))
		  then 3 elif all($results[]; .outcome == "skipped") then 4
		  else 0 end),
	 summary: (if $stands then {scenarios: ($results | length)} else null
		   end),
	 $results, stage: "run", running: null, kernel_log: [],
	 foreign_bytes: 0, forged_frames: 0,
	 files: {console: "console.log", messages: null, kernel_log: null,
		 events: null, evidence: null}} | '"$filter" \
		>"$dir/result.json"
}

# sweep_six DIR - kernels as a sweep finds them: one panicked midway, one warned,
# one has not all that the others have, a verdict changed beyond the one that could
# not tell, another deviates.
sweep_six() {
	local dir=$1 plain
	plain=$(for n in 1 2 3 4 5; do echo "aio-read@plain$n STABLE STABLE"; done)
	sweep_kernel "$dir/first" 6.1.158 complete <<-END
		dio-read@writeback HIDDEN HIDDEN a private copy
		pwrite@writeback UNSTABLE UNSTABLE 16 bytes changed
		uring-read@writeback SKIP UNSTABLE no io_uring here
		$plain
	END
	sweep_kernel "$dir/second" 6.12.95 warned '.kernel_log = [
		{kind: "warn", scenario: "pwrite@writeback",
		 text: "WARNING: CPU: 0 PID: 77 at fs/fuse/file.c:1234"}]' <<-END
		dio-read@writeback HIDDEN HIDDEN a private copy
		pwrite@writeback UNSTABLE UNSTABLE 16 bytes changed
		uring-read@writeback UNSTABLE UNSTABLE
		$plain
	END
	sweep_kernel "$dir/third" 6.13.7 panic \
		'.reason = "Kernel panic - not syncing: Fatal exception" |
		 .running = "dio-read@writeback"' <<-END
		aio-read@plain1 STABLE STABLE
		pwrite@writeback LOST UNSTABLE gone
	END
	sweep_kernel "$dir/fourth" 6.16.12 complete <<-END
		dio-read@writeback UNSTABLE UNSTABLE 16 bytes changed
		pwrite@writeback STABLE UNSTABLE nothing changed
		uring-read@writeback UNSTABLE UNSTABLE
		$plain
	END
	sweep_kernel "$dir/fifth" 6.17.13 complete <<-END
		dio-read@writeback UNSTABLE UNSTABLE 16 bytes changed
		pwrite@writeback STABLE UNSTABLE nothing changed
		uring-read@writeback ERROR UNSTABLE the mount went away
		$plain
	END
	sweep_kernel "$dir/sixth" 7.1-rc3 boot-failure </dev/null
}

# cpu_ms COMMAND... - the time of processors that it takes, the kernel's for it
# included [ms]; its output is in $tmp/said.
cpu_ms() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >"$tmp/said"; } 2>&1 |
		awk '{ printf "%d\n", ($1 + $2) * 1000 }'
}
