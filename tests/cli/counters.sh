#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zonebench counters: what it prints and how it exits, with the machine's own
# counters, with simulated ones, and where the kernel refuses.
set -u
B=${B:-build}
zb=$B/zonebench
deny=$B/tests/tool/deny
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0 failed=0

ok() # NAME, status of the last command
{
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
		sed 's/^/# /' "$dir/out" "$dir/err"
	fi
}

skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

run() # EXPECTED-EXIT COMMAND...; output in $dir/out and $dir/err
{
	local want=$1 rc
	shift
	"$@" >"$dir/out" 2>"$dir/err"
	rc=$?
	[ $rc -eq "$want" ] || echo "exit code $rc, expected $want" >>"$dir/err"
	[ $rc -eq "$want" ]
}

out() { grep -qE -- "$1" "$dir/out"; }
err() { grep -qE -- "$1" "$dir/err" && [ "$(wc -l <"$dir/err")" -eq 1 ]; }

fake() # SPEC EXPECTED-EXIT ARGS...
{
	local spec=$1 want=$2
	shift 2
	run "$want" env ZB_COUNTERS_BACKEND="$spec" "$zb" counters "$@"
}

unset ZB_COUNTERS ZB_COUNTERS_BACKEND

run 0 "$zb" counters && out '^counters: .' && out '^cost: ' && out '^faults: '
ok "list names the machine and its groups" $?

"$zb" counters check >"$dir/out" 2>"$dir/err"
rc=$?
case $rc in
0) out '^counters: PAPI .* slots?, one read' ;;
77) out '^counters: none: .*; remedy: ' ;;
*) false ;;
esac
ok "check says that counters are right, or why there are none" $?

run 0 "$zb" counters --json && out '"available": (true|false)'
ok "list prints JSON" $?

fake fake 0 list && out '^counters: simulated counters, 4 slots, one read ~'
ok "simulated counters are called so" $?

fake fake 0 check && out 'PAPI_TOT_INS +counts +2000000, expected 1980000 to 2020000' &&
	! out 'refused|lies'
ok "the known loop has the known number of instructions" $?

fake fake:lie=PAPI_TOT_INS 1 check && out 'PAPI_TOT_INS +lies +4000000' &&
	out 'PAPI_TOT_CYC +counts'
ok "a counter that lies is exit 1" $?

fake fake:lie=PAPI_TOT_INS 0 check -g tlb -g branch && ! out PAPI_TOT_INS
ok "--group restricts the check" $?

fake fake:hardware=off 77 check && out '^counters: none: simulated: no hardware event' &&
	out 'PAPI_TOT_CYC +refused' && out 'page_faults +counts +512'
ok "without a PMU the kernel's own events are still checked" $?

fake fake:init=off 77 check && out 'does not start' && ! out ' counts '
ok "a library that does not start is exit 77" $?

fake fake:slots=2 0 list -g cache && out 'about 67 % of the time \(estimate\)'
ok "a group that does not fit is multiplexed, and says so" $?

fake fake:silent=PAPI_TOT_CYC 0 list -g cost &&
	out 'PAPI_TOT_CYC +no: starts but does not count' && out 'PAPI_TOT_INS +works'
ok "a counter that stays 0 is not believed" $?

fake null 77 check -g cost && out '^counters: none: .*ZB_COUNTERS_BACKEND=null'
ok "the null backend is exit 77" $?

fake fake:slot=3 2 check && err "unknown key 'slot'; did you mean 'slots'"
ok "a bad backend is a usage error" $?

run 0 "$zb" counters -g intel -g amd -g arm && [ "$(grep -c 'CPUs; this CPU is ' "$dir/out")" -ge 10 ]
ok "groups of other vendors give their reason, no error" $?

fake fake 0 check -g amd && out 'left out: events of AMD CPUs; this CPU is a simulated one'
ok "check leaves out another vendor's events" $?

run 2 "$zb" counters chek && err "unknown word 'chek'.*did you mean 'check'"
ok "an unknown word names the nearest" $?

run 2 "$zb" counters -g cots && err "unknown counter group 'cots'; did you mean 'cost'"
ok "an unknown group names the nearest" $?

printf 'SHORT s\nEVENTS A\nMETRIC m A/opps\n' >"$dir/mine.txt"
run 2 env ZB_COUNTERS="$dir" "$zb" counters -g mine && err "mine.txt:3: .*did you mean 'ops'"
ok "a bad group file is named with its line" $?

for errno in EPERM EACCES ENOSYS; do
	name="perf_event_open refused with $errno: exit 77, cause and remedy"
	if [ ! -x "$deny" ]; then
		skip "$name" "$deny is not built"
	elif ! "$deny" perf_event_open:$errno -- true 2>/dev/null; then
		skip "$name" "this kernel refuses seccomp filters"
	else
		run 77 "$deny" perf_event_open:$errno -- "$zb" counters check &&
			out '^counters: none: .*perf_event_(open|paranoid).*; remedy: ' &&
			out 'page_faults +refused' && ! out ' (counts|lies) ' && [ ! -s "$dir/err" ]
		ok "$name" $?
	fi
done

# The setting of the machine stays as it is: a mount of its own hides it.
name="perf_event_paranoid=3: exit 77, the value and the remedy"
echo 3 >"$dir/paranoid"
# shellcheck disable=SC2016
hidden=(unshare -m sh -c 'mount --bind "$1" /proc/sys/kernel/perf_event_paranoid &&
	shift && exec setpriv --reuid=65534 --clear-groups "$@"' sh "$dir/paranoid")
if [ "$(id -u)" -ne 0 ] || ! "${hidden[@]}" true 2>/dev/null; then
	skip "$name" "needs root and mount namespaces"
elif [ "$("${hidden[@]}" cat /proc/sys/kernel/perf_event_paranoid 2>/dev/null)" != 3 ]; then
	skip "$name" "the setting cannot be hidden here"
else
	run 77 "${hidden[@]}" "$zb" counters check &&
		out '^counters: none: perf_event_paranoid .*\(it is 3\); remedy: sysctl' &&
		out 'page_faults +refused +perf_event_paranoid'
	ok "$name" $?
fi

echo "1..$n"
exit $failed
