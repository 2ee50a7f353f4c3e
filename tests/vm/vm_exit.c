/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vm_exit N - end the virtual machine with a code, through QEMU's device
 * isa-debug-exit at port 0xf4: QEMU then exits with 2N+1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <unistd.h>

#define EXIT_PORT 0xf4

int main(int argc, char **argv)
{
	unsigned code = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;

	sync();
	if (iopl(3)) {
		perror("vm_exit: iopl");
		return 1;
	}
	outl(code, EXIT_PORT);
	return 1;
}
