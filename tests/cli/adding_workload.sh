#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The example of docs/ADDING-A-WORKLOAD.md compiles with the project's warnings.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
sed -n '/^```c$/,/^```$/p' docs/ADDING-A-WORKLOAD.md | sed '/^```/d' >"$dir/sawtooth.c"
name="the example of docs/ADDING-A-WORKLOAD.md compiles"
if [ ! -s "$dir/sawtooth.c" ]; then
	echo "not ok 1 - $name"
	echo "# no example found"
elif ${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Werror -I. \
	-c -o "$dir/sawtooth.o" "$dir/sawtooth.c" 2>"$dir/log"; then
	echo "ok 1 - $name"
else
	echo "not ok 1 - $name"
	sed 's/^/# /' "$dir/log"
fi
[ -f "$dir/sawtooth.o" ]
