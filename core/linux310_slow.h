/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: a request under way, shared by the walk and the slow path. */
#ifndef CORE_LINUX310_SLOW_H
#define CORE_LINUX310_SLOW_H

#include "core/linux310_int.h"

struct l310_try {
	struct pga *self;
	struct l310_cpu *c;
	struct pga_req req;
	const struct pga_ctx *ctx; /* NULL: nothing beyond the request */
	struct l310_class class;
	struct l310_zone *preferred;
	uint32_t path;
};

/* One walk along a zonelist. */
struct l310_pass {
	const struct pga_zonelist *list;
	int mark; /* enum pga_wmark, or L310_NO_MARK */
	bool high, harder;
	bool cpuset;	      /* keep to the caller's cpuset */
	struct l310_zlc *zlc; /* NULL: no cache for this list */
};
#define L310_NO_MARK (-1)

static inline const uint64_t *l310_nodemask(const struct l310_try *t)
{
	return t->ctx ? t->ctx->nodemask : NULL;
}

static inline const uint64_t *l310_cpuset(const struct l310_try *t)
{
	return t->ctx ? t->ctx->cpuset : NULL;
}

static inline bool l310_in_mask(const uint64_t *mask, unsigned node)
{
	return !mask || mask[node / 64] >> node % 64 & 1;
}

/** l310_pass_on - a walk along the request's kind of list of @node */
struct l310_pass l310_pass_on(const struct l310_try *t, unsigned node, int mark);

/** l310_walk - try the zones of a list; the block at *@at, or NULL */
struct l310_zone *l310_walk(struct l310_try *t, const struct l310_pass *p, pga_link_t *at);

/** l310_first_zone - first zone of a list on a node of @mask; NULL if there is none */
struct l310_zone *l310_first_zone(const struct pga *self, const struct pga_zonelist *list,
				  const uint64_t *mask);

/**
 * l310_slow_path - everything that follows a failed first attempt
 * @node: whose list was walked
 * t->preferred is set; it may change.
 */
struct l310_zone *l310_slow_path(struct l310_try *t, unsigned node, pga_link_t *at);

#endif
