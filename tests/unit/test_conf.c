/* SPDX-License-Identifier: GPL-2.0-only */
/* pga_conf_check refuses what a mechanism cannot rely on, and names it. */
#include "core/conf.h"
#include "core/linux310.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define MACHINE                                                                              \
	"zone=0:DMA32:0+4096 zone=0:Normal:4096+4096 zone=1:Normal:8192+4096 cma=9216+1024 " \
	"res=100+10 cpus=0,1"

static struct t_instance in;

static void fresh(void)
{
	cr_assert_eq(t_conf(&in, MACHINE), 0, "%s", in.why);
	for (unsigned i = 0; pga_linux310.tunables[i].name; i++)
		in.variant.policy[i] = pga_linux310.tunables[i].def;
	in.conf.policy = in.variant.policy;
}

static void refused(const char *text)
{
	char why[256] = "";
	int rc = pga_conf_check(&in.conf, pga_linux310.tunables, why, sizeof(why));

	cr_expect_eq(rc, -EINVAL, "'%s' is accepted", text);
	cr_expect(strstr(why, text), "'%s' is not in '%s'", text, why);
	fresh();
}

Test(conf, a_good_one_is_accepted)
{
	char why[256] = "";

	fresh();
	cr_expect_eq(pga_conf_check(&in.conf, pga_linux310.tunables, why, sizeof(why)), 0, "%s",
		     why);
}

Test(conf, counts)
{
	fresh();
	in.conf.nr_orders = 0;
	refused("nr_orders 0 is outside 1..16");
	in.conf.nr_orders = 17;
	refused("nr_orders 17");
	in.conf.pageblock_order = in.conf.nr_orders;
	refused("pageblock_order 11 is outside 0..10");
	in.conf.nr_nodes = 65;
	refused("nr_nodes 65");
	in.conf.nr_cpus = 0;
	refused("nr_cpus 0");
	in.conf.nr_zones = 0;
	refused("nr_zones 0");
	in.conf.page_shift = 60;
	refused("page_shift 60");
	in.conf.long_bits = 48;
	refused("long_bits 48");
	in.cpu_node[1] = 2;
	refused("cpu 1 is on node 2 of 2");
}

Test(conf, zones)
{
	fresh();
	in.zones[2].node = 5;
	refused("zone 2: node 5");
	in.zones[1].type = 9;
	refused("type 9");
	in.zones[0].span = 0;
	refused("zone 0: start 0 and span 0");
	in.zones[2].start = UINT32_MAX;
	refused("zone 2: start 4294967295");
	in.zones[0].span = 4097;
	refused("zones 0 and 1 overlap");
	in.zones[1].type = PGA_ZONE_DMA;
	refused("zone 1: not sorted");
	in.zones[1].block_base = 5000;
	refused("block base 5000");
}

Test(conf, ranges)
{
	fresh();
	in.boot[0].end = in.boot[0].start;
	refused("boot range 0: end");
	in.boot[0].end = in.boot[1].start + 1;
	refused("overlap");
	in.mem[0].end = 50;
	refused("no RAM");
	in.boot[in.conf.nr_boot - 1].end = 20000;
	refused("in no zone");
	in.cma[0].start = 9217;
	refused("cma range 0 is not whole pageblocks");
	in.cma[0] = (struct pga_range){ 3584, 4608 };
	in.conf.nr_boot = 0;
	refused("cma range 0 crosses zones");
	in.reserved[0] = (struct pga_range){ 9216, 9217 };
	refused("overlap");
}

Test(conf, frames_of_boot_time_bitmaps)
{
	static struct pga_range maps[2];

	for (unsigned i = 0; i < 3; i++) {
		static const char *const texts[] = {
			"bootmap range 0: 3 of 5 frames", "bootmap range 1: end 7",
			"bootmap range 1 and bootmap range 0 overlap"
		};

		fresh();
		maps[0] = (struct pga_range){ i ? 5 : 98, i ? 10 : 103 };
		maps[1] = (struct pga_range){ i < 2 ? 7 : 9, i < 2 ? 7 : 12 };
		in.conf.bootmap = maps;
		in.conf.nr_bootmap = i ? 2 : 1;
		refused(texts[i]);
	}
}

Test(conf, policy)
{
	int i = pga_tunable_index(&pga_linux310, "lowmem_reserve_ratio.dma");

	fresh();
	in.variant.policy[i] = -1;
	refused("tunable lowmem_reserve_ratio.dma: -1 is outside 0..");
}

Test(conf, sizes)
{
	struct pga_zone_size size;
	uint64_t start, end;

	fresh();
	pga_conf_zone_size(&in.conf, 0, &size);
	cr_expect(size.present == 4096 && size.managed == 4086, "%u %u", size.present,
		  size.managed);
	pga_conf_zone_size(&in.conf, 2, &size);
	cr_expect(size.present == 4096 && size.managed == 3072, "%u %u", size.present,
		  size.managed);
	cr_expect_eq(pga_conf_zone_at(&in.conf, 8191), 1);
	cr_expect_eq(pga_conf_zone_at(&in.conf, 12288), -1);
	in.zones[2].span = 4097;
	in.zones[0].start = 1;
	pga_conf_span(&in.conf, &start, &end);
	cr_expect(start == 0 && end == 13 * 1024, "whole blocks of the highest order");
}
