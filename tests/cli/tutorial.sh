#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command of docs/TUTORIAL.md works as written, in a copy of the tree, and
# the figure has its curve and its band.
# Environment: ZB_README=whole takes as many samples as the page does; otherwise
# ./run.sh takes one workload, and the sweep four samples.
. tests/support/tap.sh

if [ "$B" != build ]; then
	echo "the tutorial's commands use the plain build"
	exit 77
fi
tree=$tmp/tree
mkdir "$tree" && cp -a Makefile run.sh README.md LICENSE core numa workloads harness tests docs "$tree/" &&
	mkdir "$tree/results" && cp -a results/*.[ch] "$tree/results/" && cp -a "$B" "$tree/build"
cd "$tree" || exit 1

while IFS= read -r line; do
	command=$line
	if [ "${ZB_README:-}" != whole ]; then
		case $command in
		./run.sh*) command+=' --filter workload=repeat --samples 2' ;;
		*'run harness/matrices/batch.yaml'*) command+=' --samples 4' ;;
		esac
	fi
	run bash -c "$command"
	[ $rc -eq 0 ]
	result $? "$command"
done < <(awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on && NF' docs/TUTORIAL.md)
[ "$tap_n" -gt 9 ]
result $? "the page has commands"
run cat results/batch.svg
[ $rc -eq 0 ] && grep -q '95 % interval' "$tmp/out" && grep -q 'ratio of medians' "$tmp/out" &&
	[ "$(grep -c "xlink:href='#gpPt6'" "$tmp/out")" -ge 6 ]
result $? "the figure has a band, and a point for each batch"
[ "$(grep -c 'p99 of' results/runs/batch/report/figures/sweep.gp)" -ge 2 ] && [ -s results/runs/batch/report/figures/sweep.pdf ] &&
	grep -q 'median, if it splits' results/runs/batch/report/report.html
result $? "the report has throughput and tail latency by batch, as a page and as files"
for file in share/man/man1/zonebench-watch.1 share/zonebench/matrices/batch.yaml \
	share/bash-completion/completions/zonebench share/zsh/site-functions/_zonebench; do
	[ -s "build/installed/$file" ]
	result $? "installed: $file"
done
finish
