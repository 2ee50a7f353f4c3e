#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The verify command: the recorded sequences of tests/vectors, the reference
# vectors in $VECTORS where given, divergences, and files that are none.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/support/t_cli.sh
trap 'rm -rf "$tmp"' EXIT
good=tests/vectors/linux-3.10-tiny.txt
bad=$tmp/bad.txt
seed=${ZB_SEED:-1}
echo "# ZB_SEED=$seed"

# The exit code and texts for $good as changed by a sed script.
changed() # SCRIPT CODE TEXT...
{
	sed -E "$1" "$good" >"$bad"
	cmp -s "$good" "$bad" && { echo "nothing changed: $1" >"$out"; return 1; }
	t_exits "$2" verify "$bad" && shift 2 && t_said "$@"
}

for file in tests/vectors/*.txt; do
	t_exits 0 verify "$file"
	t_ok "$(basename "$file") replays"
done

"$zb" verify --record "$good" >"$tmp/again.txt" 2>"$out" && diff "$good" "$tmp/again.txt" >>"$out"
t_ok "recording a recorded sequence gives it again"

changed '0,/^A (.*) = [0-9]+ 0$/s//A \1 = 1 0/' 1 "line " "diverged after" "expected: 1 0" "actual: " "buddy 0" "fl 0 "
t_ok "a wrong answer is named with line, expected, actual and state"
changed '0,/^H [0-9a-f]{16}/s//H 0123456789abcdef/' 1 "expected: 0123456789abcdef" "actual: "
t_ok "a wrong hash is found"
changed '/^wmark 0/s/ 0 / 0 9/' 1 "expected: wmark 0 9" "actual:   wmark 0 "
t_ok "a wrong fact is found"
changed '/^nr_free 0/s/$/1/' 1 "expected: nr_free 0 " "diverged"
t_ok "a wrong count in a check is found"
changed '0,/^fl 0/{/^fl 0/d}' 1 "diverged"
t_ok "a missing list is found"
changed '/^buddy 0/s/^.*$/&\nbuddy 0 1/' 1 "diverged"
t_ok "a line too much in a check is found"
changed 's/^END [0-9]+/END 1/' 1 "outside"
t_ok "a wrong number of operations is found"

sed 's/^model .*/model linux-1.0/' "$good" >"$tmp/other.txt"
t_exits 77 verify "$tmp/other.txt" && t_said "skip: linux-1.0 is not built yet" "0 ok (0 operations), 1 skipped, 0 failed"
t_ok "an unknown model is skipped, exit code 77"
t_exits 0 verify "$good" "$tmp/other.txt" && t_said "1 ok (" "1 skipped, 0 failed"
t_ok "ok and skipped together are a success"
t_exits 1 verify "$tmp/other.txt" "$tmp/none.txt" "$good" && t_said "No such file" "1 ok (" "1 skipped, 1 failed"
t_ok "a missing file fails, the others are still replayed"
t_exits 2 verify && t_one_error
t_ok "no file at all is wrong usage"

t_exits 1 verify "$tmp" && t_said "FAILED"
t_ok "a folder is no vector file"
: >"$bad" && t_exits 1 verify "$bad" && t_said "not a vector file"
t_ok "an empty file is no vector file"
head -c 5000 "$zb" >"$bad" && t_exits 1 verify "$bad" && t_said "not a text file"
t_ok "a program is no vector file"

while IFS='@' read -r script text; do
	changed "$script" 1 "$text"
	t_ok "malformed: $text ($script)"
