# SPDX-License-Identifier: GPL-2.0-or-later
# Rows of job, round, candidate, MB/s to a table; names has the candidates.

function percentile(values, n, p,    i, j, t, at) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && values[j - 1] > values[j]; j--) {
			t = values[j]; values[j] = values[j - 1]; values[j - 1] = t
		}
	at = 1 + (n - 1) * p
	i = int(at)
	return i >= n ? values[n] : values[i] + (at - i) * (values[i + 1] - values[i])
}

function median_of(job, candidate,    values, n, r) {
	for (r = 1; r <= rounds; r++)
		values[++n] = mbs[job, r, candidate]
	return percentile(values, n, 0.5)
}

function ratios(job, a, b,    values, n, r) {
	for (r = 1; r <= rounds; r++)
		values[++n] = mbs[job, r, a] / mbs[job, r, b]
	return sprintf("%.2f (%.2f-%.2f)", percentile(values, n, 0.5),
		       percentile(values, n, 0.1), percentile(values, n, 0.9))
}

BEGIN {
	count = split(names, candidates, " ")
}

!($1 in seen) {
	order[++njobs] = $1
	seen[$1]
}

{
	mbs[$1, $2, $3] = $4
	if ($2 > rounds)
		rounds = $2
}

END {
	if (!njobs)
		exit 1
	printf "%-20s %8s", "job", candidates[1] " MB/s"
	for (c = 2; c <= count; c++)
		printf "  %-17s", candidates[c]
	printf "\n"
	for (j = 1; j <= njobs; j++) {
		job = order[j]
		printf "%-20s %8.1f", job, median_of(job, candidates[1])
		for (c = 2; c <= count; c++)
			printf "  %-17s", ratios(job, candidates[c], candidates[1])
		printf "\n"
	}
}
