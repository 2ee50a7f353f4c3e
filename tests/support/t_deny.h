/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refuse system calls as a container's seccomp profile does, for this process
 * and what it starts, until it exits.
 */
#ifndef TESTS_SUPPORT_T_DENY_H
#define TESTS_SUPPORT_T_DENY_H

#include <stddef.h>

/**
 * t_deny - install a filter
 * @spec: "mbind,move_pages:EPERM"; names as in t_deny_calls, an errno by name
 *        or number; with 0 the call does nothing and reports success
 * Return: 0; -EINVAL for a bad spec; another -errno when the kernel refuses
 * filters; one line in @err.
 */
int t_deny(const char *spec, char *err, size_t len);

/** t_deny_calls - names that t_deny knows, NULL-terminated. */
extern const char *const t_deny_calls[];

#endif
