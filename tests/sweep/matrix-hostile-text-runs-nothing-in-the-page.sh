#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: whatever a guest or its console says is text in the page and on a
#           terminal: names, notes, reasons, logs with HTML, scripts, control
#           characters and marks that turn the direction of writing. No link leads
#           out of the kernel's directory.
# Refuted by: an element that the page has only because of them, a script that has
#             run, a link or a file from elsewhere.
# Proof of coverage: the same script runs where it is not escaped; the texts are
#                    there, as what they are.
. "$srcdir/tests/lib/pinfs.sh"
. "$srcdir/tests/lib/browser.sh"
. "$srcdir/tests/lib/sweep.sh"
require_browser
require_prog jq
plan 19

# Looks around in the page, in each of its places.
cat >"$tmp/look.js" <<'END'
const strange = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;
let elements = 0, text = "", out = "";
const places = ["#list", "#cell-0-0", "#cell-1-0", "#cell-0-1", "#kernel-0", "#kernel-1"];
function look() {
	elements += document.querySelectorAll(
		"img, iframe, object, main b:not(#cells b), a[href^='javascript']").length;
	text += document.body.innerText;
	for (const link of document.querySelectorAll("#place a.path"))
		out += ` ${link.getAttribute("href")}`;
	const next = places.shift();
	if (next) {
		location.hash = next;
		setTimeout(look, 200);
		return;
	}
	document.body.innerHTML = `<pre>of the page:
elements ${elements}
scripts ${document.scripts.length}
title ${document.title.includes("owned") ? "taken" : "kept"}
ran ${window.owned === undefined ? "nothing" : "something"}
strange ${strange.test(text)}
shown ${text.includes('<img src=x onerror="owned=1">')}
direction ${text.includes("\\u202e")}
links ${out}
</pre>`;
}
setTimeout(look, 200);
END

# found WORD - what look.js says of it.
found() {
	sed -n "s/^$1 //p" "$tmp/looked"
}

evil='</script><script>owned=1;document.title="owned"</script><img src=x onerror="owned=1"><b>\u001b]0;x\u0007\u202e'
echo secret >"$tmp/secret"
for name in one two; do
	outcome=warned
	[ $name = one ] || outcome=panic
	sweep_kernel "$tmp/out/$name" 6.1.$((${#name} + ${#outcome})) $outcome '
		"'"${evil//\"/\\\"}"'" as $evil |
		.kernel.name += $evil | .kernel.release = $evil |
		.kernel.version = "\(.kernel.spec)\($evil)" |
		.reason = $evil | .running = $evil | .stage = $evil | .time = $evil |
		.machine.append = $evil | .machine.qemu = $evil |
		.results[0].scenario += $evil | .results[0].note = $evil |
		.results[1].note = $evil | .results[0].known.ground = $evil |
		.results[0].known.verdict = $evil | .results[0].store = $evil |
		.results[0].files = ["/x/t", "/x/\($evil)"] |
		.results[0].phases[$evil] = 3 | .results[0].verdicts[$evil] = 3 |
		.kernel_log = [{kind: $evil, text: $evil, scenario: $evil}] |
		.files = {console: "console.log", kernel_log: "../../secret",
			  messages: "javascript:owned=1",
			  events: "events.jsonl", evidence: "/etc"}' <<-END
		a@b UNSTABLE STABLE
		c@d LOST STABLE
	END
	printf '%b' "$evil" >"$tmp/out/$name/console.log"
	findings-log "$tmp/out/$name" 3 3 "/${evil:0:40}/t"
	ln -s "$tmp/secret" "$tmp/out/$name/secret"
done
(cd "$tmp/out" && sweep-matrix html . >page.html) || true
with_script "$tmp/out/page.html" "$tmp/look.js" "$tmp/look.html"
browse "$tmp/look.html" --virtual-time-budget=10000 >"$tmp/looked"
is "$(found elements)" 0 "no element is made"
is "$(found scripts)" 4 "and no script"
is "$(found title)" kept "the title is what it was"
is "$(found ran)" nothing "nothing has run"
is "$(found strange)" false "all can be seen"
is "$(found shown)" true "as what it is"
is "$(found direction)" true "also what turns the direction of writing"
unlike "$(found links)" 'secret|javascript|etc' "no link leads elsewhere"
like "$(found links)" '\./one/console.log' "though there are links"
unlike "$(cat "$tmp/out/page.html")" secret$'\n' "no file from elsewhere is in it"
browse "$tmp/out/page.html" >"$tmp/seen"
is "$(cat "$tmp/console")" '' "the page itself says nothing on the console"

# The same, not escaped.
sed 's,<h2 id="list-heading">,<script>owned=1</script>&,' "$tmp/out/page.html" \
	>"$tmp/planted.html"
with_script "$tmp/planted.html" "$tmp/look.js" "$tmp/look.html"
browse "$tmp/look.html" --virtual-time-budget=10000 >"$tmp/looked"
is "$(found ran)" something "a script that is not escaped runs"

# On a terminal, and as JSON.
for width in 40 80 400; do
	for form in table all; do
		COLUMNS=$width sweep-matrix $form "$tmp/out" >"$tmp/text" || true
		is "$(LC_ALL=C tr -d '\n' <"$tmp/text" |
			LC_ALL=C grep -caP '[\x00-\x1f\x7f]|\xe2\x80\xae')" 0 \
			"no control character in $width columns ($form)"
	done
done
sweep-matrix json "$tmp/out" >"$tmp/json" || true
is "$(jq -r '.kernels[0].reason' "$tmp/json")" "$(printf '%b' "$evil")" \
	"JSON has it as it came"
