#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the commands of docs/ADDING-AN-ALLOCATOR.md, block after block, in a
# scratch folder that looks like the source tree.
set -u
B=${B:-build}
root=$PWD
doc=$root/docs/ADDING-AN-ALLOCATOR.md
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
ln -s "$root/core" "$root/harness" "$scratch/"
ln -s "$(realpath "$B")" "$scratch/build"
cd "$scratch" || exit 1

n=0 failed=0
result() # RC NAME
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' log
		failed=1
	fi
}

# make has built the tests already: this script is one of them
blocks=$(awk '/^```sh$/ { on = 1; nr++; next } /^```$/ { on = 0 }
	on && !/^make / { print > ("block" nr) } END { print nr }' "$doc")
for i in $(seq 1 "$blocks"); do
	bash -euo pipefail "block$i" >log 2>&1
	result $? "block $i: $(head -n 1 "block$i" | cut -c 1-60)"
done
ok=$(grep -c '"status":"ok"' results/runs/mine/samples.jsonl 2>>log)
[ "$ok" = 48 ]
result $? "3 variants x 2 workloads x 8 samples: $ok of 48 are ok"
echo "1..$n"
exit $failed
