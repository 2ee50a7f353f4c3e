/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples of workloads whose frames have owners: daemons, device, memory, repeatability. */
#include "harness/engine/engine_owners.h"
#include "harness/matrix/matrix.h"
#include "harness/matrix/sizing.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct record r;

static int sample(const struct bench_cell *cell)
{
	struct topo *t = t_topo("", NULL);

	rec_init(&r);
	r.seed = t_seed();
	int rc = bench_sample(cell, t, &r);

	topo_free(t);
	return rc;
}

static double stat_of(const char *name)
{
	for (unsigned i = 0; i < r.nr_stats; i++)
		if (!strcmp(r.stats[i].name, name))
			return r.stats[i].value;
	return NAN;
}

static void make(struct bench_cell *cell)
{
	t_cell_make(cell, "linux-3.10", "pressure");
	cell->max_ops = 20000;
}

Test(owned_sample, daemons_work_and_are_counted)
{
	struct bench_cell cell;

	make(&cell);
	cr_assert_eq(sample(&cell), 0, "%s: %s", r.status, r.reason);
	cr_assert_str_eq(r.status, "ok", "%s", r.reason);
	cr_assert_gt(stat_of("daemon.wakes"), 0);
	cr_assert_geq(stat_of("daemon.steps"), stat_of("daemon.wakes"));
	cr_assert_gt(stat_of("own.evicted"), 0);
	cr_assert_gt(stat_of("pgsteal_kswapd") + stat_of("pgsteal_direct"), 0);
}

Test(owned_sample, without_daemons_everything_is_reclaimed_directly)
{
	struct bench_cell cell;

	make(&cell);
	cell.daemons = DAEMONS_OFF;
	cr_assert_eq(sample(&cell), 0, "%s: %s", r.status, r.reason);
	cr_assert_eq(stat_of("daemon.steps"), 0);
	cr_assert_eq(stat_of("pgsteal_kswapd"), 0);
	cr_assert_gt(stat_of("pgsteal_direct"), 0);
}

Test(owned_sample, stepped_daemons_make_a_sample_repeatable)
{
	static struct rec_value first[REC_MAX_VALUES];
	struct bench_cell cell;
	unsigned nr;

	make(&cell);
	cell.daemons = DAEMONS_STEPPED;
	cr_assert_eq(sample(&cell), 0, "%s: %s", r.status, r.reason);
	nr = r.nr_stats;
	memcpy(first, r.stats, sizeof(first));
	cr_assert_gt(stat_of("pgsteal_kswapd"), 0);
	cr_assert_eq(sample(&cell), 0, "%s: %s", r.status, r.reason);
	cr_assert_eq(r.nr_stats, nr);
	for (unsigned i = 0; i < nr; i++) {
		cr_expect_str_eq(r.stats[i].name, first[i].name);
		cr_expect_eq(r.stats[i].value, first[i].value, "%s: %g, then %g", first[i].name,
			     first[i].value, r.stats[i].value);
	}
}

Test(owned_sample, a_failing_device_loses_nothing)
{
	struct bench_cell cell;

	make(&cell);
	cell.device.error_ppm = 500000;
	cr_assert_eq(sample(&cell), 0, "%s: %s", r.status, r.reason);
	cr_assert_gt(stat_of("own.write_errors"), 0);
	cr_assert(isnan(stat_of("own.lost")) && isnan(stat_of("own.corrupt")));
}

Test(owned_sample, a_real_file_is_written)
{
	char path[] = "/tmp/zb-device-XXXXXX";
	int fd = mkstemp(path);
	struct bench_cell cell;

	cr_assert_geq(fd, 0);
	make(&cell);
	cell.memory.backing = BACK_BOUND;
	cell.memory.touch = WL_TOUCH_PAGE;
	cell.device.file = path;
	int rc = sample(&cell);

	off_t size = lseek(fd, 0, SEEK_END);

	close(fd);
	unlink(path);
	cr_assert_eq(rc, 0, "%s: %s", r.status, r.reason);
	cr_assert_gt(stat_of("own.writes"), 0);
	cr_assert_geq(size, 4096);
	make(&cell);
	cell.device.file = "/no/such/place";
	cr_assert_eq(sample(&cell), -1);
	cr_assert(strstr(r.reason, "/no/such/place"), "%s", r.reason);
}

