#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The one command for a newcomer.
#   ./run.sh [OPTION...]    install what is missing, build, run the default
#                           matrix, compare, write the report; options go to
#                           `zonebench run`
#   ./run.sh test [--all]   install what is missing, build, run the suite;
#                           --all adds sanitizers, lint, and virtual machines
#                           with several nodes
set -eu
cd "$(dirname "$0")"

# command or file that must be there : Debian package that brings it
needs_build="gcc:gcc make:make pkg-config:pkg-config
/usr/include/hwloc.h:libhwloc-dev /usr/include/numa.h:libnuma-dev
/usr/include/papi.h:libpapi-dev /usr/include/jansson.h:libjansson-dev
/usr/include/gsl/gsl_version.h:libgsl-dev /usr/include/cyaml/cyaml.h:libcyaml-dev
/usr/include/yaml.h:libyaml-dev /usr/include/tracefs/tracefs.h:libtracefs-dev
/usr/include/traceevent/event-parse.h:libtraceevent-dev gnuplot:gnuplot-nox"
needs_test="/usr/include/criterion/criterion.h:libcriterion-dev python3:python3
hwloc-info:hwloc-nox setpriv:util-linux groff:groff-base zsh:zsh
chromium:chromium"
needs_all="clang-14:clang-14 clang-format-14:clang-format-14 clang-tidy-14:clang-tidy-14
cppcheck:cppcheck git:git qemu-system-x86_64:qemu-system-x86 cpio:cpio
busybox:busybox-static lz4:lz4 strip:binutils"

missing_packages()
{
	local need what
	for need in "$@"; do
		what=${need%%:*}
		case $what in
		/*) [ -e "$what" ] || echo "${need#*:}" ;;
		*) command -v "$what" >/dev/null 2>&1 || echo "${need#*:}" ;;
		esac
	done
	[ -e /usr/include/stdio.h ] || echo libc6-dev
}

install_missing()
{
	local packages apt as_root=
	packages=$(missing_packages "$@" | sort -u | tr '\n' ' ')
	[ -n "$packages" ] || return 0
	apt="apt-get install -y --no-install-recommends $packages"
	if [ "$(id -u)" -ne 0 ]; then
		as_root=sudo
		if ! sudo -n true 2>/dev/null && ! { [ -t 0 ] && command -v sudo >/dev/null 2>&1; }; then
			echo "zonebench: packages are missing, and installing them needs root. Run:" >&2
			echo "  sudo apt-get update && sudo $apt" >&2
			exit 1
		fi
	fi
	echo "Installing: $packages"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list of words
	if ! { $as_root apt-get update -q && $as_root $apt; } >build-apt.log 2>&1; then
		tail -n 5 build-apt.log >&2
		echo "zonebench: installing failed; the whole log is in build-apt.log. By hand:" >&2
		echo "  apt-get update && $apt" >&2
		exit 1
	fi
	rm -f build-apt.log
}

jobs=$(nproc)
total_passed=0 total_failed=0 total_skipped=0 parts=

# Runs one part of the suite and adds its closing line to the totals.
part()
{
	local name=$1 log rc=0 line
	shift
	log=$(mktemp)
	echo "== $name"
	"$@" 2>&1 | tee "$log" || rc=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
	rm -f "$log"
	if [ -n "$line" ]; then
		# shellcheck disable=SC2086 # split into words on purpose
		set -- $line
		total_passed=$((total_passed + $1)) total_failed=$((total_failed + $3))
		total_skipped=$((total_skipped + $5))
		[ "$rc" -eq 0 ] || [ "$3" -ne 0 ] || total_failed=$((total_failed + 1))
	else
		total_failed=$((total_failed + 1))
		line="did not finish"
	fi
	parts="$parts  $name: $line"$'\n'
}

run_tests()
{
	set -o pipefail
	# shellcheck disable=SC2086
	if [ "${1:-}" = --all ]; then
		install_missing $needs_build $needs_test $needs_all
	else
		install_missing $needs_build $needs_test
	fi
	[ "${1:-}" != --all ] || export ZB_README=whole TEST_TIMEOUT=${TEST_TIMEOUT:-1500}
	part test make -s -j"$jobs" test
	if [ "${1:-}" = --all ]; then
		part check-asan make -s -j"$jobs" check-asan
		part check-tsan make -s -j"$jobs" check-tsan
		part test-vm make -s -j"$jobs" test-vm
		part lint make -s lint
		printf '%s' "$parts"
		echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
	fi
	[ "$total_failed" -eq 0 ]
}

# The folder that the options name, else the run of this start.
run_dir() # STAMP OPTION...
{
	local stamp=$1 before='' dir='' arg
	shift
	for arg in "$@"; do
		case $before in -o | --output) dir=$arg ;; esac
		case $arg in
		--output=*) dir=${arg#*=} ;;
		-o?*) dir=${arg#-o} ;;
		esac
		before=$arg
	done
	[ -n "$dir" ] || dir=$(find results/runs -mindepth 2 -maxdepth 2 -name manifest.json -newer "$stamp" -printf '%h\n' | tail -n 1)
	[ ! -s "$dir/samples.jsonl" ] || [ ! "$dir/manifest.json" -nt "$stamp" ] || echo "$dir"
}

# A run that was stopped, or whose options were refused, leaves no report.
run_and_report()
{
	local stamp dir rc=0
	stamp=$(mktemp)
	touch -d '-1 second' "$stamp"
	build/zonebench run "$@" || rc=$?
	dir=$(run_dir "$stamp" "$@")
	rm -f "$stamp"
	[ "$rc" -gt 1 ] || [ -z "$dir" ] || build/zonebench report "$dir" || rc=$?
	exit "$rc"
}

case ${1:-} in
test)
	shift
	case "$*" in
	'' | --all) run_tests "$@" ;;
	*)
		echo "usage: ./run.sh test [--all]" >&2
		exit 2
		;;
	esac
	;;
*)
	# shellcheck disable=SC2086
	install_missing $needs_build
	make -s -j"$jobs"
	run_and_report "$@"
	;;
esac
