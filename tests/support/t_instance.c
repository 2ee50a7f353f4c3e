/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_instance.h"

#include "harness/engine/plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

const struct t_machine t_machines[] = {
	{ "one", "zone=0:Normal:0+16384 cpus=0,0", "one zone" },
	{ "x86",
	  "zone=0:DMA:1+4095 zone=0:DMA32:4096+12288 zone=0:Normal:16384+16384 res=1+100 "
	  "cpus=0,0",
	  "the three zones of a PC" },
	{ "two",
	  "zone=0:DMA32:0+8192 zone=0:Normal:8192+8192 zone=1:Normal:16384+16384 cpus=0,1,0,1",
	  "two nodes, the low zone on one of them" },
	{ "four",
	  "zone=0:Normal:0+8192 zone=1:Normal:8192+8192 zone=2:Normal:16384+8192 "
	  "zone=3:Normal:24576+8192 cpus=0,1,2,3 "
	  "dist=10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10",
	  "four nodes in a row of distances" },
	{ "memoryless", "zone=0:Normal:0+8192 cpus=0,1,1 dist=10,20/20,10",
	  "a node with CPUs and no memory" },
	{ "cpuless", "zone=0:Normal:0+8192 zone=1:Normal:8192+8192 cpus=0,0 dist=10,17/28,10",
	  "a node with memory and no CPU" },
	{ "holes",
	  "zone=0:DMA32:0+6144 zone=0:Normal:6144+14336 hole=1000+24 hole=2048+513 "
	  "hole=8191+1 hole=12288+2048 hole=20000+480 cpus=0,0",
	  "holes inside and at the end of zones" },
	{ "odd", "zone=0:Normal:0+10007 cpus=0", "a size that is no multiple of anything" },
	{ "tiny", "zone=0:Normal:0+300 cpus=0,0", "less than a pageblock" },
	{ "unaligned", "zone=0:DMA32:777+7000 zone=0:Normal:7777+9001 cpus=0,0",
	  "zones that start and end inside pageblocks" },
	{ "based", "zone=0:Normal:100+9000 base=100 cpus=0,0",
	  "blocks aligned to the zone's start" },
	{ "cma", "zone=0:DMA32:0+8192 zone=0:Normal:8192+12288 cma=10240+2048 cpus=0,0",
	  "an area for contiguous memory" },
	{ "reserved",
	  "zone=0:DMA32:0+8192 zone=0:Normal:8192+8192 res=5+17 res=511+2 res=4096+1536 "
	  "res=16383+1 cpus=0,0",
	  "reserved frames here and there" },
	{ "movable", "zone=0:Normal:0+8192 zone=0:Movable:8192+8192 cpus=0,0", "a Movable zone" },
	{ "small-orders", "zone=0:Normal:0+4096 orders=5 pageblock=3 cpus=0,0",
	  "five orders, pageblocks of 8 frames" },
	{ "highmem",
	  "zone=0:DMA:0+4096 zone=0:Normal:4096+12288 zone=0:HighMem:16384+5000 res=0+1 "
	  "res=160+96 res=1024+700 cpus=0,0",
	  "the three zones of a 32-bit machine" },
	{ "highmem-nodes",
	  "zone=0:DMA:0+4096 zone=0:Normal:4096+4096 zone=0:HighMem:8192+1024 "
	  "zone=1:Normal:10240+4096 zone=1:HighMem:14336+3000 zone=2:HighMem:18432+2048 "
	  "hole=11000+300 cpus=0,1,2,1 dist=10,20,30/20,10,20/30,20,10",
	  "three nodes, low memory on two of them" },
	{ "highmem-unaligned",
	  "zone=0:DMA:777+3000 zone=0:Normal:3777+9001 zone=0:HighMem:12778+1030 hole=5000+41 "
	  "hole=13807+1 res=3770+20 cpus=0,0",
	  "three zones that start and end anywhere" },
	{ .name = NULL },
};

const char *t_machine_find(const char *name)
{
	for (const struct t_machine *m = t_machines; m->name; m++)
		if (!strcmp(m->name, name))
			return m->text;
	return NULL;
}

