#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# make install brings everything under DESTDIR, and what is there works on its own.
. tests/support/tap.sh

if [ "$B" != build ]; then
	echo "installing is tested with the plain build"
	exit 77
fi
dest=$tmp/dest usr=$tmp/dest/usr
# -o: the build that is tested is what is installed.
run make -s -o "$zb" install DESTDIR="$dest" PREFIX=/usr
result $rc "make install"
mapfile -t commands < <("$zb" --help | awk '/^  [a-z]/ { print $1 }')
[ "${#commands[@]}" -gt 5 ]
result $? "there are commands"

pages=$usr/share/man/man1
for page in zonebench "${commands[@]/#/zonebench-}"; do
	run cat "$pages/$page.1"
	[ $rc -eq 0 ] && grep -q '^.SH NAME$' "$tmp/out"
	result $? "$page.1 is installed"
done
missing=
for command in "${commands[@]}"; do
	"$zb" "$command" --help | grep -oE -- ' --[a-z-]+' | sort -u >"$tmp/out"
	while read -r option; do
		grep -qF -- "${option//-/\\-}\\fR" "$pages/zonebench-$command.1" ||
			missing+=" $command $option"
	done <"$tmp/out"
	grep -qF "zonebench\\-${command//-/\\-}\\fR(1)" "$pages/zonebench.1" || missing+=" $command"
done
echo "missing:$missing" >"$tmp/out"
[ -z "$missing" ]
result $? "the pages have each option, the overview each command"
if command -v groff >/dev/null; then
	LC_ALL=C groff -man -ww -z "$pages"/*.1 >"$tmp/out" 2>&1
	[ $? -eq 0 ] && [ ! -s "$tmp/out" ]
	result $? "groff has no warning about the pages"
else
	skip "groff has no warning about the pages" "groff is not installed"
fi
if command -v mandoc >/dev/null; then
	run mandoc -T lint -W error "$pages"/*.1
	result $rc "mandoc finds no error in the pages"
else
	skip "mandoc finds no error in the pages" "mandoc is not installed"
fi

for group in matrices:yaml matrices:gp scenarios:yaml counters:txt traces:zbt; do
	ls "$usr/share/zonebench/${group%:*}/"*."${group#*:}" >"$tmp/out" 2>"$tmp/err"
	result $? "${group%:*}, .${group#*:}, are installed"
done
for file in bash-completion/completions/zonebench zsh/site-functions/_zonebench; do
	[ -s "$usr/share/$file" ]
	result $? "$file is installed"
done
[ -f "$usr/include/core/pga.h" ] && [ -f "$usr/share/doc/zonebench/METHOD.md" ]
result $? "the header for plug-ins and the pages of docs/ are installed"
cd "$tmp" || exit 1
run env -u ZB_MATRICES -u ZB_COUNTERS -u ZB_TRACES "$usr/bin/zonebench" plan --quick
[ $rc -eq 0 ] && grep -q 'matrix quick' "$tmp/out"
result $? "the installed binary finds its matrices"

"$usr/bin/zonebench" docs --man "$tmp/none/man" >"$tmp/out" 2>"$tmp/err"
[ $? -eq 1 ] && grep -q 'No such file' "$tmp/err"
result $? "a folder that cannot be made is an error"
"$usr/bin/zonebench" docs --man "$tmp" options >"$tmp/out" 2>"$tmp/err"
[ $? -eq 2 ]
result $? "--man takes no page"
finish
