#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Events of whole packages from the command line: listed with reasons, refused, simulated, and
# counted by the kernel in software under a made-up sysfs; in the record of a run.
. tests/support/t_cli.sh
unset ZB_COUNTERS ZB_COUNTERS_BACKEND ZB_SYSFS

# Two controllers that count for packages 0 and 3, by the clocks of CPU 0: type 1 is software.
sys=$tmp/sys
cpus=$sys/devices/system/cpu
mkdir -p "$cpus"/cpu{0,1}/topology
echo 0-1 >"$cpus/online"
echo 0 >"$cpus/cpu0/topology/physical_package_id"
echo 3 >"$cpus/cpu1/topology/physical_package_id"
for i in 0 1; do
	pmu=$sys/bus/event_source/devices/ticks_$i
	mkdir -p "$pmu/format" "$pmu/events"
	echo 1 >"$pmu/type"
	echo 0 >"$pmu/cpumask"
	echo config:0-7 >"$pmu/format/event"
	echo event=0 >"$pmu/events/clock"
done
cat >"$tmp/mine.txt" <<'GROUP'
SHORT   for a test
PACKAGE clock=no_such/reads/|ticks/clock/ double=ticks/event=0/*2 gone=no_such/reads/
METRIC  clock_per_kop clock/ops*1000
GROUP
chmod -R a+rX "$tmp"
export ZB_COUNTERS=$tmp

t_exits 0 counters -g uncore && t_said "dram_read_bytes" "dram_write_bytes" "dram_any_bytes" \
	"metrics: dram_bytes_per_op"
t_ok "the group of memory controllers is listed, whatever this machine has"

ZB_SYSFS=$tmp/none t_exits 0 counters -g uncore &&
	t_said "dram_read_bytes  no: the kernel has no PMU 'uncore_imc', nor the others named"
t_ok "a machine without such a PMU says so"

ZB_SYSFS=$tmp/none t_exits 0 list counters &&
	t_said "not available: the kernel has no PMU 'uncore_imc', nor the others named"
t_ok "list counters knows events of packages"

ZB_SYSFS=$sys ZB_COUNTERS_BACKEND=fake t_exits 0 counters -g mine &&
	t_said "clock            works, the whole package: p0 p3"
t_ok "simulated counters have packages"

ZB_SYSFS=$sys ZB_COUNTERS_BACKEND=fake t_exits 0 counters check -g mine && t_said "clock            unchecked"
t_ok "check knows no work of a package"

ZB_SYSFS=$sys ZB_COUNTERS_BACKEND=fake t_exits 0 counters --json -g mine &&
	t_said '"package_events": [' '"name": "double"'
t_ok "list prints them as JSON"

deny=$B/tests/tool/deny
name="perf_event_open refused: the reason"
if [ ! -x "$deny" ]; then
	t_skip "$name" "$deny is not built"
elif ! "$deny" perf_event_open:EPERM -- true 2>/dev/null; then
	t_skip "$name" "no seccomp filters here"
else
	ZB_SYSFS=$sys "$deny" perf_event_open:EPERM -- "$zb" counters -g mine >"$out" 2>&1 </dev/null &&
		grep -q 'clock  *no: .*perf_event_' "$out" && t_said "gone             no: the kernel has no PMU"
	t_ok "$name"
fi

cat >"$tmp/m.yaml" <<'MATRIX'
name: packages
variants: ["null"]
threads: [2]
memory: {per-node: 32MiB, backing: none}
workloads:
  - {name: repeat, order: 0}
samples: {min: 1, max: 1}
baseline: "null"
counters: [mine]
max-ops: 20000
time-limit: 20s
MATRIX

check() # EXPRESSION over rows; v(), n() are value and note of a counter
{
	python3 - "$tmp/$run/samples.jsonl" "$1" >"$out" 2>&1 <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
def v(r, name):
    return r["counters"][name]["value"]
def n(r, name):
    return r["counters"][name].get("note", "")
print(json.dumps([r["counters"] for r in rows], indent=1))
sys.exit(0 if rows and eval("(" + sys.argv[2] + ")") else 1)
PY
}

run=fake
ZB_SYSFS=$sys ZB_COUNTERS_BACKEND=fake:interval=700 t_exits 0 run "$tmp/m.yaml" -o "$tmp/fake"
t_ok "a run with simulated packages"
check 'all(v(r, "clock_per_op.p0") > 0 and v(r, "clock_per_op.p0") == v(r, "clock_per_op.p3") for r in rows)'
t_ok "each package has a value of its own, for all threads together"
check 'all("simulated counter; whole package: others'"'"' work included" == n(r, "clock_per_kop.p3") and "s" in r["flags"] for r in rows)'
t_ok "with the note that it is simulated, and the whole package's"

run=real
ZB_SYSFS=$sys t_exits 0 run "$tmp/m.yaml" -o "$tmp/real"
t_ok "a run with the kernel's own clock as a package's counter"
check 'all(v(r, "gone_per_op.p0") is None and n(r, "gone_per_op.p3") == "gone: the kernel has no PMU '"'no_such'"'" for r in rows)'
t_ok "what the machine lacks is null, with the reason"
if check 'all(v(r, "clock_per_op.p0") is None for r in rows)'; then
	check 'all("perf_event" in n(r, "clock_per_op.p0") for r in rows)'
	t_ok "what the kernel does not permit is null, with the reason"
	t_skip "values of a package" "system-wide counting is not permitted here"
else
	check 'all(v(r, "clock_per_op.p0") > 0 and "s" not in r["flags"] and n(r, "double_per_op.p0") ==
		"whole package: others'"'"' work included; counted as ticks/event=0/*2" for r in rows)'
	t_ok "what the kernel permits is counted, with the source that was taken"
	check 'all(v(r, "clock_per_op.p3") is None and "no counter of it in this package" in n(r, "clock_per_op.p3") for r in rows)'
	t_ok "a package without such a counter is null"
fi
finish
