#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a guest says who it is, what it does, each result, the events and
#           their evidence, what the kernel has warned of and in which scenario,
#           and how it ended; nothing of that on its console. Then it switches
#           the machine off.
# Refuted by: anything of it missing or out of order, a byte that is no frame, the
#             nonce on the console, a machine that goes on.
# Proof of coverage: verdicts with evidence are among the results; the kernel
#                    is tainted if and only if it was told that it warned.
#
# In the long form once more through a serial line, as a kernel without virtio
# has it.
. "$srcdir/tests/lib/guest.sh"
require_guest
if [ "${PINFS_TEST_FULL:-}" = 1 ]; then
	ports=(virtio serial)
else
	ports=(virtio)
fi
plan $((16 * ${#ports[@]}))
# shellcheck disable=SC2034
virtio=(-device virtio-serial-pci -chardev "file,id=result,path=$tmp/virtio" \
	-device "virtserialport,chardev=result,name=pinfs.result")
# shellcheck disable=SC2034
serial=(-serial "file:$tmp/serial")
scenarios=(--dangerous pwrite@writeback copy-range-in@writeback
	dio-read@last-writer-gone)

# frames KIND FILTER - of what came.
frames() {
	jq -r "select(.kind == \"$1\") | $2" "$tmp/frames"
}

# guest PORT - boots one, and looks at what it says; 16 checks.
guest() {
	local port=$1
	local -n options=$1
	ok "$port: the machine switches itself off" \
		guest_boot "$tmp/initrd" 240 "${options[@]}"
	guest_frames "$tmp/$port" >"$tmp/frames"
	is "$(jq -c 'select(.foreign != null)' "$tmp/frames")" \
		'{"foreign":0,"forged":0}' "every byte is of a frame"
	is "$(frames hello '.json | [.port, has("modules")] | @csv' | xargs)" \
		"$port,false $port,true" "it says hello twice"
	is "$(frames hello '.json.modules // empty | .failed | length')" 0 \
		"every module of it could be loaded"
	is "$(frames hello '.json.modules // empty |
		[.loaded[], .built_in[]] | map(select(. == "fuse" or
			. == "loop")) | sort | @csv')" '"fuse","loop"' \
		"those that the scenarios need among them"
	is "$(frames stage .text | xargs)" "modules run $(
		for word in "${scenarios[@]:1}"; do
			echo "scenario $word"
		done | xargs) events" "what it does, in order"
	is "$(frames result '.json.scenario // empty' | xargs)" \
		"${scenarios[*]:1}" "a result of each scenario"
	is "$(frames result '.json.outcome // empty' | sort -u)" as_known \
		"which is as known"
	is "$(jq -rn '[inputs | select(.kind == "result" or
		(.kind == "stage" and (.text | startswith("scenario")))) | .kind] |
		join(" ")' "$tmp/frames")" \
		"stage result stage result stage result result" \
		"before the next one begins"
	is "$(frames result '.json.summary // empty | .status')" 0 \
		"the run's summary is the last of them"
	frames events .text >"$tmp/events"
	is "$(jq -r .event "$tmp/events" | sed -n '1p;$p' | xargs)" \
		'mount unmount' "the events are there from the first to the last"
	is "$(frames evidence '.text | split("\n")[0]' | sort)" \
		"$(jq -r '.evidence // empty' "$tmp/events" |
			sed 's,.*/,,' | sort)" "and the evidence of each"
	is "$(frames end '.json | [.status, .cut.events, .cut.evidence] |
		@csv')" 0,0,0 "it ends well, and has left nothing out"
	is "$(frames end .json.frames)" \
		"$(($(wc -l <"$tmp/frames") - 2))" "and it has counted right"
	is "$(frames end '.json | (.warned > 0)')" \
		"$(frames end '.json | (.tainted / 512 % 2 >= 1)')" \
		"a warning is told where the kernel is tainted by one"
	unlike "$(tr -d '\0' <"$tmp/initrd.console")" "$nonce" \
		"the console knows no nonce"
	diag "a warning in: $(frames kernel '.json | select(.kind) |
		[.kind, .scenario] | @csv' | xargs)"
}

guest_image 16m "$tmp/initrd" "${scenarios[@]}"
for port in "${ports[@]}"; do
	guest "$port"
done
