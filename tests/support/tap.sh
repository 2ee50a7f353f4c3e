# SPDX-License-Identifier: GPL-2.0-only
# Sourced by shell tests: TAP results, a scratch folder, captured commands.
# shellcheck shell=bash
set -u
B=${B:-build}
zb=$B/zonebench
tmp=$(mktemp -d "${TMPDIR:-/tmp}/zb-test-XXXXXX") || exit 1
chmod 755 "$tmp"
# Sanitizers must not take the signals that the tests look at.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_abort=0
ulimit -c 0
trap 'rm -rf "$tmp"' EXIT
tap_n=0 tap_failed=0

result() # STATUS NAME: 0 is a pass; on failure what the last command said is shown
{
	tap_n=$((tap_n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_n - $2"
	else
		echo "not ok $tap_n - $2"
		sed 's/^/# /' "$tmp/out" "$tmp/err" 2>/dev/null | tail -n 40
		tap_failed=1
	fi
}

skip() # NAME REASON
{
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

run() # COMMAND...: output in $tmp/out, messages in $tmp/err, status in $rc
{
	"$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}

finish()
{
	echo "1..$tap_n"
	exit "$tap_failed"
}
