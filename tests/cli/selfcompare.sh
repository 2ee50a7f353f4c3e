#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Verdicts on real samples: a variant against itself under another name, in turns
# within one run, is not told apart; against the same without per-CPU lists it is,
# with an interval.
. tests/support/tap.sh

cat >"$tmp/aa.yaml" <<'YAML'
name: aa
variants:  [linux-3.10, "linux-3.10,pcp.enable=yes", linux-3.10-nopcp]
threads:   [1]
memory:    {per-node: 64MiB, backing: bound}
workloads:
  - {name: repeat, order: 0}
samples:   {min: 16, max: 16}
max-ops:   200000
baseline:  linux-3.10
YAML

# At this alpha a false alarm is to be expected once in a thousand runs; then it is
# measured again, once, and reported.  The sixteen rounds could give p = 0.00003.
alarm() # DIRECTORY
{
	run "$zb" run "$tmp/aa.yaml" --passes time -o "$1"
	[ $rc -eq 0 ] || return 1
	run "$zb" compare "$1" --filter variant=linux-3.10 --filter variant=linux-3.10,pcp.enable=yes \
		--alpha 0.001 --format csv
	python3 - "$tmp/out" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
judged = [r for r in rows if r["ratio"]]
assert len(judged) == 1, rows
for r in judged:
    print("# A against A: ratio %s [%s %s], p %s: %s" % tuple(
        r[k] for k in ("ratio", "ratio_low", "ratio_high", "p_holm", "verdict")))
sys.exit(any(r["verdict"] in ("faster", "slower") for r in judged))
PY
}
if alarm "$tmp/a"; then
	result 0 "the same policy under another name is not told apart"
else
	echo "# a false alarm; measured once more"
	alarm "$tmp/b"
	result $? "the same policy under another name is not told apart, the second time"
fi

run "$zb" compare "$tmp/a" --row workload,order --col variant
grep -qE 'x[0-9.]+ \[[0-9.]+ [0-9.]+\] +(faster|slower)' "$tmp/out"
result $? "linux-3.10-nopcp on repeat: faster or slower, with its interval"
finish
