/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/selfcheck.h"

#include "results/stats_pair.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES 200 /* drawn of A against A */
#define TRIALS 100   /* drawn with one row made slower */

enum side { SIDE_A, SIDE_AGAIN, SIDE_PLANT, NR_SIDES };

/* One cell of the baseline, and the same cell of the others. */
struct row {
	const struct record *key;
	size_t n[NR_SIDES];
	double *v[NR_SIDES]; /* [rounds], NaN where there is none; in one allocation, v[0] */
};

struct check {
	const struct run_data *run;
	const struct stats_conf *conf;
	const char *base;
	char plant[32]; /* "5%" */
	size_t nr, rounds;
	struct row *rows;
	/* For one family. */
	double *p;
	double *ratio, *a, *b; /* [rounds] */
};

/* The side that a record is of, NR_SIDES when of none. */
static enum side side_of(struct check *c, const struct record *r)
{
	size_t n = strlen(c->base);

	if (strncmp(r->variant, c->base, n) != 0)
		return NR_SIDES;
	if (!r->variant[n])
		return SIDE_A;
	if (!strcmp(r->variant + n, SELFCHECK_AGAIN))
		return SIDE_AGAIN;
	if (strncmp(r->variant + n, SELFCHECK_PLANT, strlen(SELFCHECK_PLANT)) != 0)
		return NR_SIDES;
	snprintf(c->plant, sizeof(c->plant), "%.31s", r->variant + n + strlen(SELFCHECK_PLANT));
	return SIDE_PLANT;
}

static bool same_row(const struct record *a, const struct record *b)
{
	return !strcmp(a->workload, b->workload) && !strcmp(a->params, b->params) &&
	       a->order == b->order && a->threads == b->threads &&
	       !strcmp(a->placement, b->placement) && !strcmp(a->memory, b->memory);
}

static struct row *row_of(struct check *c, const struct record *r)
{
	size_t i = 0;

	while (i < c->nr && !same_row(c->rows[i].key, r))
		i++;
	if (i < c->nr)
		return &c->rows[i];
	struct row *new = &c->rows[c->nr];

	*new = (struct row){ .key = r };
	new->v[0] = malloc(NR_SIDES * c->rounds * sizeof(double));
	if (!new->v[0])
		return NULL;
	for (size_t k = 0; k < NR_SIDES * c->rounds; k++)
		new->v[0][k] = (double)NAN;
	for (unsigned s = 1; s < NR_SIDES; s++)
		new->v[s] = new->v[0] + s * c->rounds;
	c->nr++;
	return new;
}

static int gather(struct check *c, const struct record *const *latest, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		c->rounds = latest[i]->sample >= c->rounds ? latest[i]->sample + 1 : c->rounds;
	c->rows = calloc(nr + 1, sizeof(*c->rows));
	c->p = calloc(nr + 1, sizeof(*c->p));
	c->ratio = calloc(3 * c->rounds + 1, sizeof(*c->ratio));
	if (!c->rows || !c->p || !c->ratio)
		return -ENOMEM;
	c->a = c->ratio + c->rounds;
	c->b = c->a + c->rounds;
	for (size_t i = 0; i < nr; i++) {
		const struct record *r = latest[i];
		enum side s = side_of(c, r);
		double v = isnan(r->quiet_ns_op) ? r->ns_op : r->quiet_ns_op;

		if (s == NR_SIDES || strcmp(r->status, "ok") != 0 || !(v > 0))
			continue;
		struct row *row = row_of(c, r);

		if (!row)
			return -ENOMEM;
		row->v[s][r->sample] = v;
		row->n[s]++;
	}
	return 0;
}

/* Rounds that both sides have. */
static size_t pairs_of(const struct check *c, const struct row *r, enum side s)
{
	size_t n = 0;

	for (size_t i = 0; i < c->rounds; i++) {
		if (isnan(r->v[SIDE_A][i]) || isnan(r->v[s][i]))
			continue;
		c->a[n] = r->v[SIDE_A][i];
		c->b[n++] = r->v[s][i];
	}
	return n;
}

static void print_rate(size_t k, size_t n, FILE *f)
{
	double lo, hi;

	stats_wilson(k, n, 0.05, &lo, &hi);
	fprintf(f, "%zu of %zu: %.3g %% [%.3g %.3g]", k, n, n ? 100 * (double)k / (double)n : 0.0,
		100 * lo, 100 * hi);
}

/* As a comparison judges the rows, both signs, or slower alone. */
static void judge_live(struct check *c, enum side s, FILE *f)
{
	struct stats_cmp *cmp = calloc(c->nr + 1, sizeof(*cmp));
	size_t rows = 0, alone = 0, told = 0;
	double *ratios = calloc(c->nr + 1, sizeof(*ratios));

	for (size_t i = 0; cmp && ratios && i < c->nr; i++) {
		size_t n = pairs_of(c, &c->rows[i], s);

		if (!n)
			continue;
		stats_compare_pairs(c->a, c->b, n, c->conf, i, &cmp[rows]);
		ratios[rows] = cmp[rows].ratio;
		alone += s == SIDE_PLANT ? cmp[rows].p < c->conf->alpha && cmp[rows].ratio > 1
					 : cmp[rows].p < c->conf->alpha;
		c->p[rows] = cmp[rows].p;
		rows++;
	}
	stats_holm(c->p, rows);
	for (size_t i = 0; i < rows; i++) {
		cmp[i].p_holm = c->p[i];
		enum stats_verdict v = stats_verdict(&cmp[i], rows, c->conf);

		told += v == STATS_HIGHER || (s != SIDE_PLANT && v == STATS_LOWER);
	}
	if (rows) {
		stats_sort(ratios, rows);
		fprintf(f, s == SIDE_PLANT ? "  told slower, p alone        "
					   : "  told apart, p alone         ");
		print_rate(alone, rows, f);
		fprintf(f, "\n  after Holm's correction     ");
		print_rate(told, rows, f);
		fprintf(f, "\n  ratio, median of the rows   x%.4f\n", stats_median(ratios, rows));
	}
	free(ratios);
	free(cmp);
}

