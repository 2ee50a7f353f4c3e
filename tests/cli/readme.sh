#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command of README.md and docs/GENERATIONS.md works as written, in a copy
# of the tree.
# Environment: ZB_README=whole runs the matrices themselves (many minutes) where the
# pages do; otherwise ./run.sh measures the quick one, the generations' is cut
# down to one workload, and that and the slow path's to one sample.
. tests/support/tap.sh

if [ "$B" != build ]; then
	echo "the README's commands use the plain build"
	exit 77
fi
tree=$tmp/tree
mkdir "$tree" && cp -a Makefile run.sh README.md core numa workloads harness tests docs "$tree/" &&
	mkdir "$tree/results" && cp -a results/*.[ch] "$tree/results/" && cp -a "$B" "$tree/build"
cd "$tree" || exit 1

while IFS= read -r line; do
	command=${line%%  #*}
	case $command in
	'./run.sh test'*)
		skip "$command" "it is what runs this test"
		continue
		;;
	./run.sh) [ "${ZB_README:-}" = whole ] || command='./run.sh --quick' ;;
	*harness/matrices/generations.yaml*)
		[ "${ZB_README:-}" = whole ] || command+=' --filter workload=repeat --samples 1'
		;;
	*harness/matrices/slowpath.yaml*)
		[ "${ZB_README:-}" = whole ] || command+=' --samples 1'
		;;
	esac
	run bash -c "$command"
	[ $rc -eq 0 ]
	result $? "$command"
done < <(awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on && NF' README.md docs/GENERATIONS.md)
[ "$tap_n" -gt 7 ]
result $? "the pages have commands"
finish
