/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/conf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static int refuse(char *why, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(char *why, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int check_counts(const struct pga_conf *c, char *why, size_t len)
{
	const struct {
		const char *name;
		unsigned value, min, max;
	} counts[] = {
		{ "nr_orders", c->nr_orders, 1, PGA_MAX_ORDERS },
		{ "page_shift", c->page_shift, 9, 30 },
		{ "pageblock_order", c->pageblock_order, 0, c->nr_orders ? c->nr_orders - 1u : 0 },
		{ "nr_nodes", c->nr_nodes, 1, PGA_MAX_NODES },
		{ "nr_cpus", c->nr_cpus, 1, UINT16_MAX },
		{ "nr_zones", c->nr_zones, 1, PGA_MAX_ZONES - 2 },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (counts[i].value < counts[i].min || counts[i].value > counts[i].max)
			return refuse(why, len, "%s %u is outside %u..%u", counts[i].name,
				      counts[i].value, counts[i].min, counts[i].max);
	if (c->long_bits != 32 && c->long_bits != 64)
		return refuse(why, len, "long_bits %u is neither 32 nor 64", c->long_bits);
	for (unsigned i = 0; i < c->nr_cpus; i++)
		if (c->cpu_node[i] >= c->nr_nodes)
			return refuse(why, len, "cpu %u is on node %u of %u", i, c->cpu_node[i],
				      c->nr_nodes);
	return 0;
}

static bool overlap(uint64_t s0, uint64_t e0, uint64_t s1, uint64_t e1)
{
	return s0 < e1 && s1 < e0;
}

static int check_zones(const struct pga_conf *c, char *why, size_t len)
{
	for (unsigned i = 0; i < c->nr_zones; i++) {
		const struct pga_zone_conf *z = &c->zones[i], *before = z - 1;

		if (z->node >= c->nr_nodes || z->type >= PGA_NR_ZONE_TYPES)
			return refuse(why, len, "zone %u: node %u or type %u out of range", i,
				      z->node, z->type);
		if (!z->span || pga_zone_end(z) > UINT32_MAX)
			return refuse(why, len, "zone %u: start %u and span %u are no frames", i,
				      z->start, z->span);
		if (z->block_base > z->start)
			return refuse(why, len, "zone %u: block base %u is above its start %u", i,
				      z->block_base, z->start);
		if (i && (before->node > z->node ||
			  (before->node == z->node && before->type >= z->type)))
			return refuse(why, len, "zone %u: not sorted by node and type", i);
		for (unsigned j = 0; j < i; j++)
			if (overlap(z->start, pga_zone_end(z), c->zones[j].start,
				    pga_zone_end(&c->zones[j])))
				return refuse(why, len, "zones %u and %u overlap", j, i);
	}
	return 0;
}

struct range_set {
	const char *name;
	const struct pga_range *range;
	unsigned nr;
};

/* No two ranges of a and b, which may be the same set, share a frame. */
static int check_disjoint(const struct range_set *a, const struct range_set *b, char *why,
			  size_t len)
{
	for (unsigned i = 0; i < a->nr; i++)
		for (unsigned j = 0; j < (a == b ? i : b->nr); j++)
			if (overlap(a->range[i].start, a->range[i].end, b->range[j].start,
				    b->range[j].end))
				return refuse(why, len, "%s range %u and %s range %u overlap",
					      a->name, i, b->name, j);
	return 0;
}

static int check_ordered(const struct range_set *s, char *why, size_t len)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (s->range[i].start >= s->range[i].end)
			return refuse(why, len, "%s range %u: end %u is not above start %u",
				      s->name, i, s->range[i].end, s->range[i].start);
	return 0;
}

/* Every frame of the set lies in RAM, and in some zone. */
static int check_inside(const struct pga_conf *c, const struct range_set *s, char *why, size_t len)
{
	for (unsigned i = 0; i < s->nr; i++) {
		uint64_t ram = 0, zoned = 0, start = s->range[i].start, end = s->range[i].end;

		for (unsigned j = 0; j < c->nr_mem; j++)
			if (overlap(start, end, c->mem[j].start, c->mem[j].end))
				ram += (end < c->mem[j].end ? end : c->mem[j].end) -
				       (start > c->mem[j].start ? start : c->mem[j].start);
		for (unsigned j = 0; j < c->nr_zones; j++) {
			uint64_t zs = c->zones[j].start, ze = pga_zone_end(&c->zones[j]);

			if (overlap(start, end, zs, ze))
				zoned += (end < ze ? end : ze) - (start > zs ? start : zs);
		}
		if (ram != end - start || zoned != end - start)
			return refuse(
				why, len, "%s range %u: %llu of %llu frames are %s", s->name, i,
				(unsigned long long)(end - start - (ram < zoned ? ram : zoned)),
				(unsigned long long)(end - start),
				ram < zoned ? "no RAM" : "in no zone");
	}
	return 0;
}

static int check_cma(const struct pga_conf *c, char *why, size_t len)
{
	pga_pfn_t part = (1u << c->pageblock_order) - 1;

	for (unsigned i = 0; i < c->nr_cma; i++) {
		if ((c->cma[i].start | c->cma[i].end) & part)
			return refuse(why, len, "cma range %u is not whole pageblocks", i);
		if (pga_conf_zone_at(c, c->cma[i].start) != pga_conf_zone_at(c, c->cma[i].end - 1))
			return refuse(why, len, "cma range %u crosses zones", i);
	}
	return 0;
}

/* What held the boot-time bitmaps is handed over like the rest of memory. */
static int check_bootmap(const struct pga_conf *c, char *why, size_t len)
{
	const struct range_set maps = { "bootmap", c->bootmap, c->nr_bootmap };

	if (check_ordered(&maps, why, len) || check_disjoint(&maps, &maps, why, len))
		return -EINVAL;
	for (unsigned i = 0; i < c->nr_bootmap; i++) {
		uint64_t start = c->bootmap[i].start, end = c->bootmap[i].end, known = 0;

		for (unsigned j = 0; j < c->nr_boot; j++)
			if (overlap(start, end, c->boot[j].start, c->boot[j].end))
				known += (end < c->boot[j].end ? end : c->boot[j].end) -
					 (start > c->boot[j].start ? start : c->boot[j].start);
		if (known != end - start)
			return refuse(why, len,
				      "bootmap range %u: %llu of %llu frames are not "
				      "handed over at boot",
				      i, (unsigned long long)(end - start - known),
				      (unsigned long long)(end - start));
	}
	return 0;
}

static int check_ranges(const struct pga_conf *c, char *why, size_t len)
{
	const struct range_set mem = { "mem", c->mem, c->nr_mem },
			       reserved = { "reserved", c->reserved, c->nr_reserved },
			       cma = { "cma", c->cma, c->nr_cma },
			       boot = { "boot", c->boot, c->nr_boot };
	const struct range_set *const pairs[][2] = {
		{ &mem, &mem },	      { &cma, &cma },  { &boot, &boot },
		{ &boot, &reserved }, { &boot, &cma }, { &cma, &reserved },
	};

	if (check_ordered(&mem, why, len) || check_ordered(&reserved, why, len) ||
	    check_ordered(&cma, why, len) || check_ordered(&boot, why, len))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (check_disjoint(pairs[i][0], pairs[i][1], why, len))
			return -EINVAL;
	if (check_inside(c, &cma, why, len) || check_inside(c, &boot, why, len))
		return -EINVAL;
	return check_cma(c, why, len) ? -EINVAL : check_bootmap(c, why, len);
}

static int check_policy(const struct pga_conf *c, const struct pga_tunable *t, char *why,
			size_t len)
{
	for (unsigned i = 0; t[i].name; i++)
		if (c->policy[i] < t[i].min || c->policy[i] > t[i].max)
			return refuse(why, len, "tunable %s: %lld is outside %lld..%lld", t[i].name,
				      (long long)c->policy[i], (long long)t[i].min,
				      (long long)t[i].max);
	return 0;
}

int pga_conf_check(const struct pga_conf *c, const struct pga_tunable *tunables, char *why,
		   size_t len)
{
	if (check_counts(c, why, len) || check_zones(c, why, len) || check_ranges(c, why, len))
		return -EINVAL;
	return check_policy(c, tunables, why, len);
}

static uint32_t frames_within(const struct pga_zone_conf *z, const struct pga_range *r, unsigned nr)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < nr; i++) {
		uint64_t start = r[i].start > z->start ? r[i].start : z->start;
		uint64_t end = r[i].end < pga_zone_end(z) ? r[i].end : pga_zone_end(z);

		sum += start < end ? end - start : 0;
	}
	return (uint32_t)sum;
}

void pga_conf_zone_size(const struct pga_conf *c, unsigned zone, struct pga_zone_size *size)
{
	size->present = frames_within(&c->zones[zone], c->mem, c->nr_mem);
	size->managed = frames_within(&c->zones[zone], c->boot, c->nr_boot);
}

int pga_conf_zone_at(const struct pga_conf *c, pga_pfn_t pfn)
{
	for (unsigned i = 0; i < c->nr_zones; i++)
		if (pfn >= c->zones[i].start && pfn - c->zones[i].start < c->zones[i].span)
			return (int)i;
	return -1;
}

void pga_conf_span(const struct pga_conf *c, uint64_t *start, uint64_t *end)
{
	uint64_t part = (1ull << (c->nr_orders - 1)) - 1;

	*start = UINT64_MAX;
	*end = 0;
	for (unsigned i = 0; i < c->nr_zones; i++) {
		const struct pga_zone_conf *z = &c->zones[i];
		uint64_t base = z->block_base;
		uint64_t s = base + ((z->start - base) & ~part);
		uint64_t e = base + ((pga_zone_end(z) - base + part) & ~part);

		*start = s < *start ? s : *start;
		*end = e > *end ? e : *end;
	}
}
