#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The topo command: golden views of simulated machines, JSON, refusals by a
# seccomp filter, memory bounds of this process, other users, bad input.
set -u
B=${B:-build}
zb=$B/zonebench deny=$B/tests/tool/deny golden=tests/golden/topo
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"; [ -z "${group:-}" ] || rmdir "$group"' EXIT
n=0 failed=0

result() # STATUS NAME
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/out" "$tmp/err"
		failed=1
	fi
}

skip() # NAME REASON
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

run() # COMMAND...: output in $tmp/out, messages in $tmp/err, status in $rc
{
	"$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

# One line on stderr, beginning with the program's name.
one_line()
{
	[ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q '^zonebench: ' "$tmp/err"
}

# Without what depends on the real machine.
invented_part()
{
	sed '/^this process may still touch/,$d' "$tmp/out"
}

# --- golden views -----------------------------------------------------------
matrix=10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10
view() # NAME ARGUMENT...
{
	local name=$1
	shift
	run "$zb" topo "$@"
	if [ -n "${UPDATE_GOLDEN:-}" ]; then
		invented_part >"$golden/$name.txt"
	fi
	[ $rc -eq 0 ] && invented_part | diff -u "$golden/$name.txt" - >>"$tmp/err"
	result $? "view of $name"
}
view one-cpu --topo synthetic:pu:1
view two-packages --topo 'synthetic:package:2 [numa(memory=64MiB)] core:2 pu:2'
view four-nodes --topo 'synthetic:numa:4 core:1 pu:1' --distances $matrix
for file in memory-less memory-only memory-only-apart distances-in-ns; do
	view $file --topo $golden/$file.xml
done

run "$zb" topo --topo 'synthetic:numa:4 core:1 pu:1'
head -n 1 "$tmp/out" | grep -q '^simulated'
result $? "the first line says simulated"

# --- JSON -------------------------------------------------------------------
run "$zb" topo --json --topo 'synthetic:numa:4 core:1 pu:1' --distances $matrix
[ $rc -eq 0 ] && grep -q '"simulated": true' "$tmp/out" && grep -q '"source": "given"' "$tmp/out"
result $? "JSON says simulated and given"
if command -v python3 >/dev/null; then
	python3 - "$tmp/out" >"$tmp/err" 2>&1 <<-'EOF'
		import json, sys
		t = json.load(open(sys.argv[1]))
		assert [n["node"] for n in t["nodes"]] == [0, 1, 2, 3]
		assert t["distances"]["matrix"][3] == [28, 38, 38, 10]
		assert t["memory"]["spendable_bytes"] > 0
	EOF
	result $? "JSON parses"
else
	skip "JSON parses" "no python3"
fi

# --- this machine, and what is refused ----------------------------------------
run "$zb" topo
[ $rc -eq 0 ] && [ ! -s "$tmp/err" ] && head -n 1 "$tmp/out" | grep -q '^this machine: '
result $? "this machine"
grep -q '^binding: works, proven' "$tmp/out" && binds=1
grep -q '^pinning: works, proven' "$tmp/out" && pins=1

refused() # CALL ERRNO WHAT NEED: the line of WHAT names the refusal, all else works
{
	local text
	[ -n "$4" ] || { skip "$1 refused with $2" "$3 does not work here anyway"; return; }
	run "$deny" "$1:$2" -- "$zb" topo
	[ $rc -ne 77 ] || { skip "$1 refused with $2" "no seccomp filter"; return; }
	case $2 in
	EPERM) text='Operation not permitted' ;;
	ENOSYS) text='Function not implemented' ;;
	EINVAL) text='Invalid argument' ;;
	esac
	[ $rc -eq 0 ] && [ ! -s "$tmp/err" ] && grep -q "^$3: .*$text" "$tmp/out" &&
		[ "$(grep -c 'works, proven' "$tmp/out")" -eq 1 ]
	result $? "$1 refused with $2"
}
for errno in EPERM ENOSYS EINVAL; do
	refused mbind $errno binding "${binds:-}"
	refused move_pages $errno binding "${binds:-}"
	refused sched_setaffinity $errno pinning "${pins:-}"
done
for call in set_mempolicy get_mempolicy perf_event_open; do
	for errno in EPERM ENOSYS; do
		run "$deny" $call:$errno -- "$zb" topo
		if [ $rc -eq 77 ]; then
			skip "$call refused with $errno" "no seccomp filter"
		else
			[ $rc -eq 0 ] && [ ! -s "$tmp/err" ]
			result $? "$call refused with $errno"
		fi
	done
