#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel-frag: recorded files, an ordinary user's view, and the running kernel's
# own indices, where it shows them.
. tests/support/tap.sh
recorded=tests/golden/kernel-frag/linux-6.18

run "$zb" kernel-frag --root "$recorded"
[ "$rc" -eq 0 ] && grep -q '^Node 0, zone Normal   5139526' "$tmp/out" &&
	grep -q '^  Fu .* 0.188   0.284   0.409$' "$tmp/out" &&
	grep -q '^  pageblocks: Unmovable' "$tmp/out" && grep -q '^Node 0: score 24' "$tmp/out"
result $? "recorded files as tables"

run "$zb" kernel-frag --json --root "$recorded"
python3 - "$tmp/out" <<'PY'
import json, sys
k = json.load(open(sys.argv[1]))
z = k["zones"][2]
sys.exit(not (len(k["zones"]) == 3 and z["zone"] == "Normal" and z["Fu"][9] == 0.284
              and z["Fi"][10] == -1 and sum(z["types"]["Movable"]) > 0
              and z["polluted"] is None and k["nodes"][0]["score"] == z["score"]
              and k["compact"]["success"] is None and abs(k["compact"]["efficacy"] - 22.6333) < 1e-3))
PY
result $? "the same as JSON, what is not shown as null"

mkdir "$tmp/proc"
cp "$recorded/buddyinfo" "$tmp/proc/"
run "$zb" kernel-frag --root "$tmp/proc"
[ "$rc" -eq 0 ] && [ "$(grep -c '^note: .*pagetypeinfo: ' "$tmp/out")" -eq 1 ] &&
	[ ! -s "$tmp/err" ] && ! grep -q pageblocks: "$tmp/out"
result $? "without pagetypeinfo: one line says so"

run "$zb" kernel-frag --root "$tmp"
[ "$rc" -eq 1 ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q 'buddyinfo: No such file' "$tmp/err"
result $? "without buddyinfo: refused"
printf 'Node 0, zone Normal 1 x\n' >"$tmp/proc/buddyinfo"
run "$zb" kernel-frag --root "$tmp/proc"
[ "$rc" -eq 1 ] && grep -q 'buddyinfo:1: has a count' "$tmp/err"
result $? "a damaged file is refused with its line"
run "$zb" kernel-frag --roots "$tmp"
[ "$rc" -eq 2 ] && grep -q 'did you mean --root' "$tmp/err"
result $? "a wrong option is refused"

if [ -r /proc/buddyinfo ]; then
	run "$zb" kernel-frag --json
	[ "$rc" -eq 0 ] && [ "$(grep -c '"zone":' "$tmp/out")" -eq "$(wc -l </proc/buddyinfo)" ]
	result $? "the running kernel: every zone"
else
	skip "the running kernel: every zone" "/proc/buddyinfo is not readable"
fi

# Reads buddyinfo, debugfs, buddyinfo until enough rows came by that did not
# change in between.  One row: a zone in one of the two files, all orders.
compare_live() # FOLDER of debugfs
{
	python3 - "$zb" "$1/extfrag" "$tmp" <<'PY'
import json, os, subprocess, sys
zb, extfrag, tmp = sys.argv[1:]
read = lambda path: open(path).read()
root, rows, differ = os.path.join(tmp, "live"), 0, []
os.makedirs(root, exist_ok=True)

def thousandths(word):  # the kernel prints -500 as 0.-500
    whole, part = word.split(".")
    return int(whole) * 1000 + int(part)

for turn in range(400):
    before = read("/proc/buddyinfo")
    shown = {"Fu": read(extfrag + "/unusable_index"), "Fi": read(extfrag + "/extfrag_index")}
    after = read("/proc/buddyinfo")
    open(os.path.join(root, "buddyinfo"), "w").write(before)
    ours = json.loads(subprocess.check_output([zb, "kernel-frag", "--json", "--root", root]))
    for i, (a, b) in enumerate(zip(before.splitlines(), after.splitlines())):
        if a != b:
            continue
        for name, text in shown.items():
            words = text.splitlines()[i].split()
            zone = ours["zones"][i]
            assert words[1].rstrip(",") == str(zone["node"]) and words[3] == zone["zone"], words
            want = [thousandths(w) for w in words[4:]]
            got = [round(v * 1000) for v in zone[name]]
            rows += 1
            if want != got:
                differ.append((name, zone["zone"], want, got))
    if rows >= 20:
        break
print(rows, "rows compared,", len(differ), "differ", differ[:2])
sys.exit(1 if differ else 0 if rows >= 20 else 77)
PY
}

live="Fu and Fi are those of the kernel, in at least 20 rows that did not change"
if [ -r /sys/kernel/debug/extfrag/extfrag_index ]; then
	run compare_live /sys/kernel/debug
elif mkdir "$tmp/debug" && unshare -m mount -t debugfs -o ro none "$tmp/debug" 2>/dev/null; then
	# Seen by this command alone, and gone with it.
	export -f compare_live
	export zb tmp
	run unshare -m bash -c 'mount -t debugfs -o ro none "$tmp/debug" && compare_live "$tmp/debug"'
else
	echo "debugfs is not mounted, and may not be" >"$tmp/out"
	rc=77
fi
if [ "$rc" -eq 77 ]; then
	skip "$live" "$(head -n 1 "$tmp/out")"
else
	result "$rc" "$live: $(head -n 1 "$tmp/out")"
fi
finish