/* list minus [cut.start, cut.end), order kept */
static unsigned subtract(struct pga_range *list, unsigned nr, struct pga_range cut)
{
	struct pga_range out[T_MAX_RANGES] = { 0 };
	unsigned n = 0;

	for (unsigned i = 0; i < nr; i++) {
		struct pga_range r = list[i];
		struct pga_range low = { r.start, cut.start < r.end ? cut.start : r.end };
		struct pga_range high = { cut.end > r.start ? cut.end : r.start, r.end };

		if (cut.end <= r.start || cut.start >= r.end)
			low = r, high = (struct pga_range){ 0, 0 };
		if (low.start < low.end && n < T_MAX_RANGES)
			out[n++] = low;
		if (high.start < high.end && n < T_MAX_RANGES)
			out[n++] = high;
	}
	memcpy(list, out, n * sizeof(*list));
	return n;
}

static int bad(struct t_instance *in, const char *word)
{
	snprintf(in->why, sizeof(in->why), "machine: bad word '%s'", word);
	return -EINVAL;
}

static int add_zone(struct t_instance *in, const char *word)
{
	struct pga_zone_conf *z = &in->zones[in->conf.nr_zones];
	char type[16];
	unsigned node, start, span;

	if (sscanf(word, "zone=%u:%15[^:]:%u+%u", &node, type, &start, &span) != 4 ||
	    node >= T_MAX_NODES || in->conf.nr_zones == T_MAX_ZONES)
		return bad(in, word);
	*z = (struct pga_zone_conf){
		.node = (uint8_t)node, .type = PGA_NR_ZONE_TYPES, .start = start, .span = span
	};
	for (unsigned t = 0; t < PGA_NR_ZONE_TYPES; t++)
		if (!strcmp(type, pga_zone_type_names[t]))
			z->type = (uint8_t)t;
	if (z->type == PGA_NR_ZONE_TYPES)
		return bad(in, word);
	if (node >= in->conf.nr_nodes)
		in->conf.nr_nodes = (uint16_t)(node + 1);
	in->mem[in->conf.nr_mem++] = (struct pga_range){ start, start + span };
	in->conf.nr_zones++;
	if (start + span > in->end)
		in->end = start + span;
	return 0;
}

static int add_cpus(struct t_instance *in, const char *word)
{
	char *end;

	for (const char *at = word + strlen("cpus="); *at; at = *end ? end + 1 : end) {
		unsigned long node = strtoul(at, &end, 10);

		if (end == at || node >= T_MAX_NODES || in->conf.nr_cpus == T_MAX_CPUS)
			return bad(in, word);
		in->cpu_node[in->conf.nr_cpus++] = (uint16_t)node;
		if (node >= in->conf.nr_nodes)
			in->conf.nr_nodes = (uint16_t)(node + 1);
	}
	return 0;
}

static int set_distances(struct t_instance *in, const char *word)
{
	unsigned nr = in->conf.nr_nodes, n = 0;
	char *end;

	for (unsigned i = 0; i < nr * nr; i++)
		in->dist[i] = i % (nr + 1) ? 20 : 10;
	if (!word)
		return 0;
	for (const char *at = word + strlen("dist="); *at; at = *end ? end + 1 : end) {
		unsigned long d = strtoul(at, &end, 10);

		if (end == at || n == nr * nr)
			return bad(in, word);
		in->dist[n++] = (uint16_t)d;
	}
	return n == nr * nr ? 0 : bad(in, word);
}

static bool ranged(const char *word, const char *key, struct pga_range *r)
{
	char format[24];
	unsigned start, len;

	snprintf(format, sizeof(format), "%s=%%u+%%u", key);
	if (sscanf(word, format, &start, &len) != 2)
		return false;
	*r = (struct pga_range){ start, start + len };
	return true;
}

