#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job as an ordinary user, with system calls refused, and in 1 GiB:
# everything is measured, what is missing is said and flagged, nothing is lost.
. tests/support/tap.sh
deny=$B/tests/tool/deny

cat >"$tmp/small.yaml" <<'YAML'
name: small
variants:  [linux-3.10, "null"]
threads:   [1, cores]
memory:    {per-node: 32MiB, backing: bound, touch: line}
workloads:
  - {name: repeat, order: 0}
  - {name: bulk, order: [0, 3]}
samples:   {min: 2, max: 2}
counters:  [cost]
max-ops:   20000
YAML

# How many samples of DIR satisfy a Python expression over r; all of them?
all_samples() # DIR EXPRESSION
{
	python3 - "$1/samples.jsonl" "$2" <<'PY'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
bad = [r for r in rows if not eval(sys.argv[2])]
for r in bad[:3]:
    print({k: r[k] for k in ("variant", "workload", "threads", "status", "reason", "flags",
                             "pin_ok", "frames_ok", "meta_ok")}, file=sys.stderr)
sys.exit(1 if bad or not rows else 0)
PY
}

complete() # DIR: each planned sample is there once, and measured
{
	[ "$(wc -l <"$1/samples.jsonl")" -eq "$expected" ] &&
		[ "$(python3 -c 'import json,sys
print(len({tuple(json.loads(l)[k] for k in ("variant","workload","order","threads","sample"))
           for l in open(sys.argv[1])}))' "$1/samples.jsonl")" -eq "$expected" ] &&
		all_samples "$1" "r['status'] == 'ok' and r['ns_op'] > 0"
}

threads=$([ "$(nproc)" -gt 1 ] && echo 2 || echo 1)
expected=$((2 * 3 * threads * 2))

# --- with everything allowed: the proof ---------------------------------------
run "$zb" run "$tmp/small.yaml" -o "$tmp/free"
[ $rc -eq 0 ] && complete "$tmp/free"
result $? "as it is: every sample is measured"
if "$zb" topo | grep -q '^binding: works, proven'; then
	all_samples "$tmp/free" "r['frames_ok'] == 1 and r['meta_ok'] == 1" 2>"$tmp/err"
	result $? "every sampled frame and metadata page lies on the asked node"
else
	skip "every sampled frame and metadata page lies on the asked node" "binding is refused here"
fi
if "$zb" topo | grep -q '^pinning: works, proven'; then
	all_samples "$tmp/free" "r['pin_ok'] == 1" 2>"$tmp/err"
	result $? "every thread was seen on the CPU it was asked to be on"
else
	skip "every thread was seen on the CPU it was asked to be on" "pinning is refused here"
fi

# --- as an ordinary user -------------------------------------------------------
if [ "$(id -u)" -ne 0 ]; then
	skip "as an ordinary user" "this whole suite is one already"
elif ! command -v setpriv >/dev/null; then
	skip "as an ordinary user" "setpriv is not installed"
else
	mkdir "$tmp/home" && cp "$zb" "$tmp/home/" && cp -r harness/counters "$tmp/home/counters"
	cp "$tmp/small.yaml" "$tmp/home/" && chown -R 65534:65534 "$tmp/home"
	run setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$tmp/home" \
		"ZB_COUNTERS=$tmp/home/counters" \
		"$tmp/home/zonebench" run "$tmp/home/small.yaml" -o "$tmp/home/run"
	[ $rc -eq 0 ] && complete "$tmp/home/run"
	result $? "as an ordinary user: every sample is measured"
fi

# --- with a system call refused ------------------------------------------------
refused() # CALL ERRNO EXPRESSION: what each sample must then say
{
	local dir="$tmp/$1-$2"
	if ! "$deny" "$1:$2" -- true 2>"$tmp/err"; then
		skip "$1 refused with $2" "$(head -n 1 "$tmp/err")"
		return
	fi
	run "$deny" "$1:$2" -- "$zb" run "$tmp/small.yaml" -o "$dir"
	[ $rc -eq 0 ] && complete "$dir" && all_samples "$dir" "$3" 2>>"$tmp/err"
	result $? "$1 refused with $2: every sample is measured and says so"
}
for errno in EPERM ENOSYS; do
	refused mbind $errno "'u' in r['flags']"
	refused move_pages $errno "r['frames_ok'] is None and r['meta_ok'] is None and r['reason']"
	refused sched_setaffinity $errno "r['pin_ok'] != 1 and r['flags']"
	refused perf_event_open $errno "all(v['value'] is None for v in r['counters'].values()) and r['reason']"
	refused set_mempolicy $errno "True"
done

# --- with all of them refused: each command ---------------------------------------
export ZB_MEASURED=$tmp/measured.json
all=(mbind,move_pages,set_mempolicy,get_mempolicy,perf_event_open:EPERM sched_setaffinity:ENOSYS)
denied() # COMMAND...: it works all the same
{
	run "$deny" "${all[@]}" -- "$zb" "$@"
	[ $rc -eq 0 ]
	result $? "everything refused: ${1}${2:+ ${2##*/}}"
}
if "$deny" "${all[@]}" -- true 2>"$tmp/err"; then
	denied run "$tmp/small.yaml" -o "$tmp/all"
	complete "$tmp/all"
	result $? "everything refused: nothing is lost"
	denied plan "$tmp/small.yaml"
	denied compare "$tmp/all" --row workload,order,threads --col variant
	denied report "$tmp/all"
	denied topo --draw
	denied topo --measure --brief
	denied counters
	denied env
	denied list variants
	denied verify tests/vectors/linux-3.10-tiny.txt
else
	skip "everything refused at once" "$(head -n 1 "$tmp/err")"
fi

# --- in 1 GiB ---------------------------------------------------------------------
case $B in
*asan* | *tsan*) skip "in 1 GiB of address space" "sanitizers reserve terabytes of it" ;;
*)
	run bash -c "ulimit -v 1048576; exec '$zb' run '$tmp/small.yaml' -o '$tmp/gib'"
	[ $rc -eq 0 ] && complete "$tmp/gib"
	result $? "in 1 GiB of address space: every sample is measured"
	run bash -c "ulimit -v 1048576; exec '$zb' plan"
	[ $rc -eq 0 ] && grep -q 'bound' "$tmp/out"
	result $? "in 1 GiB of address space: the plan of the default matrix names the bound"
	;;
esac
finish
