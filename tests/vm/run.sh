#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Boots virtual machines with several NUMA nodes, in software emulation, with
# the project's own binaries, and counts what the tests in them say.
# Usage: run.sh [SHAPE...]    Environment: B build folder; VM_LIMIT seconds per
# machine; VM_KERNEL an image to boot.
# Files in $B/vm: NAME.tap results, NAME.log console, kernel/ the image.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
dir=$B/vm limit=${VM_LIMIT:-900}
shapes=tests/vm/shapes.txt
. tests/vm/kernel.sh
passed=0 failed=0 skipped=0

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

# All machines are skipped.
skip_all() # REASON
{
	local shape
	for shape in "${asked[@]}"; do
		echo "  VM      $shape skipped: $1"
		skipped=$((skipped + 1))
	done
	finish
}

# Each binary with the libraries that it asks for, where it asks for them.
copy_program() # FILE NAME
{
	local lib
	cp "$1" "$root/$2" && strip -g "$root/$2"
	while read -r lib; do
		[ -e "$root$lib" ] || install -D "$lib" "$root$lib" || return 1
	done < <(ldd "$1" | grep -o '/[^ ]*')
}

initramfs() # SHAPE FILE
{
	root=$dir/root
	rm -rf "$root"
	mkdir -p "$root/bin"
	cp "$(command -v busybox)" "$root/bin/busybox"
	copy_program "$B/zonebench" zonebench && copy_program "$B/tests/vm/vm_proof" vm_proof &&
		copy_program "$B/tests/vm/vm_exit" vm_exit &&
		copy_program "$B/tests/tool/deny" deny || return 1
	cp tests/vm/init tests/vm/guest.sh tests/vm/*.yaml $shapes "$root"
	chmod 755 "$root/init"
	echo "$1" >"$root/shape"
	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$2"
}

# QEMU's options for the lines of a shape.
machine() # SHAPE
{
	awk -v shape="$1" -v n=0 '
		$1 != shape { next }
		{
			node = "-numa node,nodeid=" n
			if ($2 != "-") {
				node = node ",cpus=" $2
				cpus += split($2, ends, "-") > 1 ? ends[2] - ends[1] + 1 : 1
			}
			if ($3 > 0) {
				memory = memory " -object memory-backend-ram,id=m" n ",size=" $3 "M"
				node = node ",memdev=m" n
			}
			nodes = nodes " " node
			mib += $3
			last = split($4, far, ",") - 1
			for (to = n + 1; to <= last; to++)
				dists = dists " -numa dist,src=" n ",dst=" to ",val=" far[to + 1]
			n++
		}
		END { print "-M q35 -m " mib "M -smp " cpus ",sockets=" cpus memory nodes dists }
	' $shapes
}

boot() # SHAPE: QEMU exits with 2N+1 for the status N of the guest
{
	local options
	read -ra options < <(machine "$1")
	timeout -k 10 "$limit" qemu-system-x86_64 "${options[@]}" \
		-accel tcg,thread=multi -cpu qemu64 -nodefaults -no-reboot -display none \
		-chardev stdio,id=s0,signal=off -serial chardev:s0 \
		-chardev "file,id=s1,path=$dir/$1.tap" -serial chardev:s1 \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-kernel "$image" -initrd "$dir/$1.cpio" \
		-append "console=ttyS0 quiet panic=-1 cryptomgr.notests nokaslr mitigations=off audit=0 apparmor=0 no_timer_check" \
		>"$dir/$1.log" 2>&1 </dev/null
}

# What the guest said, and whether it said all of it.
judge() # SHAPE STATUS SECONDS
{
	local tap=$dir/$1.tap p f s plan
	tr -d '\r' <"$tap" >"$tap.lines"
	s=$(grep -c '^ok - .*# SKIP' "$tap.lines")
	p=$(($(grep -c '^ok - ' "$tap.lines") - s))
	f=$(grep -c '^not ok - ' "$tap.lines")
	plan=$(sed -n 's/^1\.\.//p' "$tap.lines")
	case $2 in
	1 | 3) [ "${plan:-none}" = $((p + f + s)) ] || { echo "not ok - $1: results are missing"; f=$((f + 1)); } ;;
	124 | 137) echo "not ok - $1: no end after $limit s" && f=$((f + 1)) ;;
	*) echo "not ok - $1: the machine died (QEMU's status $2)" && f=$((f + 1)) ;;
	esac
	[ "$2$f" = 30 ] && f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '  VM      %-44s %4d passed %3d failed %3d skipped %4d s\n' "$1" "$p" "$f" "$s" "$3"
	grep '# SKIP' "$tap.lines" | sed 's/^ok - /          skip: /'
	[ "$f" -eq 0 ] && return
	grep '^not ok' "$tap.lines" | sed 's/^/          | /' | head -n 40
	echo "          | console, $dir/$1.log:"
	tail -n 60 "$dir/$1.log" | sed 's/^/          | /'
}

mapfile -t asked < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else
	awk '!/^#/ && NF { if (!seen[$1]++) print $1 }' $shapes; fi)
mkdir -p "$dir"
[ "$(uname -m)" = x86_64 ] || skip_all "the machines are x86-64, this one is $(uname -m)"
for tool in qemu-system-x86_64 cpio busybox strip; do
	command -v $tool >/dev/null || skip_all "$tool is not installed"
done
image=$(kernel_image "$dir/kernel") || skip_all "no kernel to boot: $image"
for shape in "${asked[@]}"; do
	start=$SECONDS
	rm -f "$dir/$shape.tap" "$dir/$shape.log"
	: >"$dir/$shape.tap"
	if ! initramfs "$shape" "$dir/$shape.cpio"; then
		echo "not ok - $shape: the initramfs cannot be built"
		failed=$((failed + 1))
		continue
	fi
	boot "$shape"
	judge "$shape" $? $((SECONDS - start))
	rm -f "$dir/$shape.cpio"
done
finish
