#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: "mount -t fuse.pinfs SOURCE MNT -o ..." mounts: our options, FUSE's
#           and the generic ones have their effect, those of fstab(5) are
#           tolerated, an unknown one is refused; umount(8) ends it.
# Refuted by: a mount without an option's effect, a status of 0 for a bad option.
# Proof of coverage: the options are asked for of the daemon and the kernel.

# mount(8) gives its helpers no PATH, so they find what is in the usual places
# only. In a namespace of its own this test puts the build tree's pinfs there.
if [ "${PINFS_TEST_NAMESPACE:-}" != own ] && unshare -m true 2>/dev/null; then
	exec unshare -m env PINFS_TEST_NAMESPACE=own bash "$0"
fi
. "$srcdir/tests/lib/pinfs.sh"
require_root
[ "${PINFS_TEST_NAMESPACE:-}" = own ] || skip_all "needs a mount namespace"
require_fuse
require_prog jq mount findmnt
command -v mount.fuse3 >/dev/null || [ -x /sbin/mount.fuse3 ] ||
	skip_all "needs mount.fuse3"
plan 10
forget_other_mounts
mkdir "$tmp/src" "$tmp/mnt" "$tmp/bin"
cp "$(command -v pinfs)" "$tmp/bin"
mount --bind "$tmp/bin" /usr/local/bin
undo_with umount /usr/local/bin
echo hello >"$tmp/src/file"

ok "mount -t fuse.pinfs" timeout 60 mount -t fuse.pinfs "$tmp/src" "$tmp/mnt" \
	-o cache=through,window=1ms,noatime,noexec,default_permissions,nofail,_netdev
adopt_pinfs @main "$tmp/src" "$tmp/mnt" \
	"$(pinctl gate "$tmp/mnt" status | jq .pid)"
is "$(cat "$mnt/file")" hello "it serves"
is "$(findmnt -n -o FSTYPE,SOURCE "$mnt" | tr -s ' ')" \
	"fuse.pinfs $tmp/src" "type and SOURCE"
is "$(gate status | jq -c '[.cache, .options.window_us]')" \
	'["through",1000]' "our options"
like ",$(findmnt -n -o OPTIONS "$mnt")," ',noexec,.*noatime|noatime,.*noexec' \
	"the generic ones"
like ",$(findmnt -n -o OPTIONS "$mnt")," ',default_permissions,' "FUSE's own"
ok "umount" umount "$mnt"
ok "the daemon ends" wait_for process_gone "$daemon_pid"
watchdog_stop main

not_ok "an unknown option is refused" timeout 60 \
	mount -t fuse.pinfs "$tmp/src" "$tmp/mnt" -o nonsense=1
not_ok "and nothing is mounted" is_mounted "$tmp/mnt"
