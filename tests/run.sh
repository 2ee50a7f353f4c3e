#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs test programs, reads the TAP that they print, and closes with one line
# "N passed, N failed, N skipped".  Usage: run.sh PROGRAM...
# Environment: B build folder, VECTORS folder or empty, T a substring to filter
# programs by, TEST_TIMEOUT seconds per program.
set -u
cd "$(dirname "$0")/.." || exit 1
export B=${B:-build} VECTORS=${VECTORS:-}
limit=${TEST_TIMEOUT:-600}
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

run_one()
{
	local prog=$1 name=${1#"$B"/} rc p f s start=$SECONDS
	case $prog in
	*.sh) timeout -k 10 "$limit" bash "$prog" >"$log" 2>&1 ;;
	*/tests/thread/*) timeout -k 10 "$limit" "$prog" >"$log" 2>&1 ;;
	*) timeout -k 10 "$limit" "$prog" --tap=- --quiet --jobs 2 >"$log" 2>&1 ;;
	esac
	rc=$?
	s=$(grep -ciE '^ok .*# *skip' "$log")
	p=$(($(grep -c '^ok ' "$log") - s))
	f=$(grep -c '^not ok ' "$log")
	if [ $rc -eq 77 ] && [ $((p + f + s)) -eq 0 ]; then
		s=1
	elif [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
		[ $rc -eq 124 ] && echo "not ok - $name took more than $limit s" >>"$log"
	elif [ $((p + f + s)) -eq 0 ]; then
		f=1
		echo "not ok - $name reported no result" >>"$log"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '  TEST    %-44s %4d passed %3d failed %3d skipped %4d s\n' \
		"$name" "$p" "$f" "$s" $((SECONDS - start))
	grep -iE '^ok .*# *skip' "$log" | sed -E 's/^ok [0-9]* *-? */          skip: /'
	[ $rc -eq 77 ] && [ "$p$f" = 00 ] && sed 's/^/          /' "$log"
	[ "$f" -eq 0 ] || sed 's/^/          | /' "$log" | tail -n 60
}

for prog in "$@"; do
	[[ -z ${T:-} || $prog == *"$T"* ]] || continue
	run_one "$prog"
done
[ -n "$VECTORS" ] || echo "vectors: not given"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