done
run "$deny" mbind,move_pages,set_mempolicy,get_mempolicy:EPERM sched_setaffinity:ENOSYS -- \
	"$zb" topo
if [ $rc -eq 77 ]; then
	skip "everything refused at once" "no seccomp filter"
else
	[ $rc -eq 0 ] && [ "$(grep -c ': refused: ' "$tmp/out")" -eq 2 ]
	result $? "everything refused at once"
fi

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$zb" "$tmp/zonebench" && chmod 755 "$tmp" "$tmp/zonebench"
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/zonebench" topo
	[ $rc -eq 0 ] && [ "$(grep -c 'works, proven' "$tmp/out")" -eq $((${binds:-0} + ${pins:-0})) ]
	result $? "as another user than root"
else
	skip "as another user than root" "needs root and setpriv"
fi

# --- measured distances -----------------------------------------------------------
export ZB_MEASURED=$tmp/measured.json
run "$zb" topo --measure --brief --json
[ $rc -eq 0 ] && [ ! -s "$tmp/err" ]
result $? "a short measurement"
if command -v python3 >/dev/null; then
	python3 - "$tmp/out" "$ZB_MEASURED" >"$tmp/err" 2>&1 <<-'EOF'
		import json, sys
		t, kept = (json.load(open(f)) for f in sys.argv[1:])
		m, n = t["measured"], len(t["nodes"])
		assert m == kept, "what is shown is what is kept"
		assert m["quick"] and m["nodes"] == n and len(m["pairs"]) == n * n, m
		for p in m["pairs"]:
		    for q in "latency", "loaded_latency", "read_one", "write_all", "mixed_all":
		        v = p[q]
		        assert v is None and p["reason"] or v["p5"] <= v["median"] <= v["p95"] and v["n"], (q, p)
		    assert p["from"] != p["to"] or p["distance"] == 10, p
	EOF
	result $? "has values with their spread, or reasons, and is kept"
else
	skip "has values with their spread, or reasons, and is kept" "no python3"
fi
run "$zb" topo --measure --topo 'synthetic:numa:2 pu:1'
[ $rc -eq 2 ] && one_line && grep -q 'simulated' "$tmp/err"
result $? "a simulated machine is not measured"
run "$zb" topo --svg "$tmp/map.svg"
[ $rc -eq 2 ] && one_line && grep -q 'goes with --measure' "$tmp/err"
result $? "a map of nothing is refused"
printf '%s\n' 'variants: ["linux-3.10,zonelist=measured"]' 'memory: {per-node: 16MiB}' \
	'workloads: [{name: repeat}]' 'max-ops: 1000' 'samples: {min: 1, max: 1}' >"$tmp/m.yaml"
run "$zb" run "$tmp/m.yaml" -o "$tmp/run"
[ $rc -eq 0 ] && grep -q '"median"' "$tmp/run/manifest.json"
result $? "a run goes by measured distances, and saves them"
run "$zb" plan "$tmp/m.yaml" --topo 'synthetic:numa:2 pu:1'
grep -q 'zonelist=measured: a simulated topology has no latencies' "$tmp/out"
result $? "simulated nodes have no measured distances"
ZB_MEASURED=$tmp/none run "$zb" plan "$tmp/m.yaml"
grep -q 'zonelist=measured: this machine was not measured yet' "$tmp/out"
result $? "what was not measured is said"

# --- drawings -------------------------------------------------------------------
printf '%s\n' 'variants: [linux-3.10, linux-2.4]' 'threads: [1, cores]' 'placement: [local, "preferred:2"]' \
	'memory: {per-node: 64MiB, backing: none, zones: "dma=8MiB,movable=25%"}' \
	'workloads: [{name: bulk, order: 0}]' 'samples: {min: 1, max: 1}' >"$tmp/d.yaml"
run "$zb" topo --draw "$tmp/d.yaml" --topo $golden/memory-only.xml --svg "$tmp/d.svg"
[ $rc -eq 0 ] && [ ! -s "$tmp/err" ] && grep -q '^node 2: 16 GiB, no CPUs' "$tmp/out" &&
	grep -q 'zone DMA *8 MiB' "$tmp/out" && [ "$(grep -c 'zone Movable *16 MiB' "$tmp/out")" -eq 3 ] &&
	[ "$(grep -c '^thread ' "$tmp/out")" -eq 4 ] && [ "$(grep -c '>CPU ' "$tmp/d.svg")" -eq 8 ]
