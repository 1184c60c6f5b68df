#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: QEMU, as Debian has it, with its guest's memory in a shared file on
#           the mount (memory-backend-file,share=on), changes pages under
#           writeback while the guest reads a disk with cache=none: QEMU reads
#           the image with O_DIRECT into the guest's memory. There are "unstable"
#           events, all in that file, and at least 3 of 4 second looks saw a block
#           of the disk. Reads of a disk with cache=writeback, which are copied
#           into the memory, cause none.
# Refuted by: no event with cache=none, other bytes than the disk's, an event
#             with cache=writeback or of another file.
# Proof of coverage: the guest tells that it read each disk to its end, again and
#                    again; a second process starts writeback every 2 ms, and
#                    WRITEs came meanwhile; no two blocks of a disk are equal.
#
# The guest is any Linux kernel: $PINFS_TEST_KERNEL, or what "bootstrap packages"
# has unpacked below /var/cache/pinfs-tests, or the newest in /boot. QEMU emulates
# the processor, which it can everywhere. The guest is told on its console what to
# read, and answers there.
# Much work, which a busy machine takes its time for.
PINFS_TEST_LIMIT=${PINFS_TEST_LIMIT:-600}
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/real.sh"
require_root
require_fuse
require_prog jq qemu-system-x86_64 busybox cpio gzip setpriv
require_space "$tmp" 700
require_live_writeback
seconds=$(full 30 2)
plan 13

# guest_kernel - its path.
guest_kernel() {
	if [ -n "${PINFS_TEST_KERNEL:-}" ]; then
		echo "$PINFS_TEST_KERNEL"
		return
	fi
	find /var/cache/pinfs-tests/boot /boot -maxdepth 1 -name 'vmlinuz-*' \
		2>/dev/null | sort -V | tail -n 1
}
kernel=$(guest_kernel)
[ -r "$kernel" ] || skip_all "needs a kernel for a guest: in /boot, or" \
	"PINFS_TEST_KERNEL=FILE (Debian: linux-image-cloud-amd64)"
diag "kernel: $kernel"

# guest_files DIR - what is in the guest's memory file system: busybox, the
# modules of its disks as far as there are any, and what it does.
guest_files() {
	local release=${kernel##*/vmlinuz-} modules module file
	modules=$(dirname "$kernel")/../lib/modules/$release
	mkdir -p "$1/bin" "$1/dev" "$1/proc" "$1/modules"
	cp "$(command -v busybox)" "$1/bin/busybox"
	# Not every busybox is static.
	{ ldd "$1/bin/busybox" 2>/dev/null || true; } |
		awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }' |
		xargs -r cp --parents -L -t "$1"
	for module in virtio virtio_ring virtio_pci_legacy_dev \
		virtio_pci_modern_dev virtio_pci virtio_blk; do
		file=$(find "$modules" -name "$module.ko*" 2>/dev/null |
			head -n 1)
		case $file in
		*.ko) cp "$file" "$1/modules/$module" ;;
		*.xz) xz -dc "$file" >"$1/modules/$module" ;;
		*.zst) zstd -dqc "$file" >"$1/modules/$module" ;;
		esac
	done
	cat >"$1/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
