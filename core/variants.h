/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Variants: named (mechanism, policy) rows.  The table is core/variants.c; a
 * user derives more on the command line: "linux-3.10,pcp.batch=16".
 */
#ifndef CORE_VARIANTS_H
#define CORE_VARIANTS_H

#include "core/pga.h"

struct pga_variant_row {
	const char *name; /* NULL ends the table */
	const struct pga_ops *ops;
	const char *policy;  /* "pcp.high=0,..." on top of the defaults; "" */
	const char *summary; /* one line: what it is for */
};
extern const struct pga_variant_row pga_variants[];

/* A variant ready for use: pure data, copyable. */
struct pga_variant {
	char name[128]; /* as asked: row name and overrides */
	const struct pga_ops *ops;
	int64_t policy[PGA_MAX_TUNABLES]; /* for pga_conf.policy */
};

/**
 * pga_variant_parse - look up a row and apply overrides
 * @out: the result
 * @text: "NAME[,TUNABLE=VALUE]..."; the name of a row or of @extra
 * @extra: a mechanism from a plug-in, or NULL
 * @err: gets one line naming the thing, the value, the range and the nearest
 *       valid name; @len bytes
 * Return: 0 or -EINVAL.
 */
int pga_variant_parse(struct pga_variant *out, const char *text, const struct pga_ops *extra,
		      char *err, size_t len);

/** pga_tunable_index - position of a tunable in ops' table, -1 if unknown. */
int pga_tunable_index(const struct pga_ops *ops, const char *name);

/**
 * pga_registry_check - test every row: unique names, usable vtables, policies
 * that parse.  Return: 0, or -EINVAL with the reason in @why.
 */
int pga_registry_check(char *why, size_t len);

/** pga_rows_check - the same test for any table; @rows ends with name NULL. */
int pga_rows_check(const struct pga_variant_row *rows, char *why, size_t len);

#endif
