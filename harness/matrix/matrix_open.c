/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/matrix/matrix_open.h"

#include "core/words.h"
#include "harness/cmd/cmd.h"
#include "harness/engine/plugin.h"
#include "harness/matrix/self_check.h"
#include "harness/measure/topo_measure.h"
#include "harness/shipped.h"
#include "harness/view/progress.h"
#include "results/env.h"
#include "results/stats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALPHA 0.05 /* family-wise, of compare */

static const struct shipped matrices = { .env = "ZB_MATRICES",
					 .source = "harness/matrices",
					 .installed = "matrices" };

struct wanted {
	const char *name;
	char *path;
	size_t size;
};

static bool holds(const char *folder, void *data)
{
	struct wanted *w = data;
	int n = snprintf(w->path, w->size, "%s/%s.yaml", folder, w->name);

	return n > 0 && (size_t)n < w->size && !access(w->path, R_OK);
}

/* A matrix that comes with zonebench. */
static bool find_matrix(char *out, size_t len, const char *name)
{
	struct wanted w = { .name = name, .path = out, .size = len };

	return shipped_each(&matrices, holds, &w);
}

/* @file as it is; what is no file and could be the name of a shipped one is looked for. */
static int choose_file(struct matrix_job *job, const struct matrix_opts *o, const char *file)
{
	const char *name = o->quick ? "quick" : "default";

	if (file && (!access(file, F_OK) || strchr(file, '/') ||
		     !find_matrix(job->path, sizeof(job->path), file)))
		snprintf(job->path, sizeof(job->path), "%s", file);
	if (file || find_matrix(job->path, sizeof(job->path), name))
		return EXIT_OK;
	bench_err("the %s matrix is not where this zonebench was built or installed; "
		  "set ZB_MATRICES, or name a file",
		  name);
	return EXIT_FAILED;
}

static uint64_t hash_file(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325u;
	unsigned char buf[4096];
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return 0;
	while ((n = fread(buf, 1, sizeof(buf), f)))
		for (size_t i = 0; i < n; i++)
			hash = (hash ^ buf[i]) * 0x100000001b3u;
	fclose(f);
	return hash;
}

static void find_build_id(struct matrix_job *job)
{
	const char *id = json_string_value(json_object_get(job->env, "build_id"));

	/* A linker without build ids: the file itself. */
	if (id)
		snprintf(job->build_id, sizeof(job->build_id), "%s", id);
	else
		snprintf(job->build_id, sizeof(job->build_id), "%016llx",
			 (unsigned long long)hash_file("/proc/self/exe"));
}

static int load_matrix(struct matrix_job *job, const struct matrix_opts *o, const char *file,
		       const struct pga_ops *extra)
{
	char err[768];

	if (file && o->quick) {
		bench_err("--quick names a matrix and so does %s; give one of them", file);
		return EXIT_USAGE;
	}
	if (choose_file(job, o, file))
		return EXIT_FAILED;
	if (matrix_load(&job->m, job->path, extra, err, sizeof(err))) {
		bench_err("%s", err);
		return EXIT_USAGE;
	}
	if (o->seed >= 0)
		job->m->seed = (uint64_t)o->seed;
	for (unsigned i = 0; i < o->sweep.nr; i++)
		if (matrix_sweep(job->m, o->sweep.item[i], extra, err, sizeof(err))) {
			bench_err("%s", err);
			return EXIT_USAGE;
		}
	return EXIT_OK;
}

/* Every supported cell that has a baseline beside it is one comparison. */
static unsigned count_comparisons(const struct matrix_job *job)
{
	const struct matrix_cells *cells = &job->cells;
	bool *has = calloc(cells->nr_groups + 1, sizeof(*has));
	unsigned nr = 0;

	for (size_t i = 0; has && i < cells->nr; i++)
		if (cells->cell[i].supported &&
		    !strcmp(cells->cell[i].cell.variant.name, job->m->baseline))
			has[cells->cell[i].group] = true;
	for (size_t i = 0; has && i < cells->nr; i++)
		nr += cells->cell[i].supported && has[cells->cell[i].group] &&
		      strcmp(cells->cell[i].cell.variant.name, job->m->baseline) != 0;
	free(has);
	return nr;
}