# Which needs which is not the same in all kernels.
while [ ! -e /dev/vda ] && [ -n "$(ls /modules)" ]; do
	loaded=
	for module in /modules/*; do
		insmod $module 2>/dev/null && rm $module && loaded=yes
	done
	[ -n "$loaded" ] || break
done
now() { cut -d . -f 1 /proc/uptime; }
echo "guest: ready"
while read -r disk seconds; do
	turns=0
	end=$(($(now) + seconds))
	while [ "$(now)" -le "$end" ]; do
		dd if=/dev/$disk of=/dev/null bs=256k iflag=direct 2>/dev/null ||
			echo "guest: cannot read $disk"
		turns=$((turns + 1))
	done
	echo "guest: $disk read $turns times"
done
INIT
	chmod +x "$1/init"
}

guest=''
# guest_start - with its memory in $mnt/ram; its console is $tmp/console, what is
# written to descriptor $orders is typed there.
guest_start() {
	local disk drives=()
	for disk in vda,cache=none,aio=threads vdb,cache=none,aio=native \
		vdc,cache=writeback,aio=threads; do
		drives+=(-drive "if=virtio,format=raw,readonly=on,file=$tmp/other/$disk")
	done
	mkfifo "$tmp/orders"
	(close_inherited; exec setpriv --pdeathsig TERM qemu-system-x86_64 \
		-nodefaults -display none -no-reboot -serial stdio \
		-accel tcg -cpu max -m 160M -machine q35,memory-backend=ram \
		-object memory-backend-file,id=ram,share=on,size=160M,mem-path="$mnt/ram" \
		"${drives[@]}" -kernel "$kernel" -initrd "$tmp/initrd" \
		-append 'console=ttyS0 quiet panic=-1 no_timer_check tsc=unstable') \
		<"$tmp/orders" >"$tmp/console" 2>&1 &
	guest=$!
	exec {orders}>"$tmp/orders"
}

guest_end() {
	[ -n "$guest" ] || return 0
	kill -TERM "$guest" 2>/dev/null || true
	wait_for -t 20 process_gone "$guest" || kill -KILL "$guest"
	wait "$guest" || true
	guest=
}

guest_said() {
	grep -qs "^guest: $1" "$tmp/console"
}

# ready_or_gone - it panics where its emulation is too slow for it.
ready_or_gone() {
	guest_said ready || process_gone "$guest"
}

# guest_reads DISK - for $seconds; its events go to $tmp/DISK.
guest_reads() {
	local before
	before=$(wc -l <"$events")
	echo "$1 $seconds" >&"$orders"
	wait_for -t $((seconds + 100)) guest_said "$1 read [1-9]" || return
	grep "^guest: $1" "$tmp/console" | sed 's/^/# /' >&2
	tail -n +$((before + 1)) "$events" |
		jq -c 'select(.event == "unstable")' >"$tmp/$1"
	! guest_said "cannot read $1"
}

console_log() {
	tail -n 40 "$tmp/console" | sed 's/^/# console: /'
}

direct_directory "$tmp/other"
seed=$RANDOM
diag "seed $seed"
for disk in vda vdb vdc; do
	seed=$((seed + 1))
	source_blocks "$tmp/other/$disk" 8192 "$seed" >"$tmp/$disk.blocks"
done
guest_files "$tmp/root"
(cd "$tmp/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$tmp/initrd"

mount_pinfs -o event_limit=1000000
on_failure console_log
undo_with guest_end
guest_start
wait_for -t 300 ready_or_gone || true
ok "the guest starts" guest_said ready
[ "$tap_failed" -eq 0 ] || exit 1
sync-range-loop 2000 "$mnt/ram" >"$tmp/count" &
loop=$!

ok "it reads its disk, by way of a cache" guest_reads vdc
as_in_readme 'QEMU, guest memory on pinfs, disk with cache=writeback' \
	"$(seen "$(wc -l <"$tmp/vdc")")"
for disk in vda vdb; do
	before=$(counter writeback_writes)
	ok "it reads $disk, which has none" guest_reads "$disk"
	count=$(($(counter writeback_writes) - before))
	ok "writeback went on all the time: $count" test "$count" -ge $((seconds * 10))
	count=$(wc -l <"$tmp/$disk")
	mixed=$(mixed_blocks "$tmp/$disk" "$tmp/$disk.blocks" | wc -l)
	ok "$((count - mixed)) of $count second looks saw a block of the disk" \
		test $((mixed * 4)) -le "$count"
done
kill -TERM "$loop"
wait "$loop"
diag "sync_file_range: $(<"$tmp/count") times"
as_in_readme 'QEMU, guest memory on pinfs, disk with cache=none, aio=threads' \
	"$(seen "$(wc -l <"$tmp/vda")")"
as_in_readme 'QEMU, guest memory on pinfs, disk with cache=none, aio=native' \
	"$(seen "$(wc -l <"$tmp/vdb")")"
ok "the guest ends" guest_end
is "$(event_lines '.event == "unstable"' | jq -r .path | sort -u)" /ram \
	"all events are of the file with the guest's memory"
umount_pinfs