static int add_word(struct t_instance *in, char *word, const char **dist)
{
	struct pga_conf *c = &in->conf;
	struct pga_range r;
	unsigned n;

	if (!strncmp(word, "zone=", 5))
		return add_zone(in, word);
	if (!strncmp(word, "cpus=", 5))
		return add_cpus(in, word);
	if (!strncmp(word, "dist=", 5))
		*dist = word;
	else if (sscanf(word, "orders=%u", &n) == 1)
		c->nr_orders = (uint8_t)n;
	else if (sscanf(word, "pageblock=%u", &n) == 1)
		c->pageblock_order = (uint8_t)n;
	else if (ranged(word, "hole", &r))
		c->nr_mem = (uint16_t)subtract(in->mem, c->nr_mem, r);
	else if (ranged(word, "res", &in->reserved[c->nr_reserved]))
		c->nr_reserved++;
	else if (ranged(word, "cma", &in->cma[c->nr_cma]))
		c->nr_cma++;
	else if (sscanf(word, "base=%u", &n) == 1)
		for (unsigned z = 0; z < c->nr_zones; z++)
			in->zones[z].block_base = n;
	else
		return bad(in, word);
	return 0;
}

int t_conf(struct t_instance *in, const char *text)
{
	char copy[1024], *save = NULL;
	const char *dist = NULL;
	struct pga_conf *c = &in->conf;

	memset(in, 0, sizeof(*in));
	in->driver = -1;
	*c = (struct pga_conf){ .nr_orders = 11,
				.page_shift = 12,
				.pageblock_order = 9,
				.long_bits = 64,
				.hz = 1000,
				.zones = in->zones,
				.cpu_node = in->cpu_node,
				.dist = in->dist,
				.mem = in->mem,
				.reserved = in->reserved,
				.cma = in->cma,
				.boot = in->boot,
				.policy = in->variant.policy };
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		if (add_word(in, w, &dist))
			return -EINVAL;
	memcpy(in->boot, in->mem, sizeof(in->boot));
	c->nr_boot = c->nr_mem;
	for (unsigned i = 0; i < c->nr_reserved; i++)
		c->nr_boot = (uint16_t)subtract(in->boot, c->nr_boot, in->reserved[i]);
	for (unsigned i = 0; i < c->nr_cma; i++)
		c->nr_boot = (uint16_t)subtract(in->boot, c->nr_boot, in->cma[i]);
	return set_distances(in, dist);
}

const struct pga_ops *t_extra(void)
{
	static const struct pga_ops *extra;
	const char *file = getenv("ZB_PLUGIN");
	char err[512];

	if (extra)
		return extra;
	if (!file)
		extra = &pga_skeleton;
	else if (bench_plugin_load(file, &extra, err, sizeof(err))) {
		fprintf(stderr, "%s\n", err);
		exit(1);
	}
	return extra;
}

const struct pga_variant_row *t_rows(void)
{
	static const struct pga_variant_row none = { .name = NULL };

	return getenv("ZB_PLUGIN") ? &none : pga_variants;
}

static uint64_t clock_now(void *data)
{
	return ((struct t_instance *)data)->ticks;
}

bool t_knows_zone(const struct pga_ops *ops, unsigned type)
{
	return !(ops->caps & PGA_CAP_ZONES) || (ops->zone_types >> type & 1);
}

bool t_serves(const struct pga_ops *ops, const char *machine)
{
	struct t_instance *in = calloc(1, sizeof(*in));
	const char *text = t_machine_find(machine);
	bool knows = true;

	if (!in || t_conf(in, text ? text : machine)) {
		free(in);
		return true; /* t_up says what is wrong */
	}
	for (unsigned z = 0; knows && z < in->conf.nr_zones; z++)
		knows = t_knows_zone(ops, in->zones[z].type);
	free(in);
	return knows;
}

int t_up(struct t_instance *in, const char *variant, const char *machine)
{
	return t_up_with(in, variant, machine, NULL, NULL);
}

