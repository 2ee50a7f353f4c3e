/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_deny.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CALLS(X)             \
	X(mbind)             \
	X(move_pages)        \
	X(set_mempolicy)     \
	X(get_mempolicy)     \
	X(sched_setaffinity) \
	X(sched_getaffinity) \
	X(perf_event_open)   \
	X(madvise)

enum {
#define X(name) CALL_##name,
	CALLS(X)
#undef X
		NR_CALLS
};

const char *const t_deny_calls[NR_CALLS + 1] = {
#define X(name) #name,
	CALLS(X)
#undef X
};

static const uint32_t numbers[NR_CALLS] = {
#define X(name) SYS_##name,
	CALLS(X)
#undef X
};

static const struct {
	const char *name;
	int value;
} errnos[] = {
	{ "EPERM", EPERM },   { "ENOSYS", ENOSYS },
	{ "EINVAL", EINVAL }, { "EACCES", EACCES },
	{ "EIO", EIO },	      { "ENOMEM", ENOMEM },
	{ "ENODEV", ENODEV }, { "EOPNOTSUPP", EOPNOTSUPP },
};

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#endif

/* -1 when it is none; with 0 a call does nothing and reports success. */
static int parse_errno(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end != text && !*end && number >= 0 && number < 4096)
		return (int)number;
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (!strcmp(errnos[i].name, text))
			return errnos[i].value;
	return -1;
}

/* The listed calls, one bit each; 0 when one is unknown. */
static uint32_t parse_calls(const char *list, size_t len)
{
	uint32_t set = 0;

	for (const char *at = list; at < list + len; at++) {
		size_t word = strcspn(at, ",:");
		uint32_t bit = 0;

		for (unsigned i = 0; i < NR_CALLS; i++)
			if (strlen(t_deny_calls[i]) == word && !strncmp(t_deny_calls[i], at, word))
				bit = 1u << i;
		if (!bit)
			return 0;
		set |= bit;
		at += word;
	}
	return set;
}

static int install(uint32_t calls, int with)
{
	struct sock_filter code[2 * NR_CALLS + 5];
	unsigned short n = 0;

	/* A foreign architecture's numbers mean other calls: let them pass. */
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < NR_CALLS; i++) {
		if (!(calls & 1u << i))
			continue;
		code[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							 SECCOMP_RET_ERRNO | (uint32_t)with);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	struct sock_fprog program = { .len = n, .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		return -errno;
	return 0;
}

int t_deny(const char *spec, char *err, size_t len)
{
	const char *colon = strchr(spec, ':');
	uint32_t calls = colon ? parse_calls(spec, (size_t)(colon - spec)) : 0;
	int with = colon ? parse_errno(colon + 1) : -1;

	if (!calls || with < 0) {
		snprintf(err, len, "'%s' is not SYSCALL[,SYSCALL...]:ERRNO with known names", spec);
		return -EINVAL;
	}
	int rc = install(calls, with);

	if (rc)
		snprintf(err, len, "no seccomp filter here: %s", strerror(-rc));
	return rc;
}
