# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs inside of a virtual machine: the proofs, and the commands that users
# run.  TAP lines to stdout, messages to stderr.
cd /tmp || exit 9
shape=$(cat /shape)
out=/tmp/out
few="-f threads=1 -f placement=local -f placement=interleave" # of matrix small
total=0 bad=0

# Counts and passes on the TAP lines of a file.
count() # FILE PREFIX
{
	sed -n "s/^\(ok\|not ok\) - /\1 - $2: /p" "$1"
	total=$((total + $(grep -c '^\(ok\|not ok\) - ' "$1")))
	bad=$((bad + $(grep -c '^not ok - ' "$1")))
	grep '^not ok\|^#' "$1" >&2
}

# A line of the console: seconds since boot, and what begins.
say()
{
	echo "$(cut -d ' ' -f 1 /proc/uptime) $*" >&2
}

proof() # NAME [ARGUMENT...]: the proof as it is
{
	say "proof: $*"
	/vm_proof /shapes.txt "$shape" "$@" >$out
	rc=$?
	count $out "$1"
	[ $rc -eq 0 ] || grep -q '^not ok' $out || check "$1 ends well" false
}

check() # NAME COMMAND...: one result
{
	local name=$1
	say "$name"
	shift
	if "$@"; then
		echo "ok - $name" >/tmp/one
	else
		echo "not ok - $name" >/tmp/one
		[ ! -s $out ] || tail -n 20 $out >&2
	fi
	count /tmp/one commands
}

# The proof must fail in a process for which calls do nothing and say that they
# did: otherwise it proves nothing.
fails_without() # CALL NAME PATTERN [ARGUMENT...]
{
	local call=$1 name=$2 pattern=$3
	shift 3
	/deny "$call:0" -- /vm_proof /shapes.txt "$shape" "$name" "$@" >$out 2>/tmp/err
	rc=$?
	check "proof of $name fails when $call does nothing" eval \
		"[ $rc -eq 1 ] && grep -q '^not ok - .*$pattern' $out"
}

last_cpu=$(grep -c ^processor /proc/cpuinfo)
last_cpu=$((last_cpu - 1))
last_memory=$(awk -v s="$shape" '$1 == s { if ($4 > 0) at = n; n++ } END { print at }' /shapes.txt)

# --- what is there -----------------------------------------------------------
/zonebench topo --json >topo.json
proof topo topo.json
proof arenas
proof pins
proof full
proof kernel

# --- placements, runs ----------------------------------------------------------
sed "s/LAST/$last_memory/" /places.yaml >places.yaml
proof places places.yaml
for how in first-touch next-touch migrate-on-use; do
	sed "s/LAST/$last_memory/; s/HOW/$how/" /follow.yaml >follow.yaml
	proof follow follow.yaml
	/zonebench run follow.yaml -f threads=1 --passes paths -o run-$how >$out 2>&1
	check "run with pages that follow: $how" eval \
		"[ $? -eq 0 ] && grep -q '\"follow.on_last\":{\"value\":1.0}' run-$how/samples.jsonl"
done
for matrix in small spill; do
	/zonebench run /$matrix.yaml --passes time -o run-$matrix >$out 2>&1
	check "run of matrix $matrix" [ $? -eq 0 ]
	proof record /$matrix.yaml run-$matrix
done

# --- measured distances ---------------------------------------------------------------
export ZB_MEASURED=/tmp/measured.json
/zonebench topo --measure --brief --json >measured-topo.json 2>$out
check "distances are measured" [ $? -eq 0 ]
proof measured measured-topo.json
proof order /measured.yaml
/zonebench run /measured.yaml --passes time,paths -o run-measured >$out 2>&1
check "run by measured distances" eval "[ $? -eq 0 ] && grep -q '\"median\"' run-measured/manifest.json"

# --- workloads across nodes ---------------------------------------------------------
sed "s/LAST/$last_memory/" /nodes.yaml >nodes.yaml
/zonebench run nodes.yaml --passes time,paths -o run-nodes >screen 2>&1
cp screen $out
check "run of matrix nodes" [ $? -eq 0 ]
proof record nodes.yaml run-nodes
cat screen >&2
/zonebench places run-nodes -f variant=linux-3.10 >$out 2>&1
check "places of that run" eval "[ $? -eq 0 ] && grep -q 'served by node' $out"
cat $out >&2

# --- the tests' own test ---------------------------------------------------------
fails_without mbind arenas 'lies on node'
fails_without sched_setaffinity pins 'stays on CPU'
fails_without move_pages follow 'its user' follow.yaml
/deny mbind:0 -- /zonebench run /small.yaml $few --passes time -o run-broken >$out 2>&1
/vm_proof /shapes.txt "$shape" record /small.yaml run-broken >$out
check "a run without binding is found out" eval \
	"grep -q '^not ok - .*every page on its node' $out && grep -q \"flags '[a-z]*u\" $out"

# --- memory that is not there -----------------------------------------------------
sed 's/per-node: 16MiB/per-node: 4GiB/' /spill.yaml >large.yaml
sed 's/per-node: 16MiB/per-node: 160MiB/' /spill.yaml >medium.yaml
/zonebench plan large.yaml >$out 2>&1
check "a plan that does not fit is refused" eval "[ $? -eq 1 ] && grep -q 'do not fit' $out"
mkfifo hold
/vm_proof /shapes.txt "$shape" hold "$last_memory" 8 >held <hold &
holder=$!
exec 3>hold
until grep -q . held || ! kill -0 $holder 2>/dev/null; do sleep 0.1; done
/zonebench plan medium.yaml >$out 2>&1
check "a node that another process fills is named" eval \
	"[ $? -eq 1 ] && grep -q '^held' held && grep -q 'node $last_memory' $out"
exec 3>&-
wait $holder

# --- a control group that hides a node ---------------------------------------------
# A run in a group with the nodes MEMS and the CPUs CPUS, whose mount is seen, or
# unseen as in many containers.
group()
{
	local mems=$1 cpus=$2 seen=$3 part=/sys/fs/cgroup/part
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	echo '+cpuset +memory' >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $part
	echo "$mems" >$part/cpuset.mems
	echo "$cpus" >$part/cpuset.cpus
	echo $$ >$part/cgroup.procs
	[ "$seen" = seen ] || umount /sys/fs/cgroup
	/zonebench topo --json >topo.json
	proof topo topo.json "$mems" "$cpus"
	rm -rf run-part
	/zonebench run /small.yaml $few --passes time -o run-part >$out 2>&1
	check "run with nodes $mems and CPUs $cpus, the control group $seen" [ $? -eq 0 ]
	proof record /small.yaml run-part
	[ "$seen" = seen ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup
	echo $$ >/sys/fs/cgroup/cgroup.procs
	rmdir $part
	umount /sys/fs/cgroup
}
group 0 0 seen
group 0 0 unseen
group "$last_memory" "0-$last_cpu" seen
group "$last_memory" "0-$last_cpu" unseen

echo "1..$total"
[ "$bad" -eq 0 ]
