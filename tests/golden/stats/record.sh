#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Records the samples anew on this machine, in some minutes when it is quiet, lets
# R compute what it does of them, and tests the statistics on both.  From the
# project's root: tests/golden/stats/record.sh [RUN], of a run that was recorded.
set -eu
here=tests/golden/stats
[ -f "$here/rows.yaml" ] || { echo "run it from the project's root" >&2; exit 1; }
make -s all build/tests/unit/test_stats_data
run=${1:-}
if [ -z "$run" ]; then
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	run=$dir/run
	build/zonebench run "$here/rows.yaml" --passes time -o "$run" >"$dir/log" || { tail "$dir/log"; exit 1; }
fi
python3 "$here/samples.py" "$run" >"$here/samples.new"
Rscript "$here/golden.R" "$here/samples.new" >"$here/golden.new"
mv "$here/samples.new" "$here/samples.tsv"
mv "$here/golden.new" "$here/golden.tsv"
build/tests/unit/test_stats_data
