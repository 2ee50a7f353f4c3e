# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the shell tests of matrices and runs: what tap.sh gives, and
# questions about a run directory.  Source it.
. tests/support/tap.sh
case $zb in /*) ;; *) zb=$PWD/$zb ;; esac
out=$tmp/out

t_ok() # NAME, status of the last command
{
	result $? "$1"
}

t_skip() # NAME REASON
{
	skip "$@"
}

# Runs zonebench; its whole output is in $out.  True if it exits with CODE.
t_exits() # CODE ARGUMENT...
{
	local want=$1 rc
	shift
	"$zb" "$@" >"$out" 2>&1 </dev/null
	rc=$?
	[ $rc -eq "$want" ] && return
	echo "exit code $rc, wanted $want: $*" >>"$out"
	return 1
}

# True if each FIXED-TEXT is in the output.
t_said()
{
	local text
	for text in "$@"; do
		grep -qF -- "$text" "$out" || { echo "missing: $text" >>"$out"; return 1; }
	done
}

# True if exactly one line is from zonebench's error messages.
t_one_error()
{
	[ "$(grep -c '^zonebench: ' "$out")" -eq 1 ] || { echo "not one error line" >>"$out"; return 1; }
}

# True if DIR holds N whole samples with STATUS, each cell and number once.
t_complete() # DIR N [STATUS]
{
	local file=$1/samples.jsonl lines whole keys right
	lines=$(wc -l <"$file")
	whole=$(grep -c '^{.*}$' "$file")
	keys=$(sed -E 's/.*"sample":([0-9]+),.*"cell":"([0-9a-f]+)".*/\2 \1/' "$file" | sort -u | wc -l)
	right=$(grep -c "\"status\":\"${3:-ok}\"" "$file")
	[ "$lines $whole $keys $right" = "$2 $2 $2 $2" ] && [ -z "$(tail -c 1 "$file" | tr -d '\n')" ] && return
	echo "$file: $lines lines, $whole whole, $keys different, $right ${3:-ok}; wanted $2" >>"$out"
	return 1
}

# Waits until FILE has N lines; false after a minute.
t_wait_lines() # FILE N
{
	local i
	for ((i = 0; i < 3000; i++)); do
		[ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ] && return
		sleep 0.02
	done
	return 1
}

t_done()
{
	finish
}
