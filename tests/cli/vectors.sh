#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The verify command: the recorded sequences of tests/vectors, the reference
# vectors in $VECTORS where given, divergences, and files that are none.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/support/t_cli.sh
trap 'rm -rf "$tmp"' EXIT
new=tests/vectors/linux-3.10-tiny.txt
old24=tests/vectors/linux-2.4-three-zones.txt
old26=tests/vectors/linux-2.6.9-three-zones.txt
good=$new
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

for file in tests/vectors/*.txt; do
	"$zb" verify --record "$file" >"$tmp/again.txt" 2>"$out" && diff "$file" "$tmp/again.txt" >>"$out"
	t_ok "recording $(basename "$file") gives it again"
done

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

# Each model reads headers, facts and states of its own.
good=$old24
changed '0,/^A (.*) = [0-9]+ 1$/s//A \1 = 1 0/' 1 "diverged after" "expected: 1 0" "actual: " "list 1 "
t_ok "linux-2.4: a wrong answer is named with expected, actual and lists"
changed '0,/^r ([0-9]+) gone/s//r \1 dirty/' 1 "expected: r " "actual:   r "
t_ok "linux-2.4: a wrong effect on a cached page is found"
changed '0,/^r /{/^r /d}' 1 "diverged"
t_ok "linux-2.4: a missing effect on a cached page is found"
changed '0,/^vm [0-9]+/s//&1/' 1 "expected: vm "
t_ok "linux-2.4: a wrong memory pressure is found"
changed '0,/^iclist 0/s//& 1/' 1 "expected: iclist 0 1"
t_ok "linux-2.4: a wrong queue in a dump is found"
good=$old26
changed '0,/^bootfree [0-9]+ [0-9]+/s//&1/' 1 "actual:   bootfree"
t_ok "linux-2.6.9: a wrong release at boot is found"
changed '0,/^p 0 0 [0-9]+/s//&1/' 1 "expected: p 0 0 "
t_ok "linux-2.6.9: a wrong count of a CPU's list is found"
changed '0,/^map 0 0 [0-9]+ ../s//&x/' 1 "expected: map 0 0 "
t_ok "linux-2.6.9: a wrong bit of a pair map is found"
changed '0,/^protection 0/s//& 1/' 1 "expected: protection 0 1"
t_ok "linux-2.6.9: a wrong fact is found"

while IFS='@' read -r model script text; do
	good=${!model}
	changed "$script" 1 "$text"
	t_ok "malformed ($model): $text ($script)"
done <<'END'
old24@s/^zone 1 0 Normal/zone 2 0 Normal/@is not type Normal of node 0
old24@s/^zone 1 0 Normal/zone 0 0 Normal/@zone 0 is outside 1..
old24@s/^(zone 1 .*) [0-9]+$/\1 5/@frames, without holes
old24@s/^hole .*/hole 0 4000/@without holes 0
old24@s/^pgdat_order .*/pgdat_order 1/@node 1 is outside 0..0
old24@/^pgdat_order/d@the header has no line 'pgdat_order'
old24@s/^variant flat/variant round/@does not take 'round'
old24@s/^retry_limit .*/retry_limit 3 wait/@'wait' is neither block nor oom
old24@s/^balance_ratio .*/balance_ratio 0 1 1/@value 0 is outside 1..
old24@s/^nr_cpus .*/long_bits 64/@unknown line 'long_bits
old24@0,/^C /s//C 9999/@is not allocated
old24@0,/^L /s//C /@is not a page outside of the queues
old24@0,/^A /s//W /@unknown operation 'W
old26@s/^long_bits .*/long_bits 48/@long_bits 48 is neither 32 nor 64
old26@s/^retry_limit .*/retry_limit 3 oom/@retry_limit oom is not of this model
old26@s/^variant numa/variant flat/@unknown variant 'flat'
old26@s/^max_numnodes .*/&\nset_min_free_kbytes/@value is missing
old26@0,/^W [a-z_]+/s//W swappiness/@unknown setting 'swappiness'
old26@0,/^zonelist 0 normal/s//zonelist 0 vast/@unknown class 'vast'
old26@0,/^(wmark) 1/s//\1 7/@zone 7 is outside
END

cut_off() # FILE
{
	local lines i
	lines=$(wc -l <"$1")
	for ((i = 1; i <= 40; i++)); do
		head -n $((i * (lines - 1) / 40)) "$1" >"$bad"
		{ t_exits 1 verify "$bad" && t_said "line "; } || return 1
	done
}
for good in "$new" "$old24" "$old26"; do
	cut_off "$good"
	t_ok "$(basename "$good") cut off at 40 places: a message with a line each time"
done

damage() # FILE TIMES
{
	local i
	for ((i = 0; i < $2; i++)); do
		awk -v seed=$((seed * 1000 + i)) 'BEGIN { srand(seed) }
			rand() < 0.01 {
				p = int(rand() * length($0)) + 1
				$0 = substr($0, 1, p - 1) substr("0123456789 -ABCXYZ|=", int(rand() * 20) + 1, 1) substr($0, p + int(rand() * 3))
			}
			{ print }' "$1" >"$bad"
		"$zb" verify "$bad" >"$out" 2>&1
		case $? in
		0 | 1 | 77) ;;
		*) return 1 ;;
		esac
	done
}
for good in "$new" "$old24" "$old26"; do
	damage "$good" 60
	t_ok "$(basename "$good") damaged at random 60 times: never a crash"
done

if [ -z "${VECTORS:-}" ]; then
	t_skip "reference vectors of linux-2.4, linux-2.6.9 and linux-3.10" "VECTORS is not set"
	t_done
fi
for model in linux-2.4.0 linux-2.6.9 linux-3.10; do
	for file in "$VECTORS/$model"/*.txt; do
		t_exits 0 verify "$file" && t_said ": ok "
		t_ok "$model $(basename "$file")"
	done
	t_exits 0 verify "$VECTORS/$model"/*.txt && t_said " 0 skipped, 0 failed"
	t_ok "all files of $model at once: $(tail -n 1 "$out")"
done
t_exits 77 verify "$VECTORS"/linux-6.12/*.txt
t_ok "files of a model that is not built are skipped"
t_done