/*
 * A family drawn from the rounds of the baseline and its equal; who is which
 * side is tossed.  Returns whether row @slow is found, or, for none (c->nr),
 * whether any is told apart.
 */
static bool draw_family(struct check *c, gsl_rng *rng, size_t slow, double share)
{
	size_t rows = 0, place = SIZE_MAX;
	bool up = false, any = false;

	for (size_t i = 0; i < c->nr; i++) {
		size_t n = pairs_of(c, &c->rows[i], SIDE_AGAIN);

		if (!n)
			continue;
		for (size_t k = 0; k < n; k++) {
			size_t x = gsl_rng_uniform_int(rng, n);
			double d = log(c->b[x] / c->a[x]);

			c->ratio[k] = (gsl_rng_uniform_int(rng, 2) ? -d : d) +
				      (i == slow ? log1p(share) : 0);
		}
		if (i == slow) {
			place = rows;
			up = stats_hodges_lehmann(c->ratio, n) > 0;
		}
		c->p[rows++] = stats_signed_rank(c->ratio, n);
	}
	stats_holm(c->p, rows);
	for (size_t i = 0; i < rows; i++)
		any |= c->p[i] < c->conf->alpha;
	return place == SIZE_MAX ? any : up && c->p[place] < c->conf->alpha;
}

static void judge_drawn(struct check *c, FILE *f)
{
	static const double shares[] = { 0.02, 0.05, 0.1 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	size_t k = 0;

	if (!rng)
		return;
	gsl_rng_set(rng, (unsigned long)c->conf->seed);
	for (unsigned i = 0; i < FAMILIES; i++)
		k += draw_family(c, rng, c->nr, 0);
	fprintf(f, "  families with an alarm      ");
	print_rate(k, FAMILIES, f);
	for (unsigned s = 0; s < sizeof(shares) / sizeof(shares[0]); s++) {
		k = 0;
		for (unsigned i = 0; i < TRIALS; i++)
			k += draw_family(c, rng, i % c->nr, shares[s]);
		fprintf(f, "\n  a row slower by %2.0f %% found  ", 100 * shares[s]);
		print_rate(k, TRIALS, f);
	}
	fputc('\n', f);
	gsl_rng_free(rng);
}

static void print_check(struct check *c, FILE *f)
{
	size_t least = SIZE_MAX, most = 0, planted = 0;

	for (size_t i = 0; i < c->nr; i++) {
		size_t n = pairs_of(c, &c->rows[i], SIDE_AGAIN);

		least = n < least ? n : least;
		most = n > most ? n : most;
		planted += c->rows[i].n[SIDE_PLANT] > 0;
	}
	fprintf(f,
		"SELF-CHECK   %s against itself in %zu row%s, %zu to %zu rounds; rates with 95 %% "
		"interval (Wilson)\n",
		c->base, c->nr, c->nr == 1 ? "" : "s", least, most);
	fprintf(f, "false alarms, measured\n");
	judge_live(c, SIDE_AGAIN, f);
	if (planted) {
		fprintf(f, "made slower by %s, measured\n", c->plant);
		judge_live(c, SIDE_PLANT, f);
	}
	fprintf(f, "drawn from the rounds of both equals, sides tossed, by p after Holm's "
		   "correction\n");
	judge_drawn(c, f);
	if (least < stats_min_pairs(c->nr, c->conf->alpha))
		fprintf(f, "with %zu rounds nothing can be told apart in %zu rows: %u are needed\n",
			least, c->nr, stats_min_pairs(c->nr, c->conf->alpha));
}

int selfcheck_print(const struct run_data *run, const struct stats_conf *conf, FILE *f, char *err,
		    size_t len)
{
	struct check c = { .run = run, .conf = conf };
	const struct record **latest = calloc(run->nr + 1, sizeof(const struct record *));
	bool twice = false;
	int rc = latest ? 0 : -ENOMEM;

	c.base = json_string_value(json_object_get(run->manifest, "baseline"));
	if (!rc && c.base)
		rc = gather(&c, latest, store_latest(run, latest));
	for (size_t i = 0; i < c.nr; i++)
		twice |= pairs_of(&c, &c.rows[i], SIDE_AGAIN) > 0;
	if (!rc && twice)
		print_check(&c, f);
	else if (!rc)
		rc = -ENODATA;
	if (rc)
		snprintf(err, len, "%.200s: %s", run->dir,
			 rc == -ENODATA ? "no variant is there twice; zonebench run --self-check "
					  "measures such a run"
					: strerror(-rc));
	for (size_t i = 0; i < c.nr; i++)
		free(c.rows[i].v[0]);
	free(c.rows);
	free(c.p);
	free(c.ratio);
	free(latest);
	return rc;
}
