#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zonebench compare and env: formats, refusals, exit codes, damaged and full disks.
set -u
B=${B:-build}
zb=$B/zonebench
mkrun=$B/tests/tool/mkrun
export ZB_SEED=${ZB_SEED:-1}
n=0 failed=0
dir=$(mktemp -d) || exit 1
out=$dir/out
trap 'rm -rf "$dir"' EXIT
echo "# ZB_SEED=$ZB_SEED"

check() # NAME COMMAND...
{
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$out"
		failed=1
	fi
}

# CODE ARGUMENT...
exits()
{
	local want=$1
	shift
	"$zb" "$@" >"$out" 2>&1
	[ $? -eq "$want" ]
}

# CODE TEXT ARGUMENT...: that code, and that text on the one line of output
refuses()
{
	local want=$1 text=$2
	shift 2
	exits "$want" "$@" && [ "$(wc -l <"$out")" -eq 1 ] && grep -qF -- "$text" "$out"
}

says() # CODE TEXT ARGUMENT...
{
	local want=$1 text=$2
	shift 2
	exits "$want" "$@" && grep -qF -- "$text" "$out"
}

"$mkrun" "$dir/one" linux-2.4:repeat:0:1:100:-0.01:8 linux-3.10:repeat:0:1:30:-0.01:8 \
	linux-2.4:bulk:9:1:900:-0.01:8 linux-3.10:bulk:9:1:950:-0.01:8
"$mkrun" "$dir/same" linux-2.4:repeat:0:1:100:-0.01:8 linux-3.10:repeat:0:1:30:-0.01:8
"$mkrun" "$dir/slow" linux-2.4:repeat:0:1:104:-0.01:8 linux-3.10:repeat:0:1:30:-0.01:8
"$mkrun" "$dir/noise" linux-2.4:repeat:0:1:101:-0.3:4 linux-3.10:repeat:0:1:30:-0.3:4
"$mkrun" "$dir/crash" linux-2.4:repeat:0:1:100:-0.01:8:crashed linux-3.10:repeat:0:1:30:-0.01:8
"$mkrun" "$dir/sim" linux-2.4:repeat:0:1:100:-0.01:8::s
"$mkrun" "$dir/axes" linux-2.4:repeat:0:1:100:-0.01:8 linux-3.10:repeat:0:1:30:-0.01:8 \
	linux-2.4:repeat:0:2:100:-0.01:8 linux-3.10:repeat:0:2:120:-0.01:8 \
	linux-2.4:bulk:9:1:0:0:2:unsupported linux-3.10:bulk:9:1:950:-0.01:8
"$mkrun" "$dir/sims" linux-2.4:repeat:0:1:100:-0.01:8::s linux-3.10:repeat:0:1:50:-0.01:8::s \
	linux-2.4:bulk:9:1:100:-0.01:8::s linux-3.10:bulk:9:1:50:-0.01:8::s
"$mkrun" "$dir/mixed" linux-2.4:repeat:0:1:100:-0.01:8::s linux-3.10:repeat:0:1:100:-0.01:8
"$mkrun" "$dir/other" linux-2.4:repeat:0:1:100:-0.01:8
sed -i 's/Test CPU/Other CPU/' "$dir/other/manifest.json"

check "a run says who is faster" says 0 "[0.300 0.300] faster" compare "$dir/one"
check "lkml: ns_op, then the counters that moved by their names in vmstat" says 0 \
	"allocstall          900          900 (+0.0%)" compare "$dir/one" --format lkml --metric ns_op,vmstat
check "lkml: in 72 columns" awk 'length > 72 || /compact_stall/ { bad = 1 } END { exit bad }' "$out"
check "geometric means by axis, of the rows that count" says 0 "all                 2 of 3   x0.600 [" \
	compare "$dir/axes"
check "... by each value of an axis" grep -q "^workload  bulk      0 of 1        -" "$out"
check "... with how many rows it has" grep -q "^threads   1         1 of 2   x0.300 \[" "$out"
check "... not with --no-means" exits 0 compare "$dir/axes" --no-means
check "... where nothing is left of them" awk '/mean/ { bad = 1 } END { exit bad }' "$out"
check "... in mail as a change" says 0 "all                   2 of 3       -40.0%" \
	compare "$dir/axes" --format lkml
check "... and no wider" awk 'length > 72 { bad = 1 } END { exit bad }' "$out"
check "... with the mark of a simulated machine" says 0 "lower is better; simulated" compare "$dir/sims"
check "a slower column is no failure" exits 0 compare "$dir/one"
check "--gate makes it one" exits 3 compare "$dir/one" --gate
check "--threshold lets small ones pass" exits 0 compare "$dir/one" --gate --threshold 10%
check "--baseline turns the ratio over" says 0 "slower" compare "$dir/one" --baseline linux-3.10
check "--col threads has one column" exits 0 compare "$dir/one" --row workload,variant --col threads
check "two runs that agree" exits 0 compare "$dir/one" "$dir/same" --filter workload=repeat
check "a regression exits with 3" exits 3 compare "$dir/same" "$dir/slow"
check "a regression below the threshold" exits 0 compare "$dir/same" "$dir/slow" --threshold 5%
check "the other way round it is faster" exits 0 compare "$dir/slow" "$dir/same"
check "no evidence exits with 4" exits 4 compare "$dir/same" "$dir/noise"
check "a cell that crashes now exits with 3" says 3 "crashed" compare "$dir/same" "$dir/crash"
check "simulated rows say so" says 0 "simulated" compare "$dir/sim"
check "simulated and real are refused" refuses 1 "simulated topology" compare "$dir/mixed"
check "... even with --force" refuses 1 "simulated topology" compare "$dir/mixed" --force
check "... from two runs too" refuses 1 "simulated topology" compare "$dir/sim" "$dir/same" --force
check "unlike machines are refused, keys listed" refuses 1 'cpu_model: "Test CPU" / "Other CPU"' \
	compare "$dir/same" "$dir/other"
