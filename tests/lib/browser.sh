# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Pages of "pinctl report --html" in a browser without a window. Each start of
# the browser has a profile of its own below $tmp and a limit of time; it ends
# with it, and all of its processes with it.

# require_browser - Chromium can be started here.
require_browser() {
	require_prog chromium
	echo '<!doctype html><title>works</title>' >"$tmp/works.html"
	[[ $(browse "$tmp/works.html") == *works* ]] ||
		skip_all "needs a chromium that starts here"
}

# browse FILE[#PLACE] [OPTION...] - what the page has become, as HTML. What the
# page has said on the browser's console is in $tmp/console afterwards.
browse() {
	local page=$1 profile
	shift
	profile=$(mktemp -d "$tmp/profile.XXXXXX")
	timeout -k 5 120 chromium --headless --no-sandbox --disable-gpu \
		--disable-dev-shm-usage --no-first-run --user-data-dir="$profile" \
		--enable-logging=stderr "$@" --dump-dom "file://$page" \
		2>"$tmp/browser.log" </dev/null || diag "the browser has ended with $?"
	grep -a ':CONSOLE' "$tmp/browser.log" >"$tmp/console" || true
	rm -rf "$profile"
}

# with_script PAGE SCRIPT COPY - a copy of a page with another script behind its
# own, that may run in spite of the page's policy; so may any other in there.
with_script() {
	awk -v script="$2" '
	/http-equiv="Content-Security-Policy"/ {
		sub(/script-src [^"]*/, "script-src '"'unsafe-inline'"'; img-src *")
	}
	/^<\/body>/ {
		print "<script>"
		while ((getline line <script) > 0)
			print line
		print "</script>"
	}
	{ print }' "$1" >"$3"
}

# walked FILE - the lines that a walk has written in a page, as it came from browse.
walked() {
	sed -n '/<pre id="walk">/,/<\/pre>/p' "$1" |
		sed 's/.*<pre id="walk">//; s/<\/pre>.*//; /^$/d'
}

# report_walk FILE - each of these lines as a check.
report_walk() {
	local line
	while read -r line; do
		case $line in
		'ok '*) pass "${line#ok }" ;;
		'not ok '*) fail "${line#not ok }" ;;
		esac
	done < <(walked "$1")
}

# walk_page PAGE SCRIPT - the walk through a page as checks: in a window, and as on
# a phone. Copies of the page are made beside it.
walk_page() {
	local dir
	dir=$(dirname "$1")
	cat "$srcdir/tests/lib/walker.js" "$2" >"$tmp/walk.js"
	with_script "$1" "$tmp/walk.js" "$dir/walk.html"
	browse "$dir/walk.html" --window-size=1280,900 \
		--virtual-time-budget=60000 >"$tmp/walk.seen"
	report_walk "$tmp/walk.seen"
	like "$(walked "$tmp/walk.seen")" 'end$' "the walk has come to its end"

	# A window cannot be that narrow, a frame can.
	cat >"$dir/phone.html" <<'END'
<!doctype html>
<body>
<pre id="walk"></pre>
<script>
addEventListener("message", event =>
	document.getElementById("walk").append(event.data + "\n"));
</script>
<iframe src="walk.html" style="width: 360px; height: 700px; border: 0"></iframe>
END
	browse "$dir/phone.html" --virtual-time-budget=60000 >"$tmp/phone.seen"
	report_walk "$tmp/phone.seen"
	like "$(walked "$tmp/phone.seen")" 'end$' "the phone's has as well"
}
