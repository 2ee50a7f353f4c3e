#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The generated pages are up to date, and every command speaks of itself.
. tests/support/tap.sh

for page in options results; do
	run "$zb" docs $page
	[ $rc -eq 0 ] && diff -u "docs/${page^^}.md" "$tmp/out" >"$tmp/err"
	result $? "docs/${page^^}.md is what zonebench docs $page prints"
done
# Every number that has a better direction says what it is and when it lies.
awk -F'`' '/^\| `[^`]+` \|.*\| `[<>]` \|/ { print $2 }' docs/RESULTS.md | sort -u >"$tmp/names"
: >"$tmp/err"
while IFS= read -r name; do
	grep -qF "\`$name\`" docs/MEASURES.md || grep -qE "^(##|\*) .*${name%%[(.#@]*}" docs/METRICS.md || echo "$name" >>"$tmp/err"
done <"$tmp/names"
[ "$(wc -l <"$tmp/names")" -gt 80 ] && [ ! -s "$tmp/err" ]
result $? "each measure is explained in docs/MEASURES.md or docs/METRICS.md"
for command in $("$zb" --help | awk '/^  [a-z]/ { print $1 }'); do
	run "$zb" "$command" --help
	[ $rc -eq 0 ] && grep -q "zonebench $command" "$tmp/out"
	result $? "zonebench $command --help"
done
run "$zb" comprae
[ $rc -eq 2 ] && grep -q "did you mean 'compare'" "$tmp/err"
result $? "an unknown command is refused with the nearest name"
run "$zb" run --qiuck
[ $rc -eq 2 ] && grep -q "did you mean --quick" "$tmp/err"
result $? "an unknown option is refused with the nearest name"
finish