static void choose_samples(struct matrix_job *job, const struct matrix_opts *o)
{
	const struct matrix *m = job->m;

	job->comparisons = count_comparisons(job);
	job->samples_min = job->comparisons ? stats_min_samples(job->comparisons, ALPHA) : 1;
	job->samples = m->samples_min;
	if (job->samples < job->samples_min)
		job->samples = job->samples_min;
	if (job->samples > m->samples_max)
		job->samples = m->samples_max;
	job->until = o->samples ? 0 : m->until;
	if (o->samples)
		job->samples = (unsigned)o->samples;
}

/* "time,frag" to a set of passes. */
static int passes_of(const char *text, unsigned *set)
{
	const char *names[BENCH_NR_PASSES];
	char word[32];

	*set = text ? 0 : BENCH_ALL_PASSES;
	for (unsigned i = 0; i < BENCH_NR_PASSES; i++)
		names[i] = bench_passes[i].name;
	for (size_t n; text; text = text[n] ? text + n + 1 : NULL) {
		unsigned i = 0;

		n = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		while (i < BENCH_NR_PASSES && strcmp(names[i], word) != 0)
			i++;
		if (i == BENCH_NR_PASSES) {
			const char *near = pga_nearest(word, names, BENCH_NR_PASSES);

			bench_err("--passes: unknown pass '%s'; wants some of time, paths, "
				  "counters, frag%s%s%s",
				  word, near ? "; did you mean '" : "", near ? near : "",
				  near ? "'?" : "");
			return EXIT_USAGE;
		}
		*set |= 1u << i;
	}
	return EXIT_OK;
}

int matrix_open(struct matrix_job *job, const struct matrix_opts *o, const char *file)
{
	const struct pga_ops *extra = NULL;
	char err[768];

	memset(job, 0, sizeof(*job));
	if (o->plugin && bench_plugin_load(o->plugin, &extra, err, sizeof(err))) {
		bench_err("%s", err);
		return EXIT_USAGE;
	}
	int rc = load_matrix(job, o, file, extra);

	if (rc)
		return rc;
	if (o->self_check)
		self_check_variants(job->m);
	if (topo_load(&job->topo, o->topo, o->distances, err, sizeof(err))) {
		bench_err("%s", err);
		return EXIT_USAGE;
	}
	job->measured = measure_load(job->topo, job->not_measured, sizeof(job->not_measured));
	job->env = env_capture();
	find_build_id(job);
	job->limits = (struct matrix_limits){
		.oversubscribe = o->oversubscribe,
		.plugin_hash = o->plugin ? hash_file(o->plugin) : 0,
		.build_id = job->build_id,
	};
	rc = passes_of(o->passes, &job->limits.passes);
	if (rc)
		return rc;
	if (o->self_check)
		job->limits.passes = 1u << BENCH_TIME;
	job->limits.frag_every = (uint64_t)o->frag_every;
	job->limits.spendable = topo_spendable(&job->limits.bound);
	if (matrix_expand(&job->cells, job->m, job->topo, &job->limits, err, sizeof(err)) ||
	    (o->filter.nr && matrix_filter(&job->cells, &o->filter, err, sizeof(err)))) {
		bench_err("%s", err);
		return EXIT_USAGE;
	}
	self_check_plant(&job->cells);
	choose_samples(job, o);
	return EXIT_OK;
}

void matrix_close(struct matrix_job *job)
{
	matrix_cells_free(&job->cells);
	if (job->topo)
		topo_free(job->topo);
	free(job->m);
	json_decref(job->env);
	json_decref(job->measured);
	memset(job, 0, sizeof(*job));
}

size_t matrix_count_skipped(const struct matrix_job *job, size_t *too_big)
{
	size_t nr = 0;

	*too_big = 0;
	for (size_t i = 0; i < job->cells.nr; i++) {
		nr += !job->cells.cell[i].supported;
		*too_big += job->cells.cell[i].too_big;
	}
	return nr;
}

