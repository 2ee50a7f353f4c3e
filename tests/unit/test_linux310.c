/* SPDX-License-Identifier: GPL-2.0-only */
/* What is linux-3.10's own: stages, drains, tunables, layout, and its check. */
#include "core/linux310.h"
#include "core/linux310_int.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct t_instance in;

static void up(const char *variant, const char *machine)
{
	cr_assert_eq(t_up(&in, variant, machine), 0, "%s", in.why);
}

/* The stages of one request on CPU 0, as the words of the sinks. */
static const char *path(uint32_t gfp, int node, unsigned order)
{
	static char text[200];
	struct pga_res res = t_alloc(&in, 0, node, order, gfp);

	text[0] = '\0';
	for (unsigned s = 0; s < PGA_NR_STAGES; s++)
		if (res.path >> s & 1)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? " " : "", pga_stages[s].name);
	return text;
}

static uint64_t stat_of(enum pga_stat which)
{
	uint64_t val[PGA_NR_STATS];

	in.ops->stats(in.pga, -1, val);
	return val[which];
}

Test(linux310, stages_of_per_cpu_lists)
{
	up("linux-3.10", "zone=0:Normal:0+65536 cpus=0");
	cr_expect_str_eq(path(PGA_GFP_USER_MOVABLE, -1, 0), "pcp_refill split");
	cr_expect_str_eq(path(PGA_GFP_USER_MOVABLE, -1, 0), "pcp_hit");
	cr_expect_str_eq(path(PGA_GFP_USER_MOVABLE | PGA_GFP_COLD, -1, 0), "pcp_hit");
	cr_expect_str_eq(path(PGA_GFP_KERNEL, -1, 0), "pcp_refill buddy split steal claim");
	cr_expect_str_eq(path(PGA_GFP_KERNEL, -1, 0), "pcp_hit");
	cr_expect_eq(stat_of(PGA_STAT_pcp_refill), 2);
	cr_expect_eq(stat_of(PGA_STAT_extfrag_claim), 1);
	t_down(&in);
}

Test(linux310, stages_of_buddy_lists)
{
	uint32_t kept[PGA_MAX_TYPES];
	struct pga_res res;

	up("linux-3.10-nopcp", "zone=0:Normal:0+65536 cpus=0");
	cr_expect_str_eq(path(PGA_GFP_USER_MOVABLE, -1, 0), "split");
	cr_expect_str_eq(path(PGA_GFP_USER_MOVABLE, -1, 0), "buddy");
	res = t_alloc(&in, 0, -1, 3, PGA_GFP_USER_MOVABLE);
	cr_expect_eq(res.path, PGA_PATH(BUDDY), "left over from the first split");
	cr_expect_str_eq(path(PGA_GFP_USER_MOVABLE, -1, 3), "split");
	cr_expect_str_eq(path(PGA_GFP_SLAB_RECLAIMABLE, -1, 10), "steal claim");
	cr_expect_str_eq(path(PGA_GFP_KERNEL, -1, 1), "steal claim");
	res = t_alloc(&in, 0, -1, 0, PGA_GFP_USER_MOVABLE);
	in.ops->free(in.pga, res.pfn, 0, 0, 0);
	in.ops->pcp_count(in.pga, 0, 0, kept);
	for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
		cr_expect_eq(kept[t], 0, "a CPU without lists keeps frames of type %u", t);
	t_down(&in);
}

