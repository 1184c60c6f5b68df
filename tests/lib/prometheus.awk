# SPDX-License-Identifier: GPL-2.0-or-later
# Reads Prometheus' text exposition format 0.0.4, more strictly than it has to be:
# prints what is wrong, a line each, and at the end how many samples there were,
# if nothing was. Each family has HELP, TYPE and its samples, in this order and
# in one place; a counter ends in _total and a gauge does not; a series comes once.
function wrong(what) {
	print FNR ": " what ": " $0
	faults++
}
BEGIN {
	name = "[a-zA-Z_][a-zA-Z0-9_]*"
	label = name "=\"([^\"\\\\]|\\\\[\\\\\"n])*\""
	number = "-?[0-9]+(\\.[0-9]+)?"
}
/^# HELP / {
	if ($0 !~ "^# HELP " name " .*[^ ]$")
		wrong("no HELP")
	if ($3 in helped)
		wrong("a second HELP")
	helped[$3] = 1
	family = $3
	type = ""
	next
}
/^# TYPE / {
	if ($0 !~ "^# TYPE " name " (counter|gauge)$")
		wrong("no TYPE")
	if ($3 != family || type != "")
		wrong("TYPE is not right behind its HELP")
	type = $4
	if ((type == "counter") != ($3 ~ /_total$/))
		wrong("a name that does not say what it is")
	next
}
{
	if ($0 !~ "^" name "\\{" label "(," label ")*\\} " number "$") {
		wrong("no sample")
		next
	}
	sample = series = $0
	sub(/\{.*/, "", sample)
	sub(/ [^ ]*$/, "", series)
	if (sample != family || type == "")
		wrong("not behind its TYPE")
	if (series in seen)
		wrong("a second time")
	if (type == "counter" && $0 ~ / -[^ ]*$/)
		wrong("a counter below zero")
	seen[series] = 1
	samples++
}
END {
	if (!faults)
		print samples + 0
}
