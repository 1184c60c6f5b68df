#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: bootstrap installs what is missing, as root with apt-get, and only
#           then; otherwise it names what is missing and the one command, and
#           fails. A second call installs, generates and configures nothing.
#           "run" ends with the status of what it runs.
# Refuted by: a call of apt-get, autoreconf or configure where none may be, or
#             another status.
# Proof of coverage: the tools are planted ones that record each call.
. "$srcdir/tests/lib/tap.sh"
plan 18

tree=$tmp/tree
mkdir -p "$tree" "$tmp/bin"
cp "$srcdir/bootstrap" "$tree/bootstrap"
export calls=$tmp/calls bin=$tmp/bin

# Of the machine, only what the script itself is written with.
for program in bash env dirname awk grep sort tr cat mkdir mv rm chmod touch; do
	ln -s "$(command -v "$program")" "$bin/$program"
done

# planted NAME BODY - a program that records its call, then does BODY.
planted() {
	printf '#!/usr/bin/env bash\necho "%s $*" >>"$calls"\n%s\n' "$1" "$2" \
		>"$bin/$1"
	chmod +x "$bin/$1"
}

# boot ARGUMENT... - runs it; sets $output, $called and $status.
boot() {
	status=0
	: >"$calls"
	output=$(PATH=$bin bash "$tree/bootstrap" "$@" 2>&1 </dev/null) ||
		status=$?
	called=$(grep -v -e '^id' -e '^pkg-config' "$calls" || true)
}

boot
is "$status" 2 "without a command it ends with 2"
like "$output" 'usage:' "and its usage"
boot nonsense
is "$status" 2 "so it does with an unknown one"

planted id 'echo 1000'
planted pkg-config 'exit 0'
boot build
is "$status" 1 "a user without apt-get cannot install"
like "$output" 'missing: the program gcc' "what is missing is named"
like "$output" 'no apt-get' "and why it is not installed"

planted apt-get 'case $* in
*install*) for p in gcc make autoconf automake; do
	mv "$bin/$p.later" "$bin/$p"
done ;; esac'
boot build
is "$status" 1 "a user with apt-get cannot install either"
like "$output" 'as root, run: apt-get update && apt-get install .* gcc' \
	"but is told the command"
is "$called" '' "and nothing was called"

planted autoreconf 'mkdir -p build-aux
touch Makefile.in config.h.in build-aux/tap-driver.sh
printf "#!/usr/bin/env bash\necho configure >>\"\$calls\"\ntouch Makefile\n" \
	>configure
chmod +x configure'
for program in gcc autoconf automake; do
	planted "$program" ':'
	mv "$bin/$program" "$bin/$program.later"
done
planted make 'printf "#!/usr/bin/env bash\nexit 7\n" >build/pinctl
chmod +x build/pinctl'
mv "$bin/make" "$bin/make.later"
planted nproc 'echo 2'
planted id 'echo 0'
boot build
is "$status" 0 "root installs and builds"
is "$(grep -c '^apt-get' <<<"$called")" 2 "by one update and one install"
like "$called" 'apt-get .*autoreconf .*configure.*make' "in this order"

boot build
is "$status" 0 "a second call builds"
is "$(grep -v -e ^nproc -e ^make -e ^gcc <<<"$called")" '' "and does nothing else"

rm "$tree/build/Makefile"
boot build
unlike "$called" 'autoreconf' "an interrupted configure is made up for alone"
like "$called" 'configure' "that is, run again"

rm "$bin/gcc"
planted apt-get 'exit 100'
boot build
is "$status" 1 "a failing apt-get is a failure"

if (exec 3<>/dev/fuse) 2>/dev/null; then
	planted gcc :
	for program in fusermount3 mount; do
		planted "$program" :
	done
	boot run
	is "$status" 7 "run ends with the status of pinctl"
else
	skip 1 "needs a /dev/fuse that can be opened"
fi
