#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs each fuzzer for a bounded time; a finding fails, and its input is named.
# Environment: B build folder of the fuzzers, ZB a zonebench, FUZZ_SECONDS for each.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-60}
passed=0 failed=0
for fuzzer in "$B"/tests/fuzz/fuzz_*; do
	[ -x "$fuzzer" ] || continue
	name=${fuzzer##*/}
	corpus=$B/corpus/$name
	mkdir -p "$corpus"
	for seed in tests/fuzz/seeds/*.txt; do
		[ "$name" = fuzz_scenario ] && break
		case $name in
		fuzz_trace) "$ZB" trace convert "$seed" -o "$corpus/$(basename "$seed" .txt).zbt" >/dev/null ;;
		*) cp "$seed" "$corpus/" ;;
		esac
	done
	[ "$name" = fuzz_scenario ] && cp harness/scenarios/*.yaml "$corpus/"
	echo "== $name, $seconds s"
	if nice "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$B/finding-$name-" "$corpus" >"$B/$name.log" 2>&1; then
		passed=$((passed + 1))
		grep -E 'number_of_executed_units|peak_rss_mb|cov:' "$B/$name.log" | tail -n 3
	else
		failed=$((failed + 1))
		tail -n 40 "$B/$name.log"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
