/* SPDX-License-Identifier: GPL-2.0-only */
/* What the slow path costs: measured against the fast path of the same samples. */
#include "results/cmp_priv.h"
#include "results/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A difference below this is not worth a number: "hardly more". */
#define HARDLY 1.1
/* A share of the allocations below this is an accident of the matrix. */
#define RARELY 0.001

/* The fast and the slow classes of one sample. */
struct half {
	double share; /* of its allocations */
	double timed, sum, weight;
};

struct point {
	double value, weight;
};

struct tally {
	double all, slow; /* allocations */
	size_t nr;
	struct point *fast_ns, *slow_ns, *ratio; /* [samples] */
};

static double named(const struct rec_value *group, unsigned nr, const char *path, const char *what)
{
	char name[80];

	snprintf(name, sizeof(name), "%s%s", path, what);
	for (unsigned i = 0; i < nr; i++)
		if (!strcmp(group[i].name, name))
			return group[i].value;
	return (double)NAN;
}

static void add_class(struct half *h, const struct record *r, const char *path, double share)
{
	double ns = named(r->costs, r->nr_costs, path, ".ns");
	double timed = named(r->costs, r->nr_costs, path, ".timed");

	/* A cost that has an interval rests on enough. */
	if (!isnan(named(r->costs, r->nr_costs, path, ".ns.lo")))
		timed = timed > VERDICT_SLOW_TIMED ? timed : VERDICT_SLOW_TIMED;
	h->share += share;
	if (isnan(ns))
		return;
	h->timed += timed > 0 ? timed : 0;
	h->sum += share * ns;
	h->weight += share;
}

static void add_record(struct tally *t, struct verdict_slow *col, const struct record *r,
		       const struct screen_path *path, bool *entered)
{
	double n = named(r->stats, r->nr_stats, "allocations", "");
	struct half fast = { 0 }, slow = { 0 };

	if (!r->nr_paths)
		return;
	n = n > 0 ? n : (double)r->ops;
	for (size_t p = 0; path[p].name; p++) {
		double share = named(r->paths, r->nr_paths, path[p].name, "");

		/* Who failed was not served. */
		if (!(share > 0) || !strcmp(path[p].name, "fail"))
			continue;
		add_class(path[p].slow ? &slow : &fast, r, path[p].name, share);
		entered[p] |= path[p].slow;
	}
	t->all += n;
	t->slow += slow.share * n;
	col->timed += slow.timed;
	if (!(slow.weight > 0 && fast.weight > 0))
		return;
	double a = fast.sum / fast.weight, b = slow.sum / slow.weight;

	if (!(a > 0))
		return;
	t->fast_ns[t->nr] = (struct point){ a, slow.share * n };
	t->slow_ns[t->nr] = (struct point){ b, slow.share * n };
	t->ratio[t->nr++] = (struct point){ b / a, slow.share * n };
}

static int by_value(const void *a, const void *b)
{
	double x = ((const struct point *)a)->value, y = ((const struct point *)b)->value;

	return (x > y) - (x < y);
}

/* Half of the weight lies at or below it; NaN without points. */
static double median(struct point *p, size_t nr)
{
	double all = 0, below = 0;

	qsort(p, nr, sizeof(*p), by_value);
	for (size_t i = 0; i < nr; i++)
		all += p[i].weight;
	for (size_t i = 0; i < nr; i++) {
		below += p[i].weight;
		if (2 * below >= all)
			return p[i].value;
	}
	return (double)NAN;
}

static unsigned col_of(const struct cmp_table *t, const char *variant)
{
	unsigned c = 0;

	while (c < t->nr_cols && strcmp(t->cols[c].label, variant) != 0)
		c++;
	return c;
}