result $? "a drawing of the cell with the most threads"
run "$zb" topo --draw "$tmp/d.yaml" --topo $golden/memory-only.xml -f placement=preferred:2 -f threads=1 -f variant=linux-2.4
[ $rc -eq 0 ] && grep -q '^linux-2.4 ' "$tmp/out" && grep -q '^thread 0: .*asks for node 2, can get node 2$' "$tmp/out" &&
	! grep -q 'zone Movable' "$tmp/out"
result $? "a drawing of the cell that the filters leave"
run "$zb" topo --draw
[ $rc -eq 0 ] && head -n 1 "$tmp/out" | grep -q '^this machine' && grep -q '\[thread 0\]' "$tmp/out"
result $? "a drawing of this machine, with the default matrix"
run "$zb" topo --draw "$tmp/d.yaml" --svg /nowhere/d.svg -f placement=local
[ $rc -eq 1 ] && one_line && grep -q '/nowhere/d.svg: No such file' "$tmp/err"
result $? "a drawing that cannot be written"

# --- memory bounds --------------------------------------------------------------
usable() # prints the usable MiB and bound of the first node
{
	awk '$1 == "0" && $5 == "MiB" { print $6, $8; exit }' "$tmp/out"
}

if (ulimit -v 2000000 && "$zb" --version) >/dev/null 2>&1; then
	run bash -c "ulimit -v 1048576; exec $zb topo"
	read -r mib bound < <(usable)
	[ $rc -eq 0 ] && [ "$bound" = rlimit ] && [ "$mib" -gt 100 ] && [ "$mib" -lt 1024 ]
	result $? "ulimit -v bounds the usable memory"
else
	skip "ulimit -v bounds the usable memory" "a sanitizer needs the address space"
fi

name="a control group bounds the usable memory"
for try in /sys/fs/cgroup/memory /sys/fs/cgroup; do
	mkdir "$try/zonebench-test.$$" 2>/dev/null || continue
	group=$try/zonebench-test.$$
	limit=$group/memory.max
	[ -e "$limit" ] || limit=$group/memory.limit_in_bytes
	echo 1073741824 2>/dev/null >"$limit" && break
	rmdir "$group"
	group=
done
if [ -n "${group:-}" ] && (echo $BASHPID >"$group/cgroup.procs") 2>/dev/null; then
	run bash -c "echo \$\$ >$group/cgroup.procs && exec $zb topo"
	read -r mib bound < <(usable)
	[ $rc -eq 0 ] && [ "$bound" = cgroup ] && [ "$mib" -gt 500 ] && [ "$mib" -lt 1024 ]
	result $? "$name"
else
	skip "$name" "no control group can be made here"
fi

# --- bad input --------------------------------------------------------------------
bad() # NAME PATTERN ARGUMENT...
{
	local name=$1 pattern=$2
	shift 2
	run "$zb" topo "$@"
	[ $rc -eq 2 ] && [ ! -s "$tmp/out" ] && one_line && grep -q -- "$pattern" "$tmp/err"
	result $? "$name"
}
bad "a filter without a drawing" "goes with --draw" -f threads=1
bad "a matrix without a drawing" "goes with --draw" "$tmp/d.yaml"
bad "a drawing of two things" "without --measure" --draw --measure
bad "no such file" "'nowhere.xml': No such file" --topo nowhere.xml
bad "a file that is not hwloc's" "not an XML file" --topo $golden/not-hwloc.xml
bad "a file cut short" "not an XML file" --topo $golden/truncated.xml
bad "a description that is none" "numma:4" --topo synthetic:numma:4
bad "a diagonal that is not 10" "row 2, column 2" --topo synthetic:'numa:2 pu:1' \
	--distances 10,20/20,20
bad "too few rows" "fewer rows" --topo synthetic:'numa:2 pu:1' --distances 10,20

if [ -w /dev/full ]; then
	"$zb" topo >/dev/full 2>"$tmp/err"
	rc=$?
	: >"$tmp/out"
	[ $rc -eq 1 ] && one_line
	result $? "an answer that cannot be written"
else
	skip "an answer that cannot be written" "no /dev/full"
fi

echo "1..$n"
exit $failed