Test(linux310, stages_of_exhaustion)
{
	char seen[2000] = "";
	const char *p;

	up("linux-3.10", "zone=0:Normal:0+8192 zone=1:Normal:8192+8192 cpus=0,1");
	while (!strstr(p = path(PGA_GFP_USER_MOVABLE, 0, 9), "fail"))
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s; ", p);
	cr_expect_str_eq(p, "retry_min compact_async reclaim fail");
	cr_expect(strstr(seen, "split; buddy; "), "%s", seen);
	cr_expect(strstr(seen, "next_zone remote_node"), "%s", seen);
	cr_expect_str_eq(
		path(PGA_GFP_USER_MOVABLE | PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN, 0,
		     9),
		"fail", "fails at once");
	while (!strstr(path(PGA_GFP_KERNEL, 0, 0), "fail"))
		;
	p = path(PGA_GFP_ATOMIC | PGA_GFP_NOMEMALLOC, -1, 0);
	cr_expect(strstr(p, "retry_min") && !strstr(p, "fail"), "HIGH lowers the mark, got %s", p);
	cr_expect(strstr(path(PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC, -1, 0), "no_watermark"));
	cr_expect(strstr(path(PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM, -1, 0), "no_watermark"));
	cr_expect_str_eq(path(PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM | PGA_GFP_IN_IRQ, -1, 0),
			 "retry_min fail");
	cr_expect_str_eq(path(PGA_GFP_KERNEL | PGA_GFP_MEMALLOC | PGA_GFP_NOMEMALLOC, -1, 0),
			 "retry_min reclaim fail");
	t_down(&in);
}

Test(linux310, a_mask_of_nodes_moves_the_preferred_zone)
{
	uint64_t mask = 1u << 1, none = 1u << 5;
	struct pga_ctx ctx = { .nodemask = &mask };
	struct pga_req req = { .gfp = PGA_GFP_KERNEL, .node = 0 };
	struct pga_res res;

	up("linux-3.10", "zone=0:Normal:0+8192 zone=1:Normal:8192+8192 cpus=0,1");
	t_drive(&in, 0);
	res = in.ops->alloc(in.pga, req, &ctx);
	cr_expect(!res.err && res.zone == 1);
	cr_expect_not(res.path & (PGA_PATH(NEXT_ZONE) | PGA_PATH(REMOTE_NODE)));
	cr_expect_eq(stat_of(PGA_STAT_numa_hit), 1, "the preferred zone is the first allowed");
	cr_expect_eq(stat_of(PGA_STAT_numa_other), 1);
	ctx.nodemask = &none;
	res = in.ops->alloc(in.pga, req, &ctx);
	cr_expect(res.err == -ENOMEM && res.path == PGA_PATH(FAIL), "no slow path without a zone");
	t_down(&in);
}

Test(linux310, a_running_cpu_is_asked_to_drain)
{
	struct pga_res res;

	up("linux-3.10", "zone=0:Normal:0+65536 cpus=0,0");
	res = t_alloc(&in, 1, -1, 0, PGA_GFP_KERNEL);
	in.ops->unpark(in.pga, 0);
	cr_expect_gt(t_pcp_frames(&in, 0), 0);
	cr_expect_eq(in.ops->drain(in.pga, 1, -1, 0, 0), -EAGAIN);
	cr_expect_eq(in.ops->drain(in.pga, 1, -1, 0, 0), -EAGAIN);
	cr_expect_eq(stat_of(PGA_STAT_drain_unserved), 1);
	in.ops->free(in.pga, res.pfn, 0, 1, 0);
	cr_expect_eq(stat_of(PGA_STAT_drain_unserved), 0);
	cr_expect_eq(t_pcp_frames(&in, 0), 1, "emptied, then the freed frame");
	in.ops->drain(in.pga, 1, -1, 0, 0);
	in.ops->park(in.pga, 1);
	cr_expect_eq(stat_of(PGA_STAT_drain_unserved), 0, "parking serves, too");
	cr_expect_eq(t_pcp_frames(&in, 0), 0);
	in.driver = 0;
	t_alloc(&in, 1, -1, 0, PGA_GFP_KERNEL);
	in.ops->park(in.pga, 1);
	in.ops->unpark(in.pga, 0);
	in.driver = 0;
	cr_expect_eq(in.ops->drain(in.pga, 1, 0, 2, 0), 0, "a parked one is drained at once");
	cr_expect_gt(t_pcp_frames(&in, 0), 0, "two frames of a batch");
	cr_expect_eq(in.ops->drain(in.pga, 1, -1, 0, 0), 0);
	cr_expect_eq(t_pcp_frames(&in, 0), 0);
	t_down(&in);
}