check "... and compared with --force, with a note" says 0 "FORCED" \
	compare "$dir/same" "$dir/other" --force --filter variant=linux-2.4

check "unknown axis" refuses 2 "did you mean 'workload'?" compare "$dir/one" --row wrkload
check "unknown metric" refuses 2 "did you mean 'ns_op'?" compare "$dir/one" --metric ns_pp
check "unknown counter" refuses 2 "did you mean 'cycles_per_op'?" \
	compare "$dir/one" --metric counter:cycle_per_op
check "unknown value" refuses 2 "did you mean 'repeat'?" compare "$dir/one" --filter workload=repat
check "unknown format" refuses 2 "did you mean 'json'?" compare "$dir/one" --format jsn
check "alpha out of range" refuses 2 "--alpha '7'" compare "$dir/one" --alpha 7
check "margin that is no number" refuses 2 "--margin 'wide'" compare "$dir/one" --margin wide
check "no such run" refuses 1 "not a run directory" compare "$dir/none"
check "three runs are too many" exits 2 compare "$dir/one" "$dir/one" "$dir/one"

for format in term md csv json lkml github-smaller bencher; do
	check "format $format" says 0 "repeat" compare "$dir/one" --format $format
done
"$zb" compare "$dir/one" --format term >"$dir/a" 2>&1
NO_COLOR= "$zb" compare "$dir/one" >"$dir/b" 2>&1
check "the same seed prints the same bytes" cmp -s "$dir/a" "$dir/b"
colours()
{
	script -qec "$zb compare $dir/one" /dev/null >"$out" 2>&1
	grep -q $'\033\[3' "$out" || return 1
	NO_COLOR=1 script -qec "$zb compare $dir/one" /dev/null >"$out" 2>&1
	! grep -q $'\033\[' "$out"
}
if command -v script >/dev/null; then
	check "colour on a terminal, not with NO_COLOR" colours
else
	n=$((n + 1))
	echo "ok $n - colour on a terminal # SKIP script(1) is not installed"
fi
reads_csv()
{
	"$zb" compare "$dir/one" --format csv >"$dir/csv" && python3 -c "
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline='')))
cells = [r for r in rows if r['kind'] == 'cell']
means = [r for r in rows if r['kind'] == 'mean']
assert len(cells) == 4 and {r['verdict'] for r in cells} == {'', 'faster', 'slower'}, rows
assert all(None not in r and None not in r.values() for r in rows), rows
assert len(cells) + len(means) == len(rows) and means[0]['workload'] == '*', rows
assert means[0]['rows'] == means[0]['rows_all'] == '2' and means[0]['ratio'][:5] == '0.562', means
" "$dir/csv" >"$out" 2>&1
}
if command -v python3 >/dev/null; then
	check "csv is read back by Python's csv" reads_csv
else
	n=$((n + 1))
	echo "ok $n - csv is read back by Python's csv # SKIP python3 is not installed"
fi
writes_to_full() { ! "$zb" compare "$dir/one" >/dev/full 2>"$out" && grep -q 'cannot write' "$out"; }
check "a full output device is an error" writes_to_full

cp -r "$dir/one" "$dir/torn"
truncate -s -20 "$dir/torn/samples.jsonl"
check "a half line at the end is told and ignored" says 0 "half line" compare "$dir/torn"
cp -r "$dir/one" "$dir/damaged"
sed -i '3s/ns_op/ns_up/' "$dir/damaged/samples.jsonl"
check "damage names its line and field" refuses 1 "line 3: field 'ns_op' is missing" \
	compare "$dir/damaged"

# A disk that is full: what was acknowledged stays, the rest is one line.
full_disk()
{
	mkdir -p "$dir/mnt"
	unshare -rm bash -c '
		mount -t tmpfs -o size=24k tmpfs "$1" || exit 77
		"$2" "$1/run" a:w:0:1:1:0:500 >"$3" 2>&1 && exit 1
		grep -q "samples.jsonl: No space left on device" "$3" || exit 1
		[ "$(wc -l <"$3")" -eq 1 ] || exit 1
		"$4" compare "$1/run" >>"$3" 2>&1 || exit 1
		[ "$(tail -c 1 "$1/run/samples.jsonl" | od -An -tx1)" = " 0a" ]' \
		bash "$dir/mnt" "$mkrun" "$out" "$zb"
}
full_disk 2>>"$out"
case $? in
0) n=$((n + 1)); echo "ok $n - a full disk loses nothing" ;;
77 | 126) n=$((n + 1)); echo "ok $n - a full disk # SKIP no tmpfs in a user namespace" ;;
*)
	if unshare -rm true 2>/dev/null; then
		check "a full disk loses nothing" false
	else
		n=$((n + 1))
		echo "ok $n - a full disk # SKIP user namespaces are refused"
	fi
	;;
esac

check "env prints the environment" says 0 "CPU model" env
check "env --json is an object" says 0 '"build_id"' env --json
check "env check is no failure" exits 0 env check
check "env check --json" exits 0 env check --json
check "env takes one word only" refuses 2 "did you mean 'check'?" env chek
check "docs results" says 0 '`ns_op`' docs results
check "docs of an unknown page" refuses 2 "did you mean 'results'?" docs result

echo "1..$n"
exit $failed