Test(owned_sample, what_owners_need_is_planned)
{
	struct topo *t = t_topo("", NULL);
	struct bench_need with, without;
	struct bench_cell cell;
	char why[200];

	make(&cell);
	cr_assert_eq(bench_need(&cell, t, &with, why, sizeof(why)), 0, "%s", why);
	t_cell_make(&cell, "linux-3.10", "bulk");
	cr_assert_eq(bench_need(&cell, t, &without, why, sizeof(why)), 0, "%s", why);
	/* A handle of 32 bytes, its frame and its tag for each of 4,096 frames. */
	cr_assert_geq(with.slots, without.slots - 4096 * sizeof(uint32_t) + 4096 * 44);
	topo_free(t);
}

Test(owned_sample, daemons_have_cpus_of_their_own)
{
	struct topo *t = t_topo("synthetic:numa:2 core:2 pu:1", NULL);
	struct bench_cell cell;
	struct machine_conf *m;
	char why[200];

	make(&cell);
	cell.threads = 1;
	cr_assert_eq(machine_conf_make(&m, cell.variant.ops, cell.variant.policy, &cell, t, why,
				       sizeof(why)),
		     0, "%s", why);
	cr_assert_eq(m->nr_daemons, 2, "one kswapd for each node");
	cr_assert_eq(m->conf.nr_cpus, 4 + 2);
	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(m->daemons[i].cpu, 4 + i);
		cr_assert_eq(m->daemons[i].node, i);
		cr_assert_eq(m->conf.cpu_node[4 + i], i);
		cr_assert_eq(t->cpus[m->daemons[i].real].node, i);
		cr_assert_neq(m->daemons[i].real, m->threads[0].real, "where no thread runs");
	}
	machine_conf_free(m);
	cell.daemons = DAEMONS_OFF;
	cr_assert_eq(machine_conf_make(&m, cell.variant.ops, cell.variant.policy, &cell, t, why,
				       sizeof(why)),
		     0, "%s", why);
	cr_assert_eq(m->conf.nr_cpus, 4);
	machine_conf_free(m);
	topo_free(t);
}

/* A matrix of one pressure cell with more keys. */
static int load(struct matrix **m, const char *keys, char *err, size_t len)
{
	char path[] = "/tmp/zb-matrix-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	dprintf(fd,
		"name: t\nvariants: [linux-3.10]\nbaseline: linux-3.10\n"
		"workloads:\n  - {name: pressure}\n%s",
		keys);
	close(fd);
	int rc = matrix_load(m, path, NULL, err, len);

	unlink(path);
	return rc;
}

Test(owned_sample, a_matrix_says_how_daemons_and_device_are)
{
	struct topo *t = t_topo("", NULL);
	struct matrix_limits limits = { .spendable = 1ull << 40, .bound = "t", .build_id = "t" };
	struct matrix_cells cells;
	struct matrix *m;
	char err[512];

	cr_assert_eq(load(&m, "", err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(m->daemons, DAEMONS_THREADED);
	cr_assert_eq(m->device.latency, DEVICE_LATENCY);
	cr_assert_eq(m->device.bandwidth, DEVICE_BANDWIDTH);
	free(m);
	cr_assert_eq(load(&m,
			  "daemons: stepped\nmemory: {per-node: 16MiB, touch: page}\n"
			  "device: {latency: 5, bandwidth: 4096KB, errors: 100, file: /x}\n",
			  err, sizeof(err)),
		     0, "%s", err);
	cr_assert_eq(m->daemons, DAEMONS_STEPPED);
	cr_assert_eq(m->device.latency, 5);
	cr_assert_eq(m->device.bandwidth, 1);
	cr_assert_eq(m->device.error_ppm, 100);
	cr_assert_str_eq(m->device.file, "/x");
	cr_assert_eq(matrix_expand(&cells, m, t, &limits, err, sizeof(err)), 0, "%s", err);
	cr_assert(strstr(cells.cell[0].memory, "daemons=stepped device=5ms,1/ms,100ppm,file"), "%s",
		  cells.cell[0].memory);
	matrix_cells_free(&cells);
	free(m);
	cr_assert_neq(load(&m, "daemons: steped\n", err, sizeof(err)), 0);
	cr_assert(strstr(err, "stepped"), "%s", err);
	cr_assert_neq(load(&m, "device: {bandwidth: 5}\n", err, sizeof(err)), 0);
	cr_assert(strstr(err, "bandwidth"), "%s", err);
	cr_assert_neq(load(&m, "device: {file: /x}\n", err, sizeof(err)), 0);
	cr_assert(strstr(err, "touch"), "%s", err);
	topo_free(t);
}
