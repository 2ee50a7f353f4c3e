/* SPDX-License-Identifier: GPL-2.0-only */
/* The test of a vtable, and the names of the seam's enumerations. */
#include "core/pga.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct pga_ops ops;
static struct pga_tunable tun[3];
static char why[256];

static void sound(void)
{
	static const char *const words[] = { "a", "b", NULL };

	ops = pga_skeleton;
	ops.tunables = tun;
	tun[0] = (struct pga_tunable){ .name = "n", .max = 9, .unit = "", .help = "h" };
	tun[1] = (struct pga_tunable){
		.name = "w", .type = PGA_TUN_WORD, .max = 1, .words = words, .unit = "", .help = "h"
	};
	memset(&tun[2], 0, sizeof(tun[2]));
}

/* Break one thing, see it named. */
#define refused(breakage, words)                                                         \
	do {                                                                             \
		sound();                                                                 \
		breakage;                                                                \
		cr_expect_eq(pga_ops_check(&ops, why, sizeof(why)), -EINVAL, #breakage); \
		cr_expect(strstr(why, words), #breakage ": %s", why);                    \
	} while (0)

Test(ops, a_sound_table_passes)
{
	sound();
	cr_expect_eq(pga_ops_check(&ops, why, sizeof(why)), 0, "%s", why);
}

Test(ops, another_abi_is_refused_with_both_numbers)
{
	char want[64];

	snprintf(want, sizeof(want), "built for ABI %u", PGA_ABI + 1);
	refused(ops.abi = PGA_ABI + 1, want);
	snprintf(want, sizeof(want), "this zonebench has ABI %u", PGA_ABI);
	refused(ops.abi = PGA_ABI + 1, want);
	refused(ops.ops_size += 8, "bytes of ops");
}

Test(ops, names_and_numbers)
{
	refused(ops.name = NULL, "name or summary missing");
	refused(ops.name = "", "name or summary missing");
	refused(ops.summary = NULL, "name or summary missing");
	refused(ops.name = "Mine", "letters beyond");
	refused(ops.name = "a,b", "letters beyond");
	refused(ops.nr_orders = 0, "nr_orders out of range");
	refused(ops.nr_orders = PGA_MAX_ORDERS + 1, "nr_orders out of range");
	refused(ops.nr_orders = 2, "PGA_CAP_ORDERS disagree");
}

Test(ops, required_hooks)
{
	refused(ops.tunables = NULL, "missing: tunables");
	refused(ops.meta_plan = NULL, "missing: meta_plan");
	refused(ops.init = NULL, "missing: init");
	refused(ops.fini = NULL, "missing: fini");
	refused(ops.alloc = NULL, "missing: alloc");
	refused(ops.free = NULL, "missing: free");
	refused(ops.stats = NULL, "missing: stats");
	refused(ops.check = NULL, "missing: check");
	refused(ops.park = NULL, "missing: park");
	refused(ops.unpark = NULL, "missing: unpark");
	refused(ops.zonelist = NULL, "missing: zonelist");
	refused(ops.zone_info = NULL, "missing: zone_info");
	refused(ops.zone_snap = NULL, "missing: zone_snap");
	refused(ops.frame = NULL, "missing: frame");
	refused(ops.caps |= PGA_CAP_ISOLATE, "missing: isolate");
}

Test(ops, tunables)
{
	refused(tun[0].def = 10, "default outside range of n");
	refused(tun[0].unit = NULL, "no unit or help for tunable n");
	refused(tun[0].help = NULL, "no unit or help for tunable n");
	refused(tun[0].name = "a=b", "'=', ',' or space");
	refused(tun[0].name = "w", "two tunables are called w");
	refused(tun[0].words = tun[1].words, "words missing or stray for n");
	refused(tun[0].type = PGA_TUN_BOOL, "range is not 0..1 for n");
	refused(tun[1].words = NULL, "words missing or stray for w");
	refused(tun[1].max = 2, "range beyond the words of w");
	refused((tun[0].runtime = true, ops.set = NULL), "no set hook for run-time tunable n");
}

Test(ops, every_enumerator_has_its_words)
{
	for (int i = 0; i < PGA_NR_STAGES; i++) {
		cr_expect(pga_stages[i].name && *pga_stages[i].name && pga_stages[i].help);
		/* the class of a path is its highest bit, so slow stages come last */
		cr_expect(i == 0 || pga_stages[i].slow >= pga_stages[i - 1].slow);
		for (int j = 0; j < i; j++)
			cr_expect_str_neq(pga_stages[i].name, pga_stages[j].name);
	}
	for (int i = 0; i < PGA_NR_STATS; i++)
		cr_expect(pga_stat_infos[i].name && *pga_stat_infos[i].help);
	for (int i = 0; i < PGA_NR_TYPES; i++)
		cr_expect(pga_types[i].name && pga_types[i].letter);
	for (int i = 0; i < PGA_NR_ZONE_TYPES; i++)
		cr_expect_not_null(pga_zone_type_names[i]);
}

Test(ops, class_of_a_path)
{
	cr_expect_eq(pga_path_class(PGA_PATH(PCP_HIT)), PGA_ST_PCP_HIT);
	cr_expect_eq(pga_path_class(PGA_PATH(PCP_REFILL) | PGA_PATH(SPLIT)), PGA_ST_SPLIT);
	cr_expect_eq(pga_path_class(PGA_PATH(PCP_HIT) | PGA_PATH(FAIL)), PGA_ST_FAIL);
}
