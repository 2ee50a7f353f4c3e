#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Cells that crash, hang, take all memory or lose a frame: the others finish,
# the results say what happened, and so does the exit code.
set -u
. tests/support/t_cli.sh
trap 'rm -rf "$tmp"' EXIT
plugin=$B/tests/plugin/faulty.so

cat >"$tmp/m.yaml" <<'EOF'
name: faults
variants:
  - "null"
  - faulty
  - "faulty,fault=crash"
  - "faulty,fault=hang"
  - "faulty,fault=oom"
  - "faulty,fault=leak"
memory: {per-node: 16MiB, backing: none}
workloads:
  - {name: repeat, order: 0}
samples: {min: 2, max: 2}
max-ops: 20000
time-limit: 3s
EOF

status_of() # VARIANT STATUS REASON
{
	local rows
	rows=$(grep -F "\"variant\":\"$1\"" "$tmp/run/samples.jsonl")
	[ "$(wc -l <<<"$rows")" -eq 2 ] &&
		[ "$(grep -F "\"status\":\"$2\"" <<<"$rows" | grep -cF "$3")" -eq 2 ] && return
	echo "$rows" | cut -c 1-600 >>"$out"
	return 1
}

t_exits 1 run "$tmp/m.yaml" --plugin "$plugin" -o "$tmp/run"
t_ok "a run with failed samples exits 1"
t_said "computed 4, reused 0, failed 8, skipped 0"
t_ok "and counts them"
status_of null ok '"reason"' && status_of faulty ok '"reason"'
t_ok "the sound cells are measured"
status_of faulty,fault=crash crashed SIGSEGV
t_ok "a crash names its signal"
status_of faulty,fault=hang timeout "not finished after 3.0 s"
t_ok "a hang is ended at the time limit"
status_of faulty,fault=oom out-of-memory MiB
t_ok "a cell that takes too much memory is stopped"
status_of faulty,fault=leak failed '"reason"'
t_ok "a lost frame fails its sample"
t_said "faulty,fault=crash   repeat order 0   1 thread   sample 1/2: crashed: SIGSEGV" \
	"sample 2/2: timeout:" ": out-of-memory:"
t_ok "each failure is one line"
cp "$tmp/run/samples.jsonl" "$tmp/before"

t_exits 1 run "$tmp/m.yaml" --plugin "$plugin" -o "$tmp/run" -f variant=null -f variant=faulty \
	-f variant=faulty,fault=crash
t_said "computed 0, reused 4, failed 2, skipped 0"
t_ok "resuming does only the failed samples again"
cmp -s "$tmp/before" <(head -c "$(stat -c %s "$tmp/before")" "$tmp/run/samples.jsonl")
t_ok "and leaves what is there byte for byte"
t_exits 0 run "$tmp/m.yaml" --plugin "$plugin" -o "$tmp/run" -f variant=null -f variant=faulty
t_ok "a run whose own samples are all there exits 0"

sed -i 's/fault=crash/fault=crash,fault.after=1/' "$tmp/m.yaml"
t_exits 1 run "$tmp/m.yaml" --plugin "$plugin" -o "$tmp/first" \
	-f "variant=faulty,fault=crash,fault.after=1"
t_said "failed 2" "nothing was measured"
t_ok "a run in which nothing could be measured says so"
t_done