Test(linux310, tunables_change_what_they_say)
{
	struct pga_zone_info info;
	int high, batch, fraction, free, mobility;

	up("linux-3.10,pcp.batch=5", "zone=0:Normal:0+65536 cpus=0");
	high = pga_tunable_index(in.ops, "pcp.high");
	batch = pga_tunable_index(in.ops, "pcp.batch");
	fraction = pga_tunable_index(in.ops, "percpu_pagelist_fraction");
	free = pga_tunable_index(in.ops, "min_free_kbytes");
	mobility = pga_tunable_index(in.ops, "mobility");
	in.ops->zone_info(in.pga, 0, &info);
	cr_expect(info.pcp_batch == 5 && info.pcp_high == 90, "%u %u", info.pcp_batch,
		  info.pcp_high);
	cr_expect_eq(in.ops->set(in.pga, (unsigned)high, 40), 0);
	cr_expect_eq(in.ops->set(in.pga, (unsigned)batch, 0), 0);
	in.ops->zone_info(in.pga, 0, &info);
	cr_expect(info.pcp_batch == 15 && info.pcp_high == 40);
	cr_expect_eq(in.ops->set(in.pga, (unsigned)high, 0), 0);
	cr_expect_eq(in.ops->set(in.pga, (unsigned)fraction, 8), 0);
	in.ops->zone_info(in.pga, 0, &info);
	cr_expect(info.pcp_batch == 96 && info.pcp_high == 8192);
	cr_expect_eq(in.ops->get(in.pga, (unsigned)free), 2048, "computed");
	cr_expect_eq(in.ops->set(in.pga, (unsigned)free, 4096), 0);
	cr_expect_eq(in.ops->get(in.pga, (unsigned)free), 4096);
	in.ops->zone_info(in.pga, 0, &info);
	cr_expect(info.wmark[0] == 1024 && info.wmark[1] == 1280 && info.wmark[2] == 1536);
	cr_expect_eq(in.ops->set(in.pga, (unsigned)free, -2), -ERANGE);
	cr_expect_eq(in.ops->set(in.pga, (unsigned)mobility, 0), -EPERM);
	cr_expect_eq(in.ops->set(in.pga, 1000, 0), -EPERM);
	t_down(&in);
}

/* A batch above the limit must not make a release take what is not there. */
Test(linux310, odd_list_sizes_are_survived)
{
	static const char *const variants[] = {
		"linux-3.10,pcp.high=1,pcp.batch=500",
		"linux-3.10,pcp.high=16777216,pcp.batch=1",
		"linux-3.10,pcp.high=2,pcp.batch=16777216",
	};

	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
		pga_pfn_t pfn[200];
		char why[200];

		up(variants[v], "zone=0:Normal:0+8192 cpus=0,0");
		for (unsigned i = 0; i < 200; i++)
			pfn[i] = t_alloc(&in, i % 2, -1, 0, PGA_GFP_KERNEL | PGA_GFP_MEMALLOC).pfn;
		for (unsigned i = 0; i < 200; i++)
			if (pfn[i] != PGA_NIL)
				t_free(&in, i % 2, pfn[i], 0);
		cr_expect_eq(in.ops->check(in.pga, why, sizeof(why)), 0, "%s: %s", variants[v],
			     why);
		t_down(&in);
	}
}

