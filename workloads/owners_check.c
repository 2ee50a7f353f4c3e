/* SPDX-License-Identifier: GPL-2.0-only */
/* Is everything that the owners have where they believe it to be? */
#include "workloads/owners_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct tally {
	uint64_t frames, swap;
};

static int bad(char *why, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int bad(char *why, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return -EUCLEAN;
}

static int check_present(struct own *o, uint32_t h, char *why, size_t len)
{
	const struct own_handle *e = &o->handle[h];
	struct pga_frame_info info = { 0 };
	unsigned order = own_order_of(e);

	if (e->pfn >= o->frames || o->rmap[e->pfn] != h + 1)
		return bad(why, len, "handle %u: frame %u is handle %u's", h, e->pfn,
			   e->pfn < o->frames ? o->rmap[e->pfn] - 1 : OWN_NONE);
	if (o->ops->frame) {
		o->ops->frame(o->pga, e->pfn, &info);
		if (info.state != PGA_FRAME_USED || info.order != order)
			return bad(why, len,
				   "handle %u: frame %u of order %u is in state %d, order %u", h,
				   e->pfn, order, (int)info.state, info.order);
	}
	if (!own_verify(o, h, e->pfn, order, e->ver))
		return bad(why, len, "handle %u: frame %u holds wrong data", h, e->pfn);
	return 0;
}

static int check_handle(struct own *o, uint32_t h, struct tally *tally, char *why, size_t len)
{
	const struct own_handle *e = &o->handle[h];

	if (own_is(e, H_LOCK))
		return bad(why, len, "handle %u is locked", h);
	if (!own_is(e, H_USED))
		return 0;
	if (own_is(e, H_SWAP))
		tally[e->group].swap++;
	if (!own_is(e, H_PRESENT))
		return 0;
	tally[e->group].frames += (uint64_t)1 << own_order_of(e);
	return check_present(o, h, why, len);
}

static int check_groups(struct own *o, const struct tally *tally, char *why, size_t len)
{
	uint64_t swap = 0;

	for (uint32_t g = 0; g < o->nr_groups; g++) {
		if (tally[g].frames != o->group[g].frames || tally[g].swap != o->group[g].swap)
			return bad(why, len,
				   "group %u counts %llu frames and %llu of swap, has %llu and "
				   "%llu",
				   g, (unsigned long long)o->group[g].frames,
				   (unsigned long long)o->group[g].swap,
				   (unsigned long long)tally[g].frames,
				   (unsigned long long)tally[g].swap);
		swap += tally[g].swap;
	}
	if (swap == o->swap_used)
		return 0;
	return bad(why, len, "swap counts %llu frames, handles have %llu",
		   (unsigned long long)o->swap_used, (unsigned long long)swap);
}

static int check_rmap(const struct own *o, char *why, size_t len)
{
	for (uint32_t pfn = 0; pfn < o->frames; pfn++)
		if (o->rmap[pfn] && o->handle[o->rmap[pfn] - 1].pfn != pfn)
			return bad(why, len, "frame %u belongs to handle %u, which has %u", pfn,
				   o->rmap[pfn] - 1, o->handle[o->rmap[pfn] - 1].pfn);
	return 0;
}

int own_check(struct own *o, char *why, size_t len)
{
	struct tally *tally = calloc(o->nr_groups, sizeof(*tally));
	uint64_t stat[OWN_NR_STATS];
	int rc = 0;

	own_stats(o, stat);
	if (!tally)
		return bad(why, len, "no memory to check %u groups", o->nr_groups);
	if (stat[OWN_STAT_corrupt] || stat[OWN_STAT_lost])
		rc = bad(why, len, "contents wrong %llu times, lost %llu times",
			 (unsigned long long)stat[OWN_STAT_corrupt],
			 (unsigned long long)stat[OWN_STAT_lost]);
	for (uint32_t h = 0; !rc && h < o->nr_handles; h++)
		rc = check_handle(o, h, tally, why, len);
	if (!rc)
		rc = check_groups(o, tally, why, len);
	free(tally);
	return rc ? rc : check_rmap(o, why, len);
}
