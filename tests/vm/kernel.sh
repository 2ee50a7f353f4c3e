# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A kernel to boot: Debian's cloud kernel, downloaded and unpacked, not
# installed.  Source it.

# Prints the package of the newest cloud kernel.
kernel_package()
{
	apt-cache depends linux-image-cloud-amd64 2>/dev/null |
		awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; exit }'
}

# Unpacks the package's image into DIR/vmlinuz.
kernel_download() # DIR
{
	local dir=$1 package
	package=$(kernel_package)
	if [ -z "$package" ] && [ "$(id -u)" -eq 0 ]; then
		timeout 300 apt-get update -q >"$dir/apt.log" 2>&1
		package=$(kernel_package)
	fi
	[ -n "$package" ] || { echo "apt knows no package linux-image-cloud-amd64"; return 1; }
	if ! (cd "$dir" && timeout 300 apt-get download -q "$package") >>"$dir/apt.log" 2>&1; then
		echo "$package cannot be downloaded: $(tail -n 1 "$dir/apt.log")"
		return 1
	fi
	dpkg -x "$dir/$package"_*.deb "$dir/unpacked" && cp "$dir"/unpacked/boot/vmlinuz-* "$dir/vmlinuz"
	rm -rf "$dir/unpacked" "$dir/$package"_*.deb
	[ -s "$dir/vmlinuz" ] || { echo "$package holds no image"; return 1; }
}

# A field of the image's boot header: the x86 boot protocol tells where the
# packed kernel lies.
header_field() # FILE OFFSET BYTES
{
	od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# Writes the packed kernel as an ELF file, which boots faster.
kernel_unpack() # VMLINUZ VMLINUX
{
	local setup at size magic tool
	setup=$(header_field "$1" $((0x1f1)) 1)
	at=$(((setup + 1) * 512 + $(header_field "$1" $((0x248)) 4)))
	# The last word is the unpacked size.
	size=$(($(header_field "$1" $((0x24c)) 4) - 4))
	magic=$(od -An -v -t x1 -j "$at" -N 4 "$1" | tr -d ' ')
	case $magic in
	02214c18) tool="lz4 -dc" ;;
	28b52ffd) tool="zstd -dc" ;;
	fd377a58) tool="xz -dc" ;;
	1f8b*) tool="gzip -dc" ;;
	*) return 1 ;;
	esac
	command -v "${tool%% *}" >/dev/null || return 1
	tail -c +$((at + 1)) "$1" | head -c "$size" | $tool >"$2.part" 2>/dev/null
	[ "$(head -c 4 "$2.part" | tr -d '\177')" = ELF ] && mv "$2.part" "$2"
}

# Prints the path of an image that QEMU boots, or the reason why there is none.
# VM_KERNEL names an image to use instead of Debian's.
kernel_image() # DIR
{
	local dir=$1
	mkdir -p "$dir"
	if [ -n "${VM_KERNEL:-}" ]; then
		echo "$VM_KERNEL"
		[ -s "$VM_KERNEL" ]
		return
	fi
	[ -s "$dir/vmlinuz" ] || kernel_download "$dir" || return 1
	[ -s "$dir/vmlinux" ] || kernel_unpack "$dir/vmlinuz" "$dir/vmlinux" ||
		{ echo "$dir/vmlinuz"; return; }
	echo "$dir/vmlinux"
}