Test(linux310, layout)
{
	static const char *const machines[] = {
		"zone=0:Normal:0+262144 cpus=0",
		"zone=0:Normal:0+100003 zone=1:Normal:100003+100001 cpus=0,1",
		"zone=1:Normal:0+70000 zone=1:Movable:90000+70000 cpus=0,1",
	};

	for (size_t m = 0; m < sizeof(machines) / sizeof(machines[0]); m++) {
		struct pga_extent ext[64];
		uint64_t frames = 0, bytes = 0;
		char why[200];
		int nr;

		up("linux-3.10", machines[m]);
		nr = in.ops->meta_plan(&in.conf, ext, 64, why, sizeof(why));
		cr_assert_gt(nr, 0, "%s", why);
		cr_expect_eq(in.ops->meta_plan(&in.conf, ext, 2, why, sizeof(why)), -E2BIG);
		nr = in.ops->meta_plan(&in.conf, ext, 64, why, sizeof(why));
		for (int i = 0; i < nr; i++) {
			cr_expect(!(ext[i].off % 4096) && !(ext[i].len % 4096) && ext[i].len);
			cr_expect(!i || ext[i].off == ext[i - 1].off + ext[i - 1].len);
			if (!strcmp(ext[i].what, "frames"))
				frames += ext[i].len;
			bytes += ext[i].len;
		}
		cr_expect_geq(frames, 16ull * (in.end - in.conf.zones[0].start));
		cr_expect_leq(bytes, 24ull * in.end, "%llu bytes for %u frames",
			      (unsigned long long)bytes, in.end);
		t_down(&in);
	}
}

/* Each kind of damage is found; none is found before. */
Test(linux310, check_finds_damage)
{
	for (unsigned kind = 0; kind < 8; kind++) {
		struct l310_zone *z;
		struct l310_local *l;
		struct pga_frame *used, *unit;
		struct pga_res res;
		char why[200];

		up("linux-3.10", "zone=0:Normal:0+65536 hole=5000+10 res=600+3 cpus=0,0");
		res = t_alloc(&in, 0, -1, 0, PGA_GFP_USER_MOVABLE);
		t_alloc(&in, 0, -1, 2, PGA_GFP_KERNEL);
		cr_assert_eq(in.ops->check(in.pga, why, sizeof(why)), 0, "%s", why);
		z = in.pga->zone[0];
		l = &in.pga->cpu[0]->local[0];
		unit = in.pga->map.unit;
		used = &unit[pga_link(&in.pga->map, res.pfn)];
		switch (kind) {
		case 0:
			z->nr_free++;
			break;
		case 1:
			l->diff_free++;
			break;
		case 2:
			l->pcp.count++;
			break;
		case 3:
			used->flags = pga_flags(0, 0, PGA_FRAME_TAIL, 0);
			break;
		case 4:
			used->flags = pga_flags(0, 0, PGA_FRAME_PCP, 0);
			break;
		case 5:
			used->flags = pga_flags(0, 5, PGA_FRAME_USED, 0);
			break;
		case 6:
			unit[pga_link(&in.pga->map, 601)].flags =
				pga_flags(0, 0, PGA_FRAME_USED, 0);
			break;
		case 7:
			unit[l->pcp.list[PGA_MOVABLE].next].prev ^= 1;
			break;
		}
		cr_expect_eq(in.ops->check(in.pga, why, sizeof(why)), -EUCLEAN, "kind %u", kind);
		t_down(&in);
	}
}

Test(linux310, refuses_what_it_has_not)
{
	struct pga_extent ext[64];
	char why[200];

	cr_assert_eq(t_conf(&in, "zone=0:Normal:0+4096 zone=0:HighMem:4096+4096 cpus=0"), 0, "%s",
		     in.why);
	for (unsigned i = 0; pga_linux310.tunables[i].name; i++)
		in.variant.policy[i] = pga_linux310.tunables[i].def;
	in.conf.policy = in.variant.policy;
	cr_expect_eq(pga_linux310.meta_plan(&in.conf, ext, 64, why, sizeof(why)), -EINVAL);
	cr_expect(strstr(why, "HighMem"), "%s", why);
}
