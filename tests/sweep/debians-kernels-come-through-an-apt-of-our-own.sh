#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: kernels of Debian's mirrors are listed and had by an apt of our own,
#           which leaves that of the system as it is. A suite that a mirror lacks
#           is left out with a message; mirrors are asked once a day, or when told
#           to; what is in the cache needs no mirror. Mirrors that do not answer
#           are no mirrors without kernels.
# Refuted by: a missing or an additional offer; a download where the cache has it;
#             a changed file of the system's apt; a failure without a reason.
# Proof of coverage: a mirror that is made here, without network. It lacks most
#                    suites, has a kernel in several packages and one whose
#                    modules are gone; files of the system's apt are compared.
. "$srcdir/tests/lib/vmkernel.sh"
require_prog apt-get dpkg dpkg-deb ar xz
[ "$(dpkg --print-architecture)" = amd64 ] || skip_all "needs Debian for amd64"
plan 28

mirror=$tmp/mirror
# add SUITE NAME VERSION DIR [FIELDS] - a package into the mirror.
add() {
	local file=pool/$2_$3_amd64.deb
	local index=$mirror/dists/$1/main/binary-amd64/Packages
	mkdir -p "$(dirname "$index")"
	fake_deb "$mirror/$file" "$2" "$3" "$4"
	{
		printf 'Package: %s\nVersion: %s\nArchitecture: amd64\n' "$2" "$3"
		[ -z "${5:-}" ] || printf '%s\n' "$5"
		printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "$file" \
			"$(stat -c %s "$mirror/$file")" \
			"$(sha256sum "$mirror/$file" | cut -d ' ' -f 1)"
	} >>"$index"
}
# release SUITE - its Release file, for the packages that it has now.
release() {
	local dir=$mirror/dists/$1 path=main/binary-amd64/Packages
	printf 'Suite: %s\nCodename: %s\nArchitectures: amd64\nComponents: main\nSHA256:\n %s %s %s\n' \
		"$1" "$1" "$(sha256sum "$dir/$path" | cut -d ' ' -f 1)" \
		"$(stat -c %s "$dir/$path")" "$path" >"$dir/Release"
}
# offers [OPTION...] - specification and suite of each.
offers() {
	timeout 120 vm-kernel available "$@" 2>>"$tmp/messages" | cut -d ' ' -f 1,4
}
system_apt() { find /etc/apt /var/lib/apt /var/cache/apt -printf '%p %s %t\n' | sort; }

abi=6.99.1+deb99-cloud-amd64
fake_tree "$tmp/a" 6.98.5-cloud-amd64
fake_tree "$tmp/b" "$abi"
mkdir -p "$tmp/b-image" "$tmp/b-modules" "$tmp/empty"
mv "$tmp/b/boot" "$tmp/b-image"
mv "$tmp/b/lib" "$tmp/b-modules"
add bookworm linux-image-6.98.5-cloud-amd64 6.98.5-1 "$tmp/a"
add bookworm linux-image-6.98.5-amd64 6.98.5-1 "$tmp/a"
add bookworm linux-image-6.98.5-amd64-dbg 6.98.5-1 "$tmp/empty"
add trixie-backports "linux-image-$abi" '6.99.1-1~bpo99+1' "$tmp/empty" \
	"Depends: kmod, linux-binary-$abi (= 6.99.1-1~bpo99+1), linux-modules-$abi (= 6.99.1-1~bpo99+1)"
add trixie-backports "linux-binary-$abi" '6.99.1-1~bpo99+1' "$tmp/b-image"
add trixie-backports "linux-modules-$abi" '6.99.1-1~bpo99+1' "$tmp/b-modules"
add trixie-backports linux-image-7.99-cloud-amd64 7.99-1 "$tmp/empty" \
	"Depends: linux-modules-7.99-cloud-amd64 (= 7.99-1)"
release bookworm
release trixie-backports
mkdir -p "$tmp/etc/sources.list.d"
export PINFS_VM_SOURCES=$tmp/etc
echo "deb [trusted=yes] file:$mirror bookworm main" >"$tmp/etc/sources.list"
before=$(system_apt)

is "$(offers)" "debian:6.98.5 bookworm
debian:6.99.1+deb99 trixie-backports" "those that are whole are listed, cloud first"
ok "a suite that the mirror lacks is told" said "left out: the suite 'sid'"
not_ok "one that it has is not" said "left out: the suite 'bookworm'"
forget
is "$(offers | wc -l)" 2 "the list is the same again"
not_ok "without asking the mirror" said 'asking'

image=$(found image debian:6.98)
ok "a series gives its image" \
	cmp "$image" "$tmp/a/boot/vmlinuz-6.98.5-cloud-amd64"
is "$(found package debian:6.98)" linux-image-6.98.5-cloud-amd64 \
	"the cloud kernel"
ok "what was downloaded is said" said 'downloading linux-image-6.98.5'
modules=$(found modules debian:6.99-bpo)
ok "a kernel in several packages gives its modules" \
	diff -r "$modules" "$tmp/b-modules/lib/modules/$abi"
is "$(found name debian:newest) $(found package debian:newest)" \
	"6.99.1-1~bpo99+1 linux-image-$abi" "it is the newest"
is "$(find "$PINFS_VM_CACHE" -name '*.deb')" '' "no package is kept"

forget
is "$(found image debian:linux-image-7.99-cloud-amd64)" '' \
	"without its modules a kernel is none"
ok "and that is said" said 'no longer its linux-modules- package'
forget
is "$(found image debian:5.10)" '' "what no mirror has is not found"
ok "and that is said, too" said "no kernel '5.10' now"

add bookworm linux-image-6.98.7-cloud-amd64 6.98.7-1 "$tmp/a"
release bookworm
rm "$mirror/pool/linux-image-6.98.7-cloud-amd64_6.98.7-1_amd64.deb"
is "$(offers -u | wc -l)" 3 "the mirror is asked when told to"
forget
is "$(found image debian:6.98.7)" '' "a package that cannot be had is no kernel"
like "$(sed '/downloading/d' "$tmp/messages" | head -n 1)" \
	'^vm-kernel: cannot download: .*' "apt's reason is said"
is "$(find "$PINFS_VM_CACHE/kernels" -name '*.tmp')" '' "nothing is left of it"

mv "$mirror" "$tmp/gone"
forget
is "$(offers -u | wc -l)" 3 "without the mirror older lists do"
ok "and that is said" said 'packages may be missing'
rm "$PINFS_VM_CACHE/apt/stamp"
forget
is "$(offers | wc -l) $(said asking || true)" '3 ' \
	"it is not asked again at once, even when they are old"
is "$(found image debian:6.98.5)" "$image" "and what the cache has"

# Nobody listens there.
mkdir -p "$tmp/silent"
echo "deb [trusted=yes] http://127.0.0.1:9/debian bookworm main" \
	>"$tmp/silent/sources.list"
PINFS_VM_SOURCES=$tmp/silent
PINFS_VM_CACHE=$tmp/other-cache
for _ in 1 2; do
	forget
	not_ok "a mirror that does not answer has no list" \
		eval '(set -o pipefail; offers >"$tmp/offers")'
	ok "which is said, each time" said 'no list of packages could be had'
done
is "$(system_apt)" "$before" "the system's apt is as it was"
