#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad input: one clear line, the right exit code, nothing lost.
set -u
. tests/support/t_cli.sh
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$tmp"' EXIT

good()
{
	cat <<'EOF'
name: tiny
variants: ["null"]
memory: {per-node: 8MiB, backing: none}
workloads:
  - {name: repeat, order: [0, 3]}
samples: {min: 8, max: 8}
max-ops: 1000
time-limit: 5s
EOF
}
samples=16
good >"$tmp/m.yaml"

refused() # NAME CODE WORDS... -- ARGUMENT...
{
	local name=$1 code=$2 words=()
	shift 2
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	t_exits "$code" "$@" && t_one_error && t_said "${words[@]}"
	t_ok "$name"
}

bad() # NAME SED-SCRIPT WORDS...
{
	local name=$1
	good | sed "$2" >"$tmp/bad.yaml"
	shift 2
	refused "plan: $name" 2 "$@" -- plan "$tmp/bad.yaml"
	refused "run: $name" 2 "$@" -- run "$tmp/bad.yaml" -o "$tmp/never"
}

bad "unknown variant" 's/"null"/"nulll"/' "bad.yaml:2:" nulll "did you mean 'null'?"
bad "unknown key" 's/^memory/memroy/' "bad.yaml:3:" memroy "did you mean 'memory'?"
bad "unknown workload" 's/repeat/repaet/' "bad.yaml:5:" repaet "did you mean 'repeat'?"
bad "unknown parameter" 's/order:/oder:/' "bad.yaml:5:" oder "did you mean 'order'?"
bad "wrong unit" 's/8MiB/8Mib/' "bad.yaml:3:" memory.per-node 8Mib 256MiB
bad "missing unit" 's/order: \[0, 3\]/fill: 50/' "bad.yaml:5:" fill 50 20%
bad "value outside its range" 's/order: \[0, 3\]/fill: 99%/' "bad.yaml:5:" 99% "0% to 95%"
bad "count outside its range" 's/min: 8/min: 0/' "bad.yaml:6:" samples.min "from 1 to 1000"
bad "not YAML" 's/\["null"\]/["null"/' "bad.yaml:" "not YAML"
[ ! -e "$tmp/never" ]
t_ok "no directory is made for a matrix that is refused"

refused "absent matrix" 2 "No such file" nowhere.yaml -- run "$tmp/nowhere.yaml"
refused "unknown option" 2 --filtre "--filter" -- run --filtre x
refused "unknown filter key" 2 oder "'order'" -- run "$tmp/m.yaml" -f oder=1
refused "filter that fits nothing" 2 order=7 "'0', '3'" -- run "$tmp/m.yaml" -f order=7
refused "unknown tunable" 2 pcp.bath -- run "$tmp/m.yaml" --sweep pcp.bath=1
refused "samples outside their range" 2 --samples 1000 -- run "$tmp/m.yaml" --samples 1001
refused "plug-in that is none" 2 nowhere.so -- run "$tmp/m.yaml" --plugin "$tmp/nowhere.so"
refused "bad topology" 2 synthetic -- run "$tmp/m.yaml" --topo "synthetic:nonsense:4"
refused "two matrices" 2 --quick -- run "$tmp/m.yaml" --quick

# Memory that no machine has: the figure is named.
sed 's/"null"/skeleton/; s/8MiB, backing: none/8TiB, touch: page/; s/, order: .*]/, order: 0/' "$tmp/m.yaml" \
	>"$tmp/huge.yaml"
refused "plan of what cannot fit" 1 "1 of 1 cells do not fit" "GiB may be spent" \
	-- plan "$tmp/huge.yaml" --plugin "$B/skeleton.so"
refused "run of what cannot fit" 1 "nothing was measured" \
	-- run "$tmp/huge.yaml" -o "$tmp/huge" --plugin "$B/skeleton.so"
t_complete "$tmp/huge" 1 unsupported && grep -q "GiB may be spent" "$tmp/huge/samples.jsonl"
t_ok "its cell is in the results with the reason"

