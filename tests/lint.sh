#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Style and static analysis; each check is one result of the closing line.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0
mapfile -t c_files < <(find core numa workloads harness results tests -name '*.c' | sort)
mapfile -t h_files < <(find core numa workloads harness results tests -name '*.h' | sort)

tool() # NAME: versioned Debian name first
{
	command -v "$1-14" || command -v "$1"
}

check()
{
	local name=$1 rc=0
	shift
	"$@" >"$log" 2>&1 || rc=$?
	case $rc in
	0) passed=$((passed + 1)) && echo "  LINT    $name" ;;
	77) skipped=$((skipped + 1)) && echo "  LINT    $name skipped: $(head -n 1 "$log")" ;;
	*)
		failed=$((failed + 1))
		echo "  LINT    $name FAILED"
		grep -v 'warnings* generated\.$' "$log" | head -n 60 | sed 's/^/          /'
		;;
	esac
}

check_format()
{
	local t
	t=$(tool clang-format) || { echo "clang-format-14 is not installed"; return 77; }
	"$t" --dry-run --Werror "${c_files[@]}" "${h_files[@]}"
}

check_tidy()
{
	local t
	t=$(tool clang-tidy) || { echo "clang-tidy-14 is not installed"; return 77; }
	printf '%s\n' "${c_files[@]}" | grep -v '^tests/' |
		xargs -P "$(nproc)" -n 4 sh -c 't=$1; shift; "$t" --quiet "$@" -- -std=gnu11 -I. -D_GNU_SOURCE \
			-isystem /usr/include/tracefs -isystem /usr/include/traceevent' \
			sh "$t"
}

check_cppcheck()
{
	command -v cppcheck >/dev/null || { echo "cppcheck is not installed"; return 77; }
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -D_GNU_SOURCE -I. \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		-j "$(nproc)" core numa workloads harness results
}

check_compiler()
{
	local t
	t=$(tool "$1") || { echo "$1 is not installed"; return 77; }
	make -s -j"$(nproc)" CC="$t" B="$B/lint-$1" all tests-built
}

# Each header compiles alone.
check_headers()
{
	local h rc=0
	for h in "${h_files[@]}"; do
		echo "#include \"$h\"" | gcc -std=gnu11 -I. -D_GNU_SOURCE -Wall -Wextra -Werror \
			-fsyntax-only -x c - || rc=1
	done
	return $rc
}

check_spdx()
{
	local f rc=0
	while read -r f; do
		head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || { echo "$f"; rc=1; }
	done < <(find core numa workloads harness results tests .ci Makefile run.sh \
		\( -name '*.[ch]' -o -name '*.sh' -o -name Makefile -o -name run \) -type f)
	return $rc
}

# core/ and results/ know no other room; numa/ neither; workloads/ knows core/.
check_rooms()
{
	local rc=0
	grep -nE '#include "(numa|workloads|harness|results|tests)/' core/*.[ch] && rc=1
	grep -nE '#include "(core|workloads|harness|results|tests)/' numa/*.[ch] && rc=1
	grep -nE '#include "(core|numa|workloads|harness|tests)/' results/*.[ch] && rc=1
	grep -nE '#include "(numa|harness|results|tests)/' workloads/*.[ch] && rc=1
	grep -rnE '#include "tests/' harness && rc=1
	return $rc
}

check_length()
{
	local rc=0 n f
	while read -r n f; do
		[ "$f" = total ] || [ "$n" -le 900 ] || { echo "$f has $n lines"; rc=1; }
	done < <(wc -l "${c_files[@]}" "${h_files[@]}")
	return $rc
}

check "clang-format" check_format
check "SPDX line in each file" check_spdx
check "rooms know only whom they may" check_rooms
check "no file over 900 lines" check_length
check "each header compiles alone" check_headers
check "clang 14 builds without a warning" check_compiler clang
check "cppcheck" check_cppcheck
check "clang-tidy" check_tidy
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
