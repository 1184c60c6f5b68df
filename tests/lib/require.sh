# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a test needs of the machine. Each function looks for the feature itself,
# never for a version, and skips the whole test with the reason when it is not
# there. The project's own programs are not asked for here: when those are
# missing a test must fail.

# require_root - effective user id 0.
require_root() {
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
}

# require_prog NAME... - programs in PATH.
require_prog() {
	local name
	for name; do
		command -v "$name" >/dev/null 2>&1 ||
			skip_all "needs the program '$name'"
	done
}

# require_fuse - /dev/fuse can be opened, and this user can mount.
require_fuse() {
	[ -c /dev/fuse ] || skip_all "needs /dev/fuse (modprobe fuse)"
	if ! (exec 3<>/dev/fuse) 2>/dev/null; then
		skip_all "needs a /dev/fuse that $(id -un) can open"
	fi
	if [ "$(id -u)" -ne 0 ]; then
		require_prog fusermount3
	elif ! may_mount; then
		skip_all "needs the right to mount"
	fi
}

# may_mount - can root mount anything here? Tried in a namespace of its own.
may_mount() {
	command -v unshare >/dev/null 2>&1 || return 0
	unshare -m mount -t tmpfs none "$tmp" 2>/dev/null
}

# require_fusectl - /sys/fs/fuse/connections is there; root mounts it if not.
require_fusectl() {
	local dir=/sys/fs/fuse/connections
	[ -d "$dir" ] || skip_all "needs $dir"
	if ! mountpoint -q "$dir"; then
		mount -t fusectl none "$dir" 2>/dev/null ||
			skip_all "needs fusectl mounted on $dir"
	fi
}

# require_filesystem NAME - the kernel knows this filesystem type.
require_filesystem() {
	grep -qw "$1" /proc/filesystems && return
	modprobe -q "$1" 2>/dev/null || true
	grep -qw "$1" /proc/filesystems || skip_all "needs a kernel with $1"
}

# require_loop - loop devices can be made.
require_loop() {
	require_prog losetup
	losetup -f >/dev/null 2>&1 || skip_all "needs loop devices"
}

# require_stable_writes - a loop device can be told to want stable pages.
require_stable_writes() {
	local name
	require_root
	require_loop
	name=$(basename "$(losetup -f)")
	[ -w "/sys/block/$name/queue/stable_writes" ] ||
		skip_all "needs a writable /sys/block/$name/queue/stable_writes"
}

# mount_tracefs - root mounts tracefs where the system has not.
mount_tracefs() {
	local dir=/sys/kernel/tracing
	if [ "$(id -u)" = 0 ] && [ -d "$dir" ] && ! mountpoint -q "$dir"; then
		mount -t tracefs none "$dir" 2>/dev/null || true
	fi
}

# require_trace - a record of system calls can be had (trace=).
require_trace() {
	require_root
	mount_tracefs
	if [ ! -w /sys/kernel/tracing/instances ] ||
		[ ! -d /sys/kernel/tracing/events/raw_syscalls ]; then
		skip_all "system calls cannot be recorded here"
	fi
}

# require_user NAME - an unprivileged user to become, with setpriv.
require_user() {
	require_root
	require_prog setpriv
	id -u "$1" >/dev/null 2>&1 || skip_all "needs the user '$1'"
}

# require_space DIR MIB - that much room, for tests that move real data.
require_space() {
	local free
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "${free:-0}" -ge "$2" ] || skip_all "needs $2 MiB free in $1"
}

# require_script - script(1) of util-linux, for a terminal.
require_script() {
	require_prog script
	script --version 2>/dev/null | grep -q util-linux ||
		skip_all "needs script(1) of util-linux"
}

# require_files_limit N - the hard limit of open files.
require_files_limit() {
	local hard
	hard=$(ulimit -Hn)
	if [ "$hard" != unlimited ] && [ "$hard" -lt "$1" ]; then
		skip_all "needs a limit of $1 open files, the hard limit is $hard"
	fi
	ulimit -Sn "$1"
}
