#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a kernel comes out of packages that rpmbuild has made as it went in, with
#           each compression of their payload: in one package, or the image in one
#           and the modules in others that are named with it; and its version is the
#           package's.
# Refuted by: another byte, a module that is missing, another name or version.
# Proof of coverage: each has modules that nobody else has; one of two packages is not
#                    enough, and two of different kernels are refused.
. "$srcdir/tests/lib/vmkernel.sh"
require_prog rpmbuild
mapfile -t payloads < <(printf '%s\n' w9.gzdio w6.xzdio w19.zstdio w7.bzdio)
plan $((${#payloads[@]} * 4 + 6))

# rpms DIR RELEASE PAYLOAD - in DIR: all in kernel.rpm; the same in three packages,
# as Fedora's are, with names that begin with kernel-.
rpms() {
	local dir=$1 release=$2 tree=$tmp/tree-$1
	mkdir -p "$tmp/$dir"
	fake_tree "$tree" "$release"
	mkdir -p "$tree/lib/modules/$release/kernel/more"
	echo "more of $release" >"$tree/lib/modules/$release/kernel/more/more.ko"
	mv "$tree/boot/vmlinuz-$release" "$tree/lib/modules/$release/vmlinuz"
	rmdir "$tree/boot"
	cat >"$tmp/$dir/kernel.spec" <<-END
		%define debug_package %{nil}
		%define __os_install_post %{nil}
		%define _build_id_links none
		Name: kernel
		Version: ${release%%-*}
		Release: 7.test
		Summary: A kernel that is none
		License: GPL-2.0-or-later
		AutoReqProv: no
		%description
		All of it.
		%package core
		Summary: The image
		AutoReqProv: no
		%description core
		The image.
		%package modules
		Summary: Some of the modules
		AutoReqProv: no
		%description modules
		Some of them.
		%package more
		Summary: The others
		AutoReqProv: no
		%description more
		The others.
		%install
		cp -a $tree/. %{buildroot}/
		%files
		/lib/modules/$release
		%files core
		/lib/modules/$release/vmlinuz
		%files modules
		/lib/modules/$release/modules.order
		/lib/modules/$release/kernel/fs
		%files more
		/lib/modules/$release/kernel/more
	END
	rpmbuild --quiet -bb --target x86_64 --define "_topdir $tmp/$dir/top" \
		--define "_rpmdir $tmp/$dir" --define '_rpmfilename %%{NAME}.rpm' \
		--define "_binary_payload $3" "$tmp/$dir/kernel.spec" \
		>"$tmp/$dir/log" 2>&1 || cat "$tmp/$dir/log"
}

# same DIR SPEC RELEASE - image and modules are byte for byte those that went in.
same() {
	local image modules from=$tmp/tree-$1/lib/modules/$3 file
	image=$(found image "$2")
	modules=$(found modules "$2")
	cmp "$image" "$from/vmlinuz" || return
	for file in kernel/fs/fuse.ko kernel/fs/xfs.ko kernel/more/more.ko; do
		cmp "$modules/$file" "$from/$file" || return
	done
}

number=0
for payload in "${payloads[@]}"; do
	number=$((number + 1))
	release=6.99.$number-7.test.x86_64
	dir=p$number
	rpms "$dir" "$release" "$payload"
	all=$tmp/$dir/kernel.rpm
	parts=$tmp/$dir/kernel-core.rpm,$tmp/$dir/kernel-modules.rpm
	is "$(od -An -c -j 0 -N 4 "$all" | tr -d ' ')" '355253356333' \
		"$payload: a package"
	ok "$payload: the kernel comes out as it went in" same "$dir" "$all" \
		"$release"
	is "$(found version "$all")" "6.99.$number-7.test" \
		"$payload: and has the package's version"
	ok "$payload: and out of three packages" same "$dir" \
		"$parts,$tmp/$dir/kernel-more.rpm" "$release"
done

modules=$(found modules "$parts")
ok "without the third its modules are not there" \
	test -e "$modules/kernel/fs/xfs.ko" -a ! -e "$modules/kernel/more/more.ko"
forget
is "$(found image "$tmp/p1/kernel-modules.rpm")" '' \
	"modules without an image are no kernel"
ok "and that is said" grep -q image "$tmp/messages"
forget
is "$(found image "$tmp/p1/kernel-core.rpm,$tmp/p2/kernel-modules.rpm")" '' \
	"nor are an image and modules of different kernels"
ok "and both are named" said "files of the kernel 6.99.2-7.test.x86_64 besides"
is "$(find "$PINFS_VM_CACHE" -name '*.tmp*' -o -name '*.new*')" '' \
	"nothing half unpacked is left"
