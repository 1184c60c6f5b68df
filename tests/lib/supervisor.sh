# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The process that frees a mount when its daemon cannot.

# supervisor_of DAEMON-PID - its process; nothing when there is none.
supervisor_of() {
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } |
		awk -v daemon="$1" '
			$2 == "(pinfs-superv)" && $4 == daemon { print $1 }'
}
