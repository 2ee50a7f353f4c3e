/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deny SYSCALL[,SYSCALL...]:ERRNO... -- COMMAND [ARG...]
 * Runs a command for which some system calls are refused.
 * Exit: the command's; 2 usage; 77 where the kernel refuses filters; 127 when
 * the command cannot be started.
 */
#include "tests/support/t_deny.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int usage(void)
{
	fprintf(stderr, "usage: deny SYSCALL[,SYSCALL...]:ERRNO... -- COMMAND [ARG...]\nknown:");
	for (const char *const *name = t_deny_calls; *name; name++)
		fprintf(stderr, " %s", *name);
	fputc('\n', stderr);
	return 2;
}

int main(int argc, char **argv)
{
	char err[256];
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		int rc = t_deny(argv[i], err, sizeof(err));

		if (!rc)
			continue;
		fprintf(stderr, "deny: %s\n", err);
		return rc == -EINVAL ? usage() : 77;
	}
	if (i < 2 || i + 1 >= argc)
		return usage();
	execvp(argv[i + 1], argv + i + 1);
	fprintf(stderr, "deny: %s: %s\n", argv[i + 1], strerror(errno));
	return 127;
}
