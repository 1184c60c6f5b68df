# SPDX-License-Identifier: GPL-2.0-or-later
# Rows of job, kind, round, candidate, MB/s to the first table.

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
	return sprintf("%5.2f (%4.2f-%4.2f)", percentile(values, n, 0.5),
		       percentile(values, n, 0.1), percentile(values, n, 0.9))
}

{
	if (!($1 in kind))
		order[++njobs] = $1
	kind[$1] = $2
	mbs[$1, $3, $4] = $5
	if ($3 > rounds)
		rounds = $3
}

END {
	if (!njobs)
		exit 1
	printf "%-20s %10s %10s %10s  %-18s %-18s %s\n", "job", "native",
	       "live=off", "pinfs", "pinfs/live=off", "pinfs/native", "n"
	printf "%-20s %10s %10s %10s  %-18s %-18s\n", "", "MB/s", "MB/s", "MB/s",
	       "median (p10-p90)", "median (p10-p90)"
	for (j = 1; j <= njobs; j++) {
		job = order[j]
		printf "%-20s %10.0f %10.0f %10.0f  %-18s %-18s %d\n", job,
		       median_of(job, "native"), median_of(job, "off"),
		       median_of(job, "pinfs"), ratios(job, "pinfs", "off"),
		       ratios(job, "pinfs", "native"), rounds
	}
}
