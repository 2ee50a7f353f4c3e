#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command of README.md, docs/GENERATIONS.md and docs/NUMA.md works as written, in a copy
# of the tree.
# Environment: ZB_README=whole runs the default matrix itself (minutes); otherwise
# ./run.sh measures the quick one.  The other matrices are cut down to one sample,
# the generations' to one workload too, so that a test ends within its bound.
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
		command+=' --filter workload=repeat --samples 1'
		;;
	*harness/matrices/slowpath.yaml*)
		command+=' --samples 1'
		;;
	esac
	run bash -c "$command"
	[ $rc -eq 0 ]
	result $? "$command"
done < <(awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on && NF' README.md docs/GENERATIONS.md docs/NUMA.md)
[ "$tap_n" -gt 7 ]
result $? "the pages have commands"
finish