int t_up_with(struct t_instance *in, const char *variant, const char *machine, t_host_fn make,
	      void *data)
{
	const char *text = t_machine_find(machine);
	struct pga_host host = { .data = in, .clock = clock_now };
	struct pga_extent *ext;
	int nr, rc = t_conf(in, text ? text : machine);

	if (rc || pga_variant_parse(&in->variant, variant, t_extra(), in->why, sizeof(in->why)))
		return -EINVAL;
	in->ops = in->variant.ops;
	for (unsigned z = 0; z < in->conf.nr_zones; z++) {
		if (!t_knows_zone(in->ops, in->zones[z].type)) {
			snprintf(in->why, sizeof(in->why), "%s knows no zone type %s",
				 in->ops->name, pga_zone_type_names[in->zones[z].type]);
			return -EOPNOTSUPP;
		}
		if (in->ops->zone_blocks)
			in->zones[z].block_base = in->zones[z].start;
	}
	ext = calloc(PGA_MAX_EXTENTS, sizeof(*ext));
	nr = ext ? in->ops->meta_plan(&in->conf, ext, PGA_MAX_EXTENTS, in->why, sizeof(in->why))
		 : -ENOMEM;
	in->bytes = pga_meta_bytes(ext, nr);
	free(ext);
	if (nr <= 0)
		return nr == -EINVAL ? -EOPNOTSUPP : -EINVAL;
	if (make && make(in, &host, data))
		return -EINVAL;
	in->base =
		mmap(NULL, in->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (in->base == MAP_FAILED)
		return -EINVAL;
	rc = in->ops->init(&in->pga, &in->conf, &host, in->base);
	if (rc)
		snprintf(in->why, sizeof(in->why), "init: %s", strerror(-rc));
	return rc;
}

void t_down(struct t_instance *in)
{
	if (in->pga)
		in->ops->fini(in->pga);
	if (in->base)
		munmap(in->base, in->bytes);
	in->pga = NULL;
	in->base = NULL;
}

static void park(struct t_instance *in)
{
	if (in->driver >= 0 && in->ops->park)
		in->ops->park(in->pga, (unsigned)in->driver);
	in->driver = -1;
}

void t_drive(struct t_instance *in, unsigned cpu)
{
	if (in->driver == (int)cpu)
		return;
	park(in);
	if (in->ops->unpark)
		in->ops->unpark(in->pga, cpu);
	in->driver = (int)cpu;
}

void t_drain_all(struct t_instance *in)
{
	park(in);
	for (unsigned cpu = 0; in->ops->drain && cpu < in->conf.nr_cpus; cpu++)
		in->ops->drain(in->pga, cpu, -1, 0, cpu);
}

struct pga_res t_alloc(struct t_instance *in, unsigned cpu, int node, unsigned order, uint32_t gfp)
{
	struct pga_req req = {
		.gfp = gfp, .cpu = (uint16_t)cpu, .node = (int8_t)node, .order = (uint8_t)order
	};

	t_drive(in, cpu);
	return in->ops->alloc(in->pga, req, NULL);
}

void t_free(struct t_instance *in, unsigned cpu, pga_pfn_t pfn, unsigned order)
{
	t_drive(in, cpu);
	in->ops->free(in->pga, pfn, order, cpu, 0);
}

unsigned t_orders(const struct t_instance *in)
{
	return in->ops->nr_orders < in->conf.nr_orders ? in->ops->nr_orders : in->conf.nr_orders;
}

void t_free_blocks(struct t_instance *in, unsigned zone, uint32_t *blocks)
{
	struct pga_zone_snap snap;

	in->ops->zone_snap(in->pga, zone, &snap);
	for (unsigned o = 0; o < PGA_MAX_ORDERS; o++) {
		blocks[o] = 0;
		for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
			blocks[o] += snap.nr_blocks[t][o];
	}
}

uint64_t t_pcp_frames(struct t_instance *in, unsigned zone)
{
	uint32_t count[PGA_MAX_TYPES];
	uint64_t sum = 0;

	for (unsigned cpu = 0; in->ops->pcp_count && cpu < in->conf.nr_cpus; cpu++) {
		memset(count, 0, sizeof(count));
		in->ops->pcp_count(in->pga, cpu, zone, count);
		for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
			sum += count[t];
	}
	return sum;
}
