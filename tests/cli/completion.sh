#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Completion in bash and zsh offers commands, options, words, files and folders.
. tests/support/tap.sh
case $zb in /*) ;; *) zb=$PWD/$zb ;; esac
mkdir -p "$tmp/work/folder" "$tmp/fpath" && touch "$tmp/work/file.yaml"
"$zb" docs bash >"$tmp/bash" && "$zb" docs zsh >"$tmp/fpath/_zonebench"
result $? "zonebench docs bash, zonebench docs zsh"
cd "$tmp/work" || exit 1
# shellcheck disable=SC1091
. "$tmp/bash"

# What bash offers for the last WORD.
offers() # WORD...
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_zonebench
	echo "${COMPREPLY[*]-}" >"$tmp/out"
}

bash_offers() # WANTED WORD...
{
	local wanted=$1
	shift
	offers "$@"
	[ "$(cat "$tmp/out")" = "$wanted" ]
	result $? "bash: ${*:1:$#-1} ${!#}<tab> offers '$wanted'"
}

bash_offers compare zonebench comp
bash_offers --version zonebench --v
bash_offers --quick zonebench run --qu
bash_offers "--json --help" zonebench env --
bash_offers "check" zonebench env ''
bash_offers record zonebench trace re
bash_offers folder zonebench run --output fo
bash_offers folder zonebench run --output = fo
bash_offers folder zonebench run --output =
bash_offers "" zonebench run --output fi
bash_offers file.yaml zonebench run fi
bash_offers "" zonebench run --seed f
bash_offers "" zonebench nonsense f
for command in $("$zb" --help | awk '/^  [a-z]/ { print $1 }'); do
	offers zonebench "$command" --
	diff <("$zb" "$command" --help | grep -oE -- ' --[a-z-]+' | tr -d ' ' | sort -u) \
		<(tr ' ' '\n' <"$tmp/out" | sort -u) >"$tmp/err"
	result $? "bash: the options of $command"
done

if ! command -v zsh >/dev/null; then
	skip "zsh" "zsh is not installed"
	finish
fi
# Types into an interactive zsh and waits until it shows PATTERN, a minute at most.
cat >"$tmp/type.zsh" <<'EOF'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($1/fpath \$fpath); autoload -Uz compinit; compinit -u -D; cd $1/work; print rea''dy"
zpty -r shell out '*ready*' || exit 1
zpty -w -n shell "$2"$'\t'
zpty -r shell out "*$3*"
EOF
zsh_completes() # TYPED WANTED
{
	TERM=dumb timeout 60 zsh -f "$tmp/type.zsh" "$tmp" "$1" "$2" >"$tmp/out" 2>"$tmp/err"
	result $? "zsh: $1<tab> is completed to '$2'"
}

run zsh -n "$tmp/fpath/_zonebench"
[ $rc -eq 0 ] && [ ! -s "$tmp/err" ]
result $? "zsh reads the file"
zsh_completes "zonebench comp" "compare "
zsh_completes "zonebench run --qu" "--quick "
zsh_completes "zonebench run --outp" "--output="
zsh_completes "zonebench run --output=fo" "folder/"
zsh_completes "zonebench run fi" "file.yaml "
zsh_completes "zonebench env c" "check "
zsh_completes "zonebench trace conv" "convert "
zsh_completes "zonebench list variants --plugin fi" "file.yaml "
finish
