/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: a request under way, shared by the walk and the slow path. */
#ifndef CORE_LINUX26_SLOW_H
#define CORE_LINUX26_SLOW_H

#include "core/linux26_int.h"

struct l26_try {
	struct pga *self;
	struct l26_cpu *c;
	struct pga_req req;
	const struct pga_ctx *ctx; /* NULL: nothing beyond the request */
	const struct pga_zonelist *list;
	struct l26_zone *preferred; /* first usable zone of the list */
	uint32_t path;
	pga_link_t at; /* the block that the last walk found */
};

/* One walk along the list. */
struct l26_pass {
	int mark; /* enum pga_wmark, or L26_NO_MARK */
	bool high, harder;
};
#define L26_NO_MARK (-1)

/** l26_usable - zone @i of the request's list; NULL when the caller may not use it */
struct l26_zone *l26_usable(const struct l26_try *t, unsigned i);

/** l26_walk - try the zones of the list. Return: the one that t->at comes from, or NULL */
struct l26_zone *l26_walk(struct l26_try *t, const struct l26_pass *p);

/** l26_slow_path - everything that follows a failed first walk */
struct l26_zone *l26_slow_path(struct l26_try *t);

#endif