/* Cells that differ in what @same ignores count once. */
static unsigned distinct(const struct matrix_cells *cells,
			 bool (*same)(const struct matrix_cell *a, const struct matrix_cell *b))
{
	unsigned nr = 0;

	for (size_t i = 0; i < cells->nr; i++) {
		size_t j = 0;

		while (j < i && !same(&cells->cell[i], &cells->cell[j]))
			j++;
		nr += j == i;
	}
	return nr;
}

static bool same_variant(const struct matrix_cell *a, const struct matrix_cell *b)
{
	return !strcmp(a->cell.variant.name, b->cell.variant.name);
}

static bool same_workload(const struct matrix_cell *a, const struct matrix_cell *b)
{
	return a->cell.wl == b->cell.wl && a->cell.order == b->cell.order &&
	       !strcmp(a->params, b->params);
}

static bool same_threads(const struct matrix_cell *a, const struct matrix_cell *b)
{
	return a->cell.threads == b->cell.threads;
}

static bool same_placement(const struct matrix_cell *a, const struct matrix_cell *b)
{
	return !strcmp(a->cell.placement, b->cell.placement);
}

static void print_axes(const struct matrix_cells *cells, FILE *f)
{
	static const struct {
		bool (*same)(const struct matrix_cell *a, const struct matrix_cell *b);
		const char *one, *many;
		bool always;
	} axes[] = {
		{ same_variant, "variant", "variants", true },
		{ same_workload, "workload", "workloads", true },
		{ same_threads, "thread count", "thread counts", true },
		{ same_placement, "placement", "placements", false },
	};
	unsigned long long product = 1;
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++) {
		unsigned nr = distinct(cells, axes[i].same);

		product *= nr;
		if (nr > 1 || axes[i].always)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u %s",
						 used ? " x " : "", nr,
						 nr == 1 ? axes[i].one : axes[i].many);
	}
	/* A filter can leave less than the whole product. */
	if (product == cells->nr)
		fprintf(f, "%s = ", text);
	fprintf(f, "%zu cell%s", cells->nr, cells->nr == 1 ? "" : "s");
}

static void print_most_memory(const struct matrix_job *job, FILE *f)
{
	uint64_t most = 0;
	unsigned node = 0;

	for (size_t i = 0; i < job->cells.nr; i++)
		for (unsigned n = 0; n < job->topo->nr_nodes && n < PGA_MAX_NODES; n++)
			if (job->cells.cell[i].supported &&
			    job->cells.cell[i].need.per_node[n] > most) {
				most = job->cells.cell[i].need.per_node[n];
				node = n;
			}
	if (most < (1ull << 30))
		fprintf(f, "at most %.0f MiB on node %u", (double)most / (1 << 20), node);
	else
		fprintf(f, "at most %.1f GiB on node %u", (double)most / (1 << 30), node);
}

static void print_duration(double seconds, FILE *f)
{
	if (seconds <= 0)
		fprintf(f, "nothing left to measure");
	else if (seconds < 2)
		fprintf(f, "about a second");
	else if (seconds < 100)
		fprintf(f, "about %.0f s", seconds);
	else if (seconds < 6000)
		fprintf(f, "about %.0f min", seconds / 60);
	else
		fprintf(f, "about %.1f h", seconds / 3600);
}

void matrix_print_plan(const struct matrix_job *job, double seconds, FILE *f)
{
	size_t too_big, skipped = matrix_count_skipped(job, &too_big);

	fprintf(f, "matrix %s: ", job->m->name);
	print_axes(&job->cells, f);
	fprintf(f, " x %u sample%s, ", job->samples, job->samples == 1 ? "" : "s");
	print_duration(seconds, f);
	fprintf(f, ", ");
	print_most_memory(job, f);
	if (skipped)
		fprintf(f, "; %zu cell%s skipped", skipped, skipped == 1 ? "" : "s");
	fprintf(f, "\n");
}
