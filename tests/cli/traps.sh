#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every test that tests/TRAPS.md names exists, in a file that the suite runs.
. tests/support/tap.sh

# Is test NAME in FILE?  A unit test is Test(suite, name); the words of a shell
# test stand between quotes behind what reports a result.
named() # FILE NAME
{
	case $1 in
	tests/unit/*.c) grep -qF -e "Test(${2/\//, })" -e "Test(${2/\//, }," "$1" ;;
	tests/cli/*.sh) grep -E '^[[:space:]]*(t_ok|check|result [^ ]+) "' "$1" | grep -F "\"$2\"" >/dev/null ;;
	*) false ;;
	esac
}

named tests/unit/test_stats.c stats/median_of_odd_and_even &&
	! named tests/unit/test_stats.c stats/median_of_odd &&
	! named tests/unit/test_compare.c stats/median_of_odd_and_even &&
	! named tests/cli/faults.sh "a crash names" &&
	! named tests/cli/absent.sh "a crash names its signal" 2>"$tmp/err"
result $? "a test that is not there is noticed"

rows=0
while IFS='|' read -r _ trap file name _; do
	read -r trap <<<"$trap"
	read -r file <<<"$file"
	read -r name <<<"$name"
	rows=$((rows + 1))
	named "$file" "$name" 2>"$tmp/err"
	result $? "$trap: $file, $name"
done < <(sed '1,/^|---/d' tests/TRAPS.md)
[ "$rows" -ge 20 ]
result $? "the table has its rows ($rows)"
finish
