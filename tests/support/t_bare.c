/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_bare.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define PAGE 4096u

struct bare_cpu {
	struct t_bare_node *head;
	bool has_list;
};

struct pga {
	const struct pga_conf *conf;
	char *nodes;	/* one descriptor per frame */
	unsigned shift; /* log2 of its bytes */
	char *cpus;	/* one page each */
	size_t per_list;
	_Atomic unsigned given;
};

static const struct pga_tunable tunables[] = {
	[T_BARE_LISTS] = { .name = "lists",
			   .def = 1,
			   .min = 1,
			   .max = 1024,
			   .unit = "CPUs",
			   .help = "lists that share the frames" },
	[T_BARE_POLICY_SHIFT] = { .name = "shift",
				  .def = T_BARE_SHIFT,
				  .min = 3,
				  .max = 6,
				  .unit = "",
				  .help = "log2 of the bytes of a frame's descriptor" },
	{ .name = NULL },
};

static size_t frames_of(const struct pga_conf *c)
{
	const struct pga_range *last = &c->boot[c->nr_boot - 1];

	return last->end;
}

static size_t page_up(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static int bare_plan(const struct pga_conf *c, struct pga_extent *ext, unsigned max, char *why,
		     size_t len)
{
	if (max < c->nr_cpus + 2u) {
		snprintf(why, len, "needs %u extents", c->nr_cpus + 2u);
		return -E2BIG;
	}
	ext[0] = (struct pga_extent){ .len = PAGE, .what = "lists" };
	ext[1] =
		(struct pga_extent){ .off = PAGE,
				     .len = page_up(frames_of(c) << c->policy[T_BARE_POLICY_SHIFT]),
				     .what = "links" };
	for (unsigned cpu = 0; cpu < c->nr_cpus; cpu++)
		ext[2 + cpu] = (struct pga_extent){ .off = ext[1].off + ext[1].len + cpu * PAGE,
						    .len = PAGE,
						    .part = PGA_PART_CPU,
						    .id = (uint16_t)cpu,
						    .what = "head" };
	return c->nr_cpus + 2;
}

struct t_bare_node *t_bare_link(void *nodes, size_t nr, unsigned shift)
{
	for (size_t i = 0; i + 1 < nr; i++)
		t_bare_node(nodes, i, shift)->next = t_bare_node(nodes, i + 1, shift);
	t_bare_node(nodes, nr - 1, shift)->next = NULL;
	return nodes;
}

static int bare_init(struct pga **self, const struct pga_conf *c, const struct pga_host *host,
		     void *base)
{
	struct pga *p = base;

	(void)host;
	p->conf = c;
	p->shift = (unsigned)c->policy[T_BARE_POLICY_SHIFT];
	p->nodes = (char *)base + PAGE;
	p->cpus = p->nodes + page_up(frames_of(c) << p->shift);
	p->per_list = frames_of(c) / (size_t)c->policy[T_BARE_LISTS];
	*self = p;
	return 0;
}

static void bare_fini(struct pga *p)
{
	(void)p;
}

static struct bare_cpu *cpu_of(struct pga *p, unsigned cpu)
{
	return (struct bare_cpu *)(p->cpus + (size_t)cpu * PAGE);
}

static struct pga_res bare_alloc(struct pga *p, struct pga_req req, const struct pga_ctx *ctx)
{
	struct bare_cpu *c = cpu_of(p, req.cpu);
	struct t_bare_node *n = c->head;

	(void)ctx;
	if (__builtin_expect(!n, 0))
		return (struct pga_res){ PGA_NIL, PGA_PATH(FAIL), -ENOMEM, -1, 0, 0 };
	c->head = n->next;
	return (struct pga_res){ .pfn = (pga_pfn_t)((size_t)((char *)n - p->nodes) >> p->shift),
				 .path = PGA_PATH(PCP_HIT) };
}

static void bare_free(struct pga *p, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	struct bare_cpu *c = cpu_of(p, cpu);
	struct t_bare_node *n = t_bare_node(p->nodes, pfn, p->shift);

	(void)order;
	(void)flags;
	n->next = c->head;
	c->head = n;
}

static void bare_park(struct pga *p, unsigned cpu)
{
	(void)p;
	(void)cpu;
}

static void bare_unpark(struct pga *p, unsigned cpu)
{
	struct bare_cpu *c = cpu_of(p, cpu);
	unsigned list;

	if (c->has_list)
		return;
	c->has_list = true;
	list = atomic_fetch_add(&p->given, 1);
	if (list < (unsigned)p->conf->policy[T_BARE_LISTS])
		c->head = t_bare_link(t_bare_node(p->nodes, list * p->per_list, p->shift),
				      p->per_list, p->shift);
}

static void bare_stats(struct pga *p, int zone, uint64_t *val)
{
	(void)p;
	(void)zone;
	memset(val, 0, PGA_NR_STATS * sizeof(*val));
}

static int bare_check(struct pga *p, char *why, size_t len)
{
	(void)p;
	(void)why;
	(void)len;
	return 0;
}

static unsigned bare_zonelist(struct pga *p, unsigned node, bool this_node, uint16_t *zones,
			      unsigned max)
{
	(void)p;
	(void)node;
	(void)this_node;
	(void)zones;
	(void)max;
	return 0;
}

const struct pga_ops t_bare = {
	.name = "bare",
	.summary = "one linked list per core and nothing else",
	.abi = PGA_ABI,
	.ops_size = sizeof(struct pga_ops),
	.caps = PGA_CAP_THREADS | PGA_CAP_NODES,
	.nr_orders = 1,
	.tunables = tunables,
	.meta_plan = bare_plan,
	.init = bare_init,
	.fini = bare_fini,
	.alloc = bare_alloc,
	.free = bare_free,
	.park = bare_park,
	.unpark = bare_unpark,
	.stats = bare_stats,
	.zonelist = bare_zonelist,
	.check = bare_check,
};
