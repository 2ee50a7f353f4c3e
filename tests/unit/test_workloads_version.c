/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The request stream of a workload and the version of its definition go
 * together: a stream that changed without a new version is found by its
 * fingerprint, a hash of the requests of CPU 0 (operation, order, flags, node,
 * and with one thread the blocks freed) at a fixed seed on an allocator whose answers never change.
 *
 * When a stream changes on purpose: raise the workload's version, and put the
 * version and the fingerprint that the failure shows into the table.
 */
#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_ledger.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#define SEED 42u

static const struct print {
	const char *name;
	unsigned version;
	uint64_t stream;
} prints[] = {
	{ "repeat", 1, 0xb5a46df90a4ee4a0 },
	{ "bulk", 1, 0xf1e6622cbbc35000 },
	{ "rand", 1, 0x43bf1a283758e62c },
	{ "outstanding", 1, 0x55b22e06e901f8d0 },
	{ "prodcons", 1, 0x14e6cb6067100830 },
	{ "spill", 2, 0xe38425ce73b0d800 },
	{ "remote-free", 1, 0xd59cc70cc29498c0 },
	{ "tenant", 1, 0x6c6d0e192b0db2eb },
	{ "node-churn", 1, 0x4b37d108cffa5200 },
	{ "holes", 1, 0x8be6f10150fc6000 },
	{ "highalloc", 1, 0xd20cf3f3e765b35f },
	{ "pressure", 1, 0x8be8430d70f532b2 },
	{ "unmovable-drip", 2, 0x0cdcdb84f779aa8e },
	{ "oom", 1, 0x61e9193894f2dfd0 },
	{ "cma", 1, 0xf69c1f2c3ee51a77 },
	{ "local-vs-reclaim", 1, 0x673088b2e9e4ced3 },
	{ "tiering", 1, 0xb48b6b53fe754a2d },
	{ "trace", 1, 0xc070c582b78ae2e3 },
	{ "trace-owned", 1, 0xc070c582b78ae2e3 },
	{ "ageing", 1, 0x14f8ff1bb6f4b891 },
	{ "every-other", 1, 0x292c0723eea20380 },
	{ "hole-punch", 1, 0x62785a0a3d3da245 },
	{ "pin-first", 1, 0x7f4ff585dd298c00 },
	{ "highorder-frag", 1, 0xbd8c8c8b04e25903 },
	{ "frag", 1, 0x84055d97a844c807 },
	{ "fill-sweep", 1, 0xaf795c11c6fdceee },
	{ "mixed", 1, 0xb05e6db5528faf60 },
	{ "kernel-build", 1, 0x35db7e92acf4b8f3 },
	{ "server-churn", 1, 0xdcfa1bc463b64b92 },
	{ "phase-shift", 1, 0x08a69369b04600b4 },
	{ "order-fallback", 1, 0xf908f56cdc82a2be },
	{ "adversary", 1, 0x86518aea8fa16042 },
	{ "antagonist", 1, 0xf6af6d1d45e5f05d },
	{ "inefficient-reader", 2, 0x5a85eaeee0401636 },
};

static uint64_t stream_of(const struct wl_ops *wl)
{
	struct topo *t = t_topo("synthetic:numa:2 core:1 pu:1", NULL);
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, wl->needs_host ? "ledger-owned" : "ledger", wl->name);
	cell.max_ops = 2000;
	cell.daemons = DAEMONS_STEPPED;
	if (!strcmp(wl->name, "remote-free"))
		t_cell_param(&cell, "batch", 64);
	cr_assert_eq(engine_open(&e, &cell, t, SEED, NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
	engine_close(&e);
	topo_free(t);
	/* With several threads the ledger hands its blocks out as they come. */
	return t_ledger_log.stream ^ (wl->min_threads == 1 ? t_ledger_log.freed : 0);
}

Test(workloads_version, a_changed_stream_has_a_new_version)
{
	const size_t nr = sizeof(prints) / sizeof(prints[0]);

	for (const struct wl_ops *const *w = wl_table; *w; w++) {
		const struct print *p = prints;
		uint64_t stream = stream_of(*w);

		while (p < prints + nr && strcmp(p->name, (*w)->name) != 0)
			p++;
		cr_expect(p < prints + nr && p->version == (*w)->version && p->stream == stream,
			  "{ \"%s\", %u, 0x%016" PRIx64 " },", (*w)->name, (*w)->version, stream);
	}
}

/* Two replays of one trace ask for the same, of whoever owns the frames. */
static bool may_be_alike(const struct print *a, const struct print *b)
{
	return !strncmp(a->name, "trace", 5) && !strncmp(b->name, "trace", 5);
}

/* What the fingerprint is worth: another seed, or another parameter, is another stream. */
Test(workloads_version, streams_differ_between_workloads)
{
	const size_t nr = sizeof(prints) / sizeof(prints[0]);

	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < i; k++)
			cr_expect(prints[i].stream != prints[k].stream ||
					  may_be_alike(&prints[i], &prints[k]),
				  "%s and %s", prints[i].name, prints[k].name);
}
