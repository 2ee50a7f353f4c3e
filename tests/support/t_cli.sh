# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the shell tests of matrices and runs: TAP, a scratch folder in
# $tmp, and questions about a run directory.  Source it.
B=${B:-build}
zb=$B/zonebench
case $zb in /*) ;; *) zb=$PWD/$zb ;; esac
n=0 failed=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/zb-test-XXXXXX") || exit 1
out=$tmp/out
# Sanitizers must not take the signals that the tests look at.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_abort=0
ulimit -c 0

t_ok() # NAME, status of the last command
{
	local rc=$?
	n=$((n + 1))
	if [ $rc -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$out" | head -n 40
		failed=1
	fi
}

t_skip() # NAME REASON
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
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
	echo "1..$n"
	exit $failed
}
