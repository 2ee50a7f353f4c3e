/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assertions in tiers.  PGA_CHECK=0: none; 1: what costs a compare; 2: also
 * what walks.  An assertion that is off is still compiled, so it cannot rot.
 */
#ifndef CORE_ASSERT_H
#define CORE_ASSERT_H

#ifndef PGA_CHECK
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PGA_CHECK 2
#else
#define PGA_CHECK 0
#endif
#endif

/** pga_assert_failed - print where and what to stderr, and abort. */
void pga_assert_failed(const char *file, int line, const char *what)
	__attribute__((noreturn, cold));

#define pga_assert(tier, cond)                                        \
	do {                                                          \
		if ((tier) <= PGA_CHECK && !(cond))                   \
			pga_assert_failed(__FILE__, __LINE__, #cond); \
	} while (0)

#endif
