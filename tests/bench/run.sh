#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Figures and bars, then instructions per pair counted from outside the
# process.  Speed is never asserted: the exit code is 0 unless measuring fails.
# Environment: B build folder, ZB_BENCH_REPS repetitions, ZB_BENCH_MIB frames,
# ZB_BENCH_ONLY part of the names of the workloads to measure.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
pairs=$B/tests/bench/pairs
short=400000 long=2400000 # pairs of the two run lengths
export LC_ALL=C

# Instructions of the whole process in user mode; empty when not counted.
instructions_perf() # OPS VARIANT
{
	perf stat -x, -e instructions:u -- "$pairs" "$2" repeat 0 "$1" 2>&1 >/dev/null |
		awk -F, '$3 ~ /^instructions/ && $1 ~ /^[0-9]+$/ { print $1 }'
}

instructions_callgrind() # OPS VARIANT
{
	ZB_BENCH_MIB=64 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$pairs" "$2" repeat 0 "$1" 2>&1 >/dev/null |
		awk '/Collected/ { print $NF }'
}

# Two lengths of the same run: what does not depend on the length cancels out.
per_pair() # COUNTER SHORT LONG VARIANT
{
	local a b
	a=$("$1" "$2" "$4") b=$("$1" "$3" "$4")
	[ -n "$a" ] && [ -n "$b" ] && awk -v a="$a" -v b="$b" -v n=$(($3 - $2)) \
		'BEGIN { printf "%.2f", (b - a) / n }'
}

"$pairs" | tee "$B/bench.txt"
[ "${PIPESTATUS[0]}" -eq 0 ] || exit 1

echo
echo "instructions per pair of linux-3.10, repeat order 0, from outside the process"
counted=$(awk '$1 == "linux-3.10" && $2 == "repeat" && $3 == 0 && $4 == 1 { print $(NF - 2) }' "$B/bench.txt")
if ! command -v perf >/dev/null; then
	echo "  perf stat: skipped: perf is not installed (linux-perf)"
elif outside=$(per_pair instructions_perf $short $long linux-3.10); then
	echo "  perf stat, $short against $long pairs: $outside; counters pass: $counted"
	awk -v a="$outside" -v b="$counted" 'BEGIN {
		if (b + 0 == 0) { print "  not compared: the counters pass has no value"; exit }
		d = 100 * (b - a) / a
		printf "  difference %.2f %%, bar 2 %%: %s\n", d, d < 2 && d > -2 ? "met" : "not met" }'
else
	echo "  perf stat: skipped: $(perf stat -e instructions:u true 2>&1 |
		grep -m1 -oE 'not supported|not counted|Permission denied|No permission|Operation not permitted' ||
		echo 'no count')"
fi
if ! command -v valgrind >/dev/null; then
	echo "  callgrind: skipped: valgrind is not installed"
elif simulated=$(per_pair instructions_callgrind 40000 120000 linux-3.10); then
	echo "  callgrind, which executes every instruction in software: $simulated;" \
		"null variant: $(per_pair instructions_callgrind 40000 120000 null)"
else
	echo "  callgrind: skipped: no count"
fi
echo
"$B/tests/bench/trace" || exit 1
exit 0
