#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a daemon that cannot start says so in one line that names what is
#           wrong, and ends: with 2 when it was called wrongly, else with 1.
#           Nothing is mounted then, in the foreground as in the background.
# Refuted by: another status, no line or several, a mount.
# Proof of coverage: the same command without the fault mounts.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
base=$tmp/base
mkdir -p "$base/src/inside" "$base/mnt" "$base/around/src"
touch "$base/file"

# Status, what the line must name, the arguments.
cases='
2|unknown option.*nonsense|src mnt -o nonsense
2|unknown option|src mnt --nonsense
2|unknown option|src mnt -Z
2|.|src
2|.|
2|too many|src mnt third
2|cache=sideways|src mnt -o cache=sideways
2|live=maybe|src mnt -o live=maybe
2|window=wide|src mnt -o window=wide
2|hold_max=-1|src mnt -o hold_max=-1
2|threads=9999|src mnt -o threads=9999
2|threads=many|src mnt --threads=many
2|needs a value|src mnt -o window
2|takes no value|src mnt -o nosubtype=1
2|ready_fd=77|src mnt --ready-fd=77
2|needs a value|src mnt -o
2|remount|src mnt -o remount
2|fsname|src mnt -o fsname=x
1|missing.*No such file|missing mnt
1|file.*[Nn]ot a directory|file mnt
1|nowhere.*No such file|src nowhere
1|file.*not a directory|src file
1|inside.*is inside SOURCE|src src/inside
1|src.*is inside SOURCE|src src
1|around.*would hide SOURCE|around/src around
1|nowhere/log.*No such file|src mnt -o log=nowhere/log
1|nowhere/state.*No such file|src mnt -o state=nowhere/state
1|is SOURCE itself|src mnt -o state=src
'
cases=${cases#$'\n'}
cases=${cases%$'\n'}
plan $(($(grep -c '' <<<"$cases") * 2 + 10))

# start ARGUMENT... - in $base; $status and the line(s) in $said.
start() {
	status=0
	said=$(cd "$base" && timeout 60 pinfs "$@" 2>&1 </dev/null) ||
		status=$?
}

while IFS='|' read -r wanted name arguments; do
	# shellcheck disable=SC2086
	start -f $arguments
	like "$status $(wc -l <<<"$said"): $said" "^$wanted 1: pinfs: .*$name" \
		"refused: pinfs -f $arguments"
	# shellcheck disable=SC2086
	start $arguments
	like "$status $(wc -l <<<"$said"): $said" "^$wanted 1: pinfs: .*$name" \
		"and in the background"
done <<<"$cases"
unlike "$(</proc/self/mountinfo)" "$base" "nothing is mounted"

# Two of them need a mount.
mount_pinfs
like "$(pinfs "$base/src" "$mnt" -f 2>&1 || echo " $?")" \
	'^pinfs: [^'$'\n'']*busy.*'$'\n'' 1$' "refused: a busy mount point"
is "$(mountinfo_device "$mnt" | wc -l)" 1 "what was mounted stays"
umount_pinfs
ok "it is not busy any more" mount_pinfs
umount_pinfs

# For another user: programs and directories that can be reached.
cp "$(command -v pinfs)" "$tmp/pinfs"
chmod 755 "$tmp" "$tmp/pinfs"
mkdir -m 777 "$base/free"
chmod 777 "$base/mnt"

# In a namespace where there is no /dev/fuse, or one that cannot be opened.
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null &&
	command -v setpriv >/dev/null; then
	mkdir "$tmp/dev"
	touch "$tmp/dev/null"
	like "$(unshare -m sh -c 'mount --bind /dev/null "$1/null" &&
		mount --rbind "$1" /dev && pinfs "$2/src" "$2/mnt" -f' \
		sh "$tmp/dev" "$base" 2>&1 || echo " $?")" \
		'^pinfs: cannot open /dev/fuse: [^'$'\n'']*'$'\n'' 1$' \
		"refused: no /dev/fuse"
	for sink in kmsg log; do
		like "$(unshare -m sh -c 'mount --rbind "$1" /dev &&
			pinfs "$2/src" "$2/mnt" -f -o "$3"' sh "$tmp/dev" \
			"$base" "${sink/#log/syslog}" 2>&1 || echo " $?")" \
			"^pinfs: [a-z]+: cannot write to '/dev/$sink': .*"$'\n'' 1$' \
			"refused: no /dev/$sink"
	done
	like "$(unshare -m sh -c 'mknod -m 600 "$2/fuse" c 10 229 &&
		mount --bind "$2/fuse" /dev/fuse &&
		exec setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$1" "$2/free" "$2/mnt" -f' sh "$tmp/pinfs" "$base" 2>&1 ||
		echo " $?")" \
		'^pinfs: no permission to open /dev/fuse'$'\n'' 1$' \
		"refused: no permission for /dev/fuse"
else
	skip 4 "needs root, setpriv and mount namespaces"
fi

mkdir -m 700 "$tmp/closed"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	like "$(setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$tmp/pinfs" "$tmp/closed" "$base/mnt" -f 2>&1 || echo " $?")" \
		'^pinfs: [^'$'\n'']*Permission denied[^'$'\n'']*'$'\n'' 1$' \
		"refused: no permission for SOURCE"
else
	skip 1 "needs root and setpriv"
fi
is "$(find "$base/src" -mindepth 2 ! -path '*/.pinfs*')" '' \
	"SOURCE was left alone"