# Results that are damaged.
t_exits 0 run "$tmp/m.yaml" -o "$tmp/run" && t_complete "$tmp/run" $samples
t_ok "a good matrix runs"
cp -r "$tmp/run" "$tmp/torn"
truncate -s -30 "$tmp/torn/samples.jsonl"
t_exits 0 run "$tmp/m.yaml" -o "$tmp/torn" && t_complete "$tmp/torn" $samples &&
	t_said "computed 1, reused $((samples - 1))"
t_ok "a half line at the end is measured again, and only that"
cp -r "$tmp/run" "$tmp/damaged"
sed -i '5s/"order"/"odor"/' "$tmp/damaged/samples.jsonl"
cp "$tmp/damaged/samples.jsonl" "$tmp/before"
refused "damage in the middle" 1 "line 5" -- run "$tmp/m.yaml" -o "$tmp/damaged"
cmp "$tmp/before" "$tmp/damaged/samples.jsonl" >"$out" 2>&1
t_ok "a damaged file is left as it is"
echo precious >"$tmp/precious"
refused "a file in the place of a directory" 1 precious -- run "$tmp/m.yaml" -o "$tmp/precious"
[ "$(cat "$tmp/precious")" = precious ]
t_ok "that file is left as it is"
sed 's/^name: tiny/name: other/' "$tmp/m.yaml" >"$tmp/other.yaml"
cp "$tmp/run/manifest.json" "$tmp/manifest"
refused "the directory of another matrix" 2 "holds matrix tiny, not other" --force \
	-- run "$tmp/other.yaml" -o "$tmp/run"
cmp "$tmp/manifest" "$tmp/run/manifest.json" >"$out" 2>&1
t_ok "its manifest is left as it is"

# A directory without write permission, as a user whom it binds.
mkdir "$tmp/locked"
chmod 555 "$tmp/locked"
if [ "$(id -u)" -eq 0 ]; then
	# what that user may neither reach nor run would hide the cause
	mkdir "$tmp/bin"
	cp "$zb" "$tmp/bin/zonebench"
	chmod 755 "$tmp" "$tmp/bin"
	setpriv --reuid=65534 --clear-groups "$tmp/bin/zonebench" run "$tmp/m.yaml" \
		-o "$tmp/locked/run" >"$out" 2>&1
else
	"$zb" run "$tmp/m.yaml" -o "$tmp/locked/run" >"$out" 2>&1
fi
[ $? -eq 1 ] && t_one_error && t_said "$tmp/locked/run" "Permission denied"
t_ok "a directory without write permission"

# A full disk: a small file system where one can be mounted.
mkdir "$tmp/disk"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=16k zb-test "$tmp/disk" 2>"$out"; then
	mounted=$tmp/disk
	t_exits 1 run "$tmp/m.yaml" -o "$tmp/disk/run" && t_one_error && t_said "No space left"
	t_ok "a full disk"
	stored=$(wc -l <"$tmp/disk/run/samples.jsonl")
	[ "$stored" -lt $samples ] && t_complete "$tmp/disk/run" "$stored"
	t_ok "what was finished before is whole ($stored samples)"
	mount -o remount,size=4m "$tmp/disk" && t_exits 0 run "$tmp/m.yaml" -o "$tmp/disk/run" &&
		t_said "computed $((samples - stored)), reused $stored" &&
		t_complete "$tmp/disk/run" $samples
	t_ok "with room again it goes on"
else
	t_skip "a full disk" "no file system can be mounted here"
fi

# A limit on the size of files: 12 KiB.
(ulimit -f 12 && t_exits 1 run "$tmp/m.yaml" -o "$tmp/limited" && t_one_error &&
	t_said "File too large")
t_ok "a limit on the size of files"
stored=$(wc -l <"$tmp/limited/samples.jsonl")
[ "$stored" -lt $samples ] && t_complete "$tmp/limited" "$stored"
t_ok "what was finished before is whole ($stored samples)"
t_exits 0 run "$tmp/m.yaml" -o "$tmp/limited" &&
	t_said "computed $((samples - stored)), reused $stored" &&
	t_complete "$tmp/limited" $samples
t_ok "without the limit it goes on"
t_done
