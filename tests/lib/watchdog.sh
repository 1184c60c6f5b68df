# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Ends a test's mount when the test does not:
#   watchdog.sh LIMIT CONNECTION DAEMON-PID MOUNTPOINT
# Standard input is a pipe that the test holds open: the line "done" means that
# all is well, its end that the test is gone (killed, too), nothing for LIMIT
# seconds that it hangs. Everything here works on a mount that is stuck.

trap '' INT TERM HUP
read -r -t "$1" word && [ "$word" = 'done' ] && exit 0

echo "# watchdog: ending the mount on $4"
file=/sys/fs/fuse/connections/$2/abort
if [ -w "$file" ]; then
	echo 1 >"$file"
fi
kill -9 "$3"
umount -l "$4" || fusermount3 -u -z "$4"
