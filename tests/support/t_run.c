/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_run.h"

#include "results/hist.h"
#include "results/rec_map.h"

#include <ftw.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void t_scratch(char *dir, size_t len)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, len, "%s/zb-test-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		abort();
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

void t_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

void t_latency(struct record *r, double ns)
{
	static const char *const names[] = { "pcp_hit", "pcp_refill", REC_HIST_FREE };
	struct hist h;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(&h, 0, sizeof(h));
		for (unsigned n = 0; n < 2000; n++)
			hist_add(&h, hist_units((n % 50 ? 1 : 20) * (i + 1) * ns));
		rec_hist_put(&r->hists, names[i], &h);
	}
}

void t_record(struct record *r, const struct t_cell *c, unsigned i, uint64_t seed)
{
	uint64_t hash = mix(mix(UINT64_C(0xcbf29ce484222325), c->variant), c->workload);
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);

	hash ^= c->order * UINT64_C(0x9e3779b97f4a7c15) + c->threads;
	gsl_rng_set(rng, (unsigned long)((hash + seed * 7919u + i * 104729u) & 0x7fffffff));
	rec_init(r);
	snprintf(r->variant, REC_TEXT, "%s", c->variant);
	snprintf(r->workload, REC_TEXT, "%s", c->workload);
	snprintf(r->placement, REC_TEXT, "local");
	snprintf(r->memory, REC_TEXT, "64MiB bound");
	snprintf(r->status, REC_TEXT, "%s", c->status ? c->status : "ok");
	snprintf(r->cell, REC_TEXT, "%016llx", (unsigned long long)hash);
	for (const char *f = c->flags ? c->flags : ""; *f; f++)
		rec_flag_set(r, *f);
	r->order = c->order;
	r->threads = c->threads;
	r->sample = i;
	r->seed = 1;
	r->turn = i;
	if (!c->status || !strcmp(c->status, "invalid")) {
		double even = c->n > 1 ? 2.0 * i / (c->n - 1) - 1 : 0;
		double noise = c->spread < 0 ? 1 - c->spread * even
					     : 1 + c->spread * gsl_ran_gaussian(rng, 1.0);

		r->ns_op = c->median * noise;
		r->mops = 1e3 * c->threads / r->ns_op;
		r->null_ns_op = 1.5 * noise;
		r->ops = 1000000;
		r->elapsed_s = 0.25;
		rec_add(r->paths, &r->nr_paths, "pcp_hit", 0.97, NULL);
		rec_add(r->paths, &r->nr_paths, "pcp_refill", 0.02, NULL);
		rec_add(r->paths, &r->nr_paths, "reclaim", 0.01, NULL);
		rec_add(r->counters, &r->nr_counters, "cycles_per_op", 3 * r->ns_op, NULL);
		rec_add(r->counters, &r->nr_counters, "ipc", 2.0 / noise, NULL);
		rec_add(r->counters, &r->nr_counters, "dtlb_per_kop", (double)NAN,
			"refused: not supported");
		rec_add(r->stats, &r->nr_stats, "pgalloc", 1e6, NULL);
		rec_add(r->stats, &r->nr_stats, "allocstall", 100 * c->order, NULL);
		rec_add(r->stats, &r->nr_stats, "compact_stall", 0, NULL);
		t_latency(r, c->median / 2);
	} else {
		snprintf(r->reason, REC_TEXT, "synthetic");
	}
	gsl_rng_free(rng);
}

json_t *t_manifest(void)
{
	return json_pack("{s:{s:s, s:i, s:i, s:s}, s:s, s:b, s:s}", "env", "cpu_model", "Test CPU",
			 "nr_cpus", 2, "nr_nodes", 1, "kernel", "6.1.0-test", "topology",
			 "this machine", "simulated", 0, "counter_backend", "none");
}

static unsigned most_samples(const struct t_cell *cells, unsigned nr)
{
	unsigned most = 0;

	for (unsigned c = 0; c < nr; c++)
		most = cells[c].n > most ? cells[c].n : most;
	return most;
}

void t_run_fill(struct run_data *run, const struct t_cell *cells, unsigned nr, uint64_t seed)
{
	size_t room = 0;

	memset(run, 0, sizeof(*run));
	snprintf(run->dir, sizeof(run->dir), "synthetic");
	run->manifest = t_manifest();
	for (unsigned c = 0; c < nr; c++)
		room += cells[c].n;
	run->records = calloc(room ? room : 1, sizeof(*run->records));
	for (unsigned i = 0; i < most_samples(cells, nr); i++)
		for (unsigned c = 0; c < nr; c++)
			if (i < cells[c].n)
				t_record(&run->records[run->nr++], &cells[c], i, seed);
}

/* Four pageblocks that fill: one more at each of the four points. */
static int write_map(const char *dir, const struct record *r)
{
	struct rec_map_cell cells[4][4] = { 0 };
	struct rec_map m = { .blocks = 4,
			     .block_frames = 512,
			     .group = 1,
			     .nr_cells = 4,
			     .nr_points = 4,
			     .nr_zones = 1,
			     .typed = true };
	char path[512];

	snprintf(m.cell, sizeof(m.cell), "%s", r->cell);
	snprintf(m.zone[0].name, sizeof(m.zone[0].name), "node 0 Normal");
	for (unsigned p = 0; p < 4; p++) {
		m.requests[p] = 1000.0 * (p + 1);
		m.at[p] = cells[p];
		for (unsigned c = 0; c < 4; c++)
			cells[p][c] = (struct rec_map_cell){ .kind = REC_MAP_MOVABLE,
							     .mixed = c == 1 && p > 1,
							     .fill = c <= p ? REC_MAP_FULL : 0,
							     .most = c <= p ? REC_MAP_FULL : 0 };
	}
	snprintf(path, sizeof(path), "%s/" REC_MAP_FILE, dir);
	return rec_map_append(path, &m);
}

void t_run_write(const char *dir, const struct t_cell *cells, unsigned nr, uint64_t seed)
{
	struct run_data run;
	struct store *s;
	char err[512];

	t_run_fill(&run, cells, nr, seed);
	int rc = store_create(&s, dir, err, sizeof(err));

	if (!rc)
		rc = store_manifest_set(s, run.manifest, err, sizeof(err));
	for (size_t i = 0; !rc && i < run.nr; i++) {
		rc = store_append(s, &run.records[i], err, sizeof(err));
		if (!rc && !run.records[i].sample && !strcmp(run.records[i].status, "ok"))
			rc = write_map(dir, &run.records[i]);
	}
	if (rc) {
		fprintf(stderr, "%s\n", err);
		exit(1);
	}
	store_close(s);
	store_release(&run);
}

void t_write(const char *folder, const char *path, const char *text)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s/%s", folder, path);
	for (char *slash = strchr(name + strlen(folder) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(name, 0777);
		*slash = '/';
	}
	FILE *f = fopen(name, "we");

	if (!f || fprintf(f, "%s\n", text) < 0 || fclose(f)) {
		perror(name);
		abort();
	}
}
