#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: a control line that is not right gets one reply that names its
#           fault; nothing is done, and the connection serves the next line.
# Refuted by: "ok": true, a reply without error and message, a gate that is
#             there afterwards, a connection that ends.
# Proof of coverage: good lines between the bad ones are answered; the last one
#                    arms a gate, and it is the only one.
. "$srcdir/tests/lib/pinfs.sh"
require_fuse
require_prog jq
mount_pinfs

# What is sent (printf format), the error, and what the message must name.
lines='
|EINVAL|empty
nonsense|EINVAL|nonsense
STATUS|EINVAL|STATUS
hold|EINVAL|op=
hold op=|EINVAL|op=
hold op=bogus|EINVAL|bogus
hold op=read,bogus|EINVAL|bogus
hold op=forget|EINVAL|.
hold op=read at=middle|EINVAL|at=middle
hold op=read scope=world|EINVAL|scope=world
hold op=read ino=x|EINVAL|ino=x
hold op=read len=4q|EINVAL|len=4q
hold op=read off=4k|EINVAL|off=
hold op=read nth=-1|EINVAL|nth=-1
hold op=read pid=99999999999|E[A-Z]+|pid=
hold op=read deadline=soon|EINVAL|deadline=soon
hold op=read deadline=0|EINVAL|deadline
hold op=read deadline=1h|ERANGE|deadline
hold op=read colour=red|EINVAL|colour
hold op=read op=write|EINVAL|op
hold op=read path|EINVAL|path
hold op=read path="/t|EINVAL|quotes
hold op=read path=/t\001|EINVAL|control
hold op=read 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32|E2BIG|many
hold op=read\000|EILSEQ|NUL
wait held=many|EINVAL|held=many
wait timeout=later|EINVAL|timeout=later
wait id=77|ENOENT|77
release id=77|ENOENT|77
release n=-3|EINVAL|n=-3
clear id=77|ENOENT|77
list all|EINVAL|all
mark|EINVAL|text=
pause now|EINVAL|now
resume now|EINVAL|now
sync now|EINVAL|now
quit now|EINVAL|now
'
lines=${lines#$'\n'}
count=$(grep -c '' <<<"${lines%$'\n'}")
plan $((count + 5))

# One connection: each bad line is followed by a good one.
while IFS='|' read -r line _; do
	# shellcheck disable=SC2059
	printf "$line\n"
	echo wait held=0
done <<<"${lines%$'\n'}" >"$tmp/lines"
printf 'mark text=%05000d\n' 0 >>"$tmp/lines"
echo 'hold op=read' >>"$tmp/lines"
control-lines "$(control_socket "$mnt")" <"$tmp/lines" >"$tmp/replies"
mapfile -t replies <"$tmp/replies"

n=0
while IFS='|' read -r line error name; do
	like "$(jq -r '[.ok, .error, .message] | @tsv' <<<"${replies[n]}")" \
		"^false"$'\t'"$error"$'\t'".*$name" "refused: '$line'"
	n=$((n + 2))
done <<<"${lines%$'\n'}"
like "${replies[n]}" '"error":"EMSGSIZE","message":"[^"]+"' \
	"refused: a line of 5000 bytes"
is "$(jq .ok <<<"${replies[n + 1]}")" true "the good line after it is served"
is "$(grep -c '^{"ok":true,"held":0,"ids":\[\]}$' "$tmp/replies")" "$count" \
	"so are all the good ones between"
is "$(gate list | jq -c '.gates | map(.id)')" \
	"[$(jq .id <<<"${replies[n + 1]}")]" "its gate is the only one"
is "$(control status | jq .paused)" false "nothing is paused"