done <<'END'
s/^cpus 1/cpus 0/@cpus 0 is outside 1..
s/^cpus 1/cpus 99999/@cpus 99999 is outside
s/^cpus 1/cpus many/@cpus 'many' is not a number
s/^cpu 0 0/cpu 7 0/@cpu 7 is outside
s/^cpu 0 0/cpu 0 5/@on node 5
s/^nodes 1/nodes 100/@nodes 100 is outside
/^nodes/d@node 0 is outside
s/^dist 0 10/dist 0/@distance is missing
s/^dist 0 10/dist 0 10 20/@'20' is too much
s/^zone 0 0 Normal/zone 1 0 Normal/@zone 1 is outside
s/^zone 0 0 Normal/zone 0 0 Upper/@unknown zone type
s/^zone 0 0 Normal/zone 0 0 HighMem/@no zone type HighMem
s/^(zone 0 0 Normal) .*/\1 4294967295 4294967295/@are no frames
s/^(zone 0 0 Normal) .*/\1 0 4000000000/@metadata
s/^(mem 0 3) .*/\1 690/@no RAM
s/^(bootfree) (.*)/\1 \2\n\1 \2/@overlap
s/^(mem 0) .*/\1 9 5/@is not above start
s/^max_order 11/max_order 99/@max_order 99 is outside
s/^pageblock_order 9/pageblock_order 12/@pageblock_order
s/^types UEMRI/types UEMRZ/@unknown or too many types
s/^vmstat_model exact/vmstat_model vague/@'vague' is not one of its words
s/^gfp k .*/gfp k WAIT|TEA/@unknown flag 'TEA'
s/^types/typos/@unknown line 'typos
/^zone 0/d@the header has no line 'zone'
0,/^A /s//B /@unknown operation 'B
0,/^A [0-9]+ 0/s//A 1 9/@cpu 9 is outside 0..0
0,/^(A [0-9]+ 0) -1/s//\1 3/@node 3 is outside
0,/^(A [0-9]+ 0 -1 [0-9]+) [a-z]+/s//\1 zz/@unknown request class 'zz'
0,/^F [0-9]+/s//F 99999/@block 99999 is not allocated
0,/^F [0-9]+ 0/s//& warm/@'warm' is not 'cold'
0,/^(A .*) = .*/s//\1/@the answer is missing
0,/^A 2 /s//A 1 /@id 1 does not ascend
0,/^F .*/s//KZ 0 0 3 k 0/@the header does not say 'compaction on'
s/^compaction off/compaction maybe/@'maybe' is neither on nor off
$s/$/\nmore/@text after END
END

lines=$(wc -l <"$good") rc=0
for ((i = 1; i <= 40; i++)); do
	head -n $((i * (lines - 1) / 40)) "$good" >"$bad"
	{ t_exits 1 verify "$bad" && t_said "line "; } || { rc=1; break; }
done
(exit $rc)
t_ok "cut off at 40 places: a message with a line each time"

rc=0
for ((i = 0; i < 120; i++)); do
	awk -v seed=$((seed * 1000 + i)) 'BEGIN { srand(seed) }
		rand() < 0.01 {
			p = int(rand() * length($0)) + 1
			$0 = substr($0, 1, p - 1) substr("0123456789 -ABCXYZ|=", int(rand() * 20) + 1, 1) substr($0, p + int(rand() * 3))
		}
		{ print }' "$good" >"$bad"
	"$zb" verify "$bad" >"$out" 2>&1
	rc=$?
	case $rc in
	0 | 1 | 77) rc=0 ;;
	*) break ;;
	esac
done
(exit $rc)
t_ok "damaged at random 120 times: never a crash"

if [ -z "${VECTORS:-}" ]; then
	t_skip "reference vectors of linux-3.10" "VECTORS is not set"
	t_done
fi
for file in "$VECTORS"/linux-3.10/*.txt; do
	t_exits 0 verify "$file" && t_said ": ok "
	t_ok "linux-3.10 $(basename "$file")"
done
t_exits 0 verify "$VECTORS"/linux-3.10/*.txt && t_said " 0 skipped, 0 failed"
t_ok "all files of linux-3.10 at once: $(tail -n 1 "$out")"
t_exits 77 verify "$VECTORS"/linux-2.4.0/*.txt
t_ok "files of a model that is not built are skipped"
t_done