static void gather(const struct run_data *run, const struct cmp_table *t,
		   const struct screen_path *path, struct verdict_slow *cols, bool *entered)
{
	const struct record **latest = cmp_zalloc(run->nr, sizeof(struct record *));
	struct tally *tally = cmp_zalloc(t->nr_cols, sizeof(*tally));
	size_t nr = store_latest(run, latest);

	for (unsigned c = 0; c < t->nr_cols; c++) {
		cols[c] = (struct verdict_slow){ 0 };
		tally[c].fast_ns = cmp_zalloc(nr, sizeof(struct point));
		tally[c].slow_ns = cmp_zalloc(nr, sizeof(struct point));
		tally[c].ratio = cmp_zalloc(nr, sizeof(struct point));
	}
	for (size_t i = 0; i < nr; i++) {
		unsigned c = col_of(t, latest[i]->variant);

		if (c < t->nr_cols && !t->cols[c].reference && !strcmp(latest[i]->status, "ok"))
			add_record(&tally[c], &cols[c], latest[i], path, entered);
	}
	for (unsigned c = 0; c < t->nr_cols; c++) {
		struct tally *y = &tally[c];
		bool enough = cols[c].timed >= VERDICT_SLOW_TIMED;

		cols[c].share = y->all > 0 ? y->slow / y->all : (double)NAN;
		cols[c].fast = enough ? median(y->fast_ns, y->nr) : (double)NAN;
		cols[c].slow = enough ? median(y->slow_ns, y->nr) : (double)NAN;
		cols[c].ratio = enough ? median(y->ratio, y->nr) : (double)NAN;
		free(y->fast_ns);
		free(y->slow_ns);
		free(y->ratio);
	}
	free(tally);
	free(latest);
}

/* What was entered, dearest last: "retry_min, reclaim". */
static void list_classes(const struct screen_path *path, const bool *entered, char *text,
			 size_t len)
{
	size_t n = 0;

	text[0] = 0;
	for (size_t p = 0; path[p].name; p++)
		if (entered[p] && n < len)
			n += (size_t)snprintf(text + n, len - n, "%s%s", n ? ", " : "",
					      path[p].name);
}

struct range {
	double low, high;
};

static struct range range_of(const struct verdict_slow *cols, unsigned nr, bool share)
{
	struct range r = { INFINITY, 0 };

	for (unsigned c = 0; c < nr; c++) {
		double v = share ? cols[c].share : cols[c].ratio;

		r.low = v > 0 && v < r.low ? v : r.low;
		r.high = v > 0 && v > r.high ? v : r.high;
	}
	return r;
}

/* Two digits say it: "2.1", "130". */
static double two_digits(double v)
{
	double unit = pow(10, floor(log10(v)) - 1);

	return round(v / unit) * unit;
}

static void answer(const struct range *ratio, struct verdict *v)
{
	double low = two_digits(ratio->low), high = two_digits(ratio->high);

	v->told = true;
	if (ratio->high < HARDLY)
		snprintf(v->answer, sizeof(v->answer),
			 "No more than a fast one, where this run entered it");
	else if (ratio->low < HARDLY)
		snprintf(v->answer, sizeof(v->answer), "At most %g times a fast one", high);
	else if (ratio->high > ratio->low * 1.1)
		snprintf(v->answer, sizeof(v->answer), "%g to %g times a fast one", low, high);
	else
		snprintf(v->answer, sizeof(v->answer), "%g times a fast one", high);
}

void verdict_slow(const struct run_data *run, const struct cmp_table *t,
		  const struct screen_path *path, struct verdict *v, struct verdict_slow *cols)
{
	size_t nr_paths = 0;
	char classes[160];
	bool any = false;

	while (path[nr_paths].name)
		nr_paths++;
	bool *entered = cmp_zalloc(nr_paths, sizeof(*entered));

	gather(run, t, path, cols, entered);
	list_classes(path, entered, classes, sizeof(classes));
	free(entered);
	for (unsigned c = 0; c < t->nr_cols; c++)
		any |= !isnan(cols[c].share);
	struct range ratio = range_of(cols, t->nr_cols, false);
	struct range share = range_of(cols, t->nr_cols, true);

	*v = (struct verdict){ .answer = "Not told" };
	if (!any)
		snprintf(v->why, sizeof(v->why), "No sample holds the paths of its allocations.");
	else if (!(share.high > 0))
		snprintf(v->why, sizeof(v->why),
			 "The slow path served nobody: no cell of this run ran short of memory. "
			 "The matrix slowpath.yaml goes there.");
	else if (!(ratio.high > 0))
		snprintf(v->why, sizeof(v->why),
			 "The slow path served %.2g %% of the allocations or less, too few to time "
			 "(%d at least): no cell of this run ran short of memory for long. The "
			 "matrix slowpath.yaml goes there.",
			 100 * share.high, VERDICT_SLOW_TIMED);
	else
		answer(&ratio, v);
	if (v->told)
		snprintf(v->why, sizeof(v->why),
			 "against the fast path of the same samples. It served at most %.2g %% of "
			 "a variant's allocations, as %s.%s",
			 100 * share.high, classes,
			 share.high < RARELY ? " That is rare: the matrix slowpath.yaml goes there "
					       "on purpose."
					     : "");
}
