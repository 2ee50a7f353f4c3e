/* SPDX-License-Identifier: GPL-2.0-only */
/* What one call of each kind costs, both ways. */
#include "harness/measure/path_result.h"
#include "harness/measure/fit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const path_way_names[PATH_NR_WAYS] = {
	[PATH_BRACKETED] = "bracketed",
	[PATH_REGRESSION] = "regression",
};

static struct path_value none(const char *why)
{
	struct path_value v = { (double)NAN, (double)NAN, (double)NAN, "" };

	snprintf(v.why, sizeof(v.why), "%s", why);
	return v;
}

/* Why a lane has no value in any thread's windows; NULL: it has. */
static const char *missing(const struct path_cost *const *c, unsigned nr, unsigned lane)
{
	for (unsigned t = 0; t < nr; t++) {
		if (c[t]->meter.why[lane][0])
			return c[t]->meter.why[lane];
		if (lane && c[t]->lost)
			return "the kernel lost the counters";
	}
	return NULL;
}

static void describe(struct path_result *r, const struct path_cost *const *c, unsigned nr)
{
	for (unsigned l = 0; l < PATH_LANES; l++) {
		const char *why = missing(c, nr, l);

		snprintf(r->why[l], PATH_WHY, "%s", why ? why : "");
		snprintf(r->note[l], PATH_WHY, "%s", why ? "" : c[0]->meter.note[l]);
	}
	for (unsigned k = 0; k < PATH_KINDS; k++)
		for (unsigned t = 0; t < nr; t++) {
			r->seen[k] += c[t]->kind[k].n + c[t]->kind[k].interrupted;
			for (size_t i = 0; i < c[t]->nr_rows; i++)
				r->seen[k] += c[t]->row[i].n[k];
		}
}

static void add_sum(struct path_sum *to, const struct path_sum *s)
{
	to->n += s->n;
	to->interrupted += s->interrupted;
	for (unsigned l = 0; l < PATH_LANES; l++) {
		to->sum[l] += s->sum[l];
		to->squares[l] += s->squares[l];
	}
}

/* The calibrated cost of a bracket is uncertain too: both errors add as squares. */
static struct path_value bracketed(const struct path_sum *s, unsigned lane, double read,
				   double read_error)
{
	double n = (double)s->n, mean = s->sum[lane] / n;
	double spread = s->squares[lane] / n - mean * mean;
	struct path_value v = none("");

	if (!s->n)
		return none(s->interrupted ? "the thread lost its CPU in each that was bracketed"
					   : "too rare: none was bracketed");
	v.mean = mean > read ? mean - read : 0;
	if (s->n < 2) {
		snprintf(v.why, sizeof(v.why), "one call alone");
		return v;
	}
	spread = spread > 0 ? spread / (n - 1) : 0;
	double half = fit_quantile(n - 1) * sqrt(spread + read_error * read_error);

	v.lo = v.mean - half;
	v.hi = v.mean + half;
	return v;
}

static void bracket_all(struct path_result *r, const struct path_cost *const *c, unsigned nr)
{
	double error[PATH_LANES] = { 0 };

	for (unsigned t = 0; t < nr; t++) {
		r->ticks += c[t]->own.ticks / nr;
		r->windows += c[t]->windows;
		r->switched += c[t]->switched;
		for (unsigned l = 0; l < PATH_LANES; l++) {
			r->read[l] += c[t]->own.read[l] / nr;
			error[l] += c[t]->own.read_error[l] / nr;
		}
	}
	for (unsigned k = 0; k < PATH_KINDS + PGA_NR_STAGES; k++) {
		bool stage = k >= PATH_KINDS;
		struct path_sum sum = { 0 };

		for (unsigned t = 0; t < nr; t++)
			add_sum(&sum, stage ? &c[t]->passed[k - PATH_KINDS] : &c[t]->kind[k]);
		*(stage ? &r->passed_timed[k - PATH_KINDS] : &r->timed[k]) = sum.n;
		if (!stage)
			r->interrupted[k] = sum.interrupted;
		for (unsigned l = 0; l < PATH_LANES; l++) {
			struct path_value v = r->why[l][0]
						      ? none(r->why[l])
						      : bracketed(&sum, l, r->read[l], error[l]);

			*(stage ? &r->passed[k - PATH_KINDS][l] : &r->by[k][l][PATH_BRACKETED]) = v;
		}
	}
}

/* The design of the regression, and which window its rows are. */
struct design {
	const struct path_row **row; /* [rows] */
	const struct path_cost **of; /* [rows] whose window it is */
	size_t rows, cols;
	unsigned kind[PATH_KINDS + 1]; /* [cols]; PATH_KINDS: a constant of each window */
	double *x, *weight, *y;
};

static size_t gather(struct design *d, const struct path_cost *const *c, unsigned nr)
{
	size_t all = 0;

	for (unsigned t = 0; t < nr; t++)
		all += c[t]->nr_rows;
	d->row = calloc(all + 1, sizeof(struct path_row *));
	d->of = calloc(all + 1, sizeof(struct path_cost *));
	d->x = calloc((all + 1) * (PATH_KINDS + 1), sizeof(*d->x));
	d->weight = calloc(all + 1, sizeof(*d->weight));
	d->y = calloc(all + 1, sizeof(*d->y));
	if (!d->row || !d->of || !d->x || !d->weight || !d->y)
		return 0;
	for (unsigned t = 0; t < nr; t++)
		for (size_t i = 0; i < c[t]->nr_rows; i++) {
			d->row[d->rows] = &c[t]->row[i];
			d->of[d->rows++] = c[t];
		}
	return all + 1;
}

static void release(struct design *d)
{
	free(d->row);
	free(d->of);
	free(d->x);
	free(d->weight);
	free(d->y);
}

/*
 * Kinds that too few windows know are not fitted, and the windows that hold
 * them are left out: their cost would be taken for that of others.  That can
 * make other kinds rare.
 */
static void leave_rare_out(struct design *d, bool fitted[PATH_KINDS])
{
	bool again = true;

	for (unsigned k = 0; k < PATH_KINDS; k++)
		fitted[k] = true;
	while (again) {
		again = false;
		for (unsigned k = 0; k < PATH_KINDS; k++) {
			size_t seen = 0, kept = 0;

			for (size_t i = 0; i < d->rows; i++)
				seen += d->row[i]->n[k] > 0;
			fitted[k] = seen >= FIT_ROWS_MIN;
			if (fitted[k] || !seen)
				continue;
			for (size_t i = 0; i < d->rows; i++) {
				if (d->row[i]->n[k])
					continue;
				d->row[kept] = d->row[i];
				d->of[kept++] = d->of[i];
			}
			d->rows = kept;
			again = true;
		}
	}
}

/* Sets the design up; without columns when nothing can be fitted. */
static void lay_out(struct design *d, const bool fitted[PATH_KINDS], bool frees, bool constant)
{
	d->cols = 0;
	for (unsigned k = 0; k < PATH_KINDS; k++)
		if (fitted[k] && (k != PATH_FREE || frees))
			d->kind[d->cols++] = k;
	if (!d->cols)
		return;
	if (constant)
		d->kind[d->cols++] = PATH_KINDS;
	for (size_t i = 0; i < d->rows; i++) {
		unsigned calls = 0;

		for (unsigned k = 0; k < PATH_KINDS; k++)
			calls += d->row[i]->n[k];
		d->weight[i] = 1.0 / (calls ? calls : 1);
		for (size_t c = 0; c < d->cols; c++)
			d->x[i * d->cols + c] =
				d->kind[c] == PATH_KINDS ? 1 : d->row[i]->n[d->kind[c]];
	}
}

/* What the windows hold of a lane, without what measuring added. */
static void totals(struct design *d, unsigned lane)
{
	for (size_t i = 0; i < d->rows; i++) {
		const struct path_overhead *own = &d->of[i]->own;
		double y = (double)d->row[i]->total[lane] - own->read[lane];

		for (unsigned k = 0; k < PGA_NR_STAGES; k++)
			y -= own->alloc[lane] * d->row[i]->n[k];
		d->y[i] = y - own->free[lane] * d->row[i]->n[PATH_FREE];
	}
}

static struct path_value judged(const struct fit_value *f, bool frees_in)
{
	struct path_value v = { f->mean, f->lo, f->hi, "" };

	if (f->mean > 0) {
		if (frees_in)
			snprintf(v.why, sizeof(v.why), "with its free");
		return v;
	}
	/* Nothing costs less than nothing; an event may well never happen. */
	if (f->hi >= 0) {
		v.mean = 0;
		return v;
	}
	v = none("");
	snprintf(v.why, sizeof(v.why), "regression does not fit: %.3g to %.3g", f->lo, f->hi);
	return v;
}

static int solve(struct path_result *r, struct design *d, const struct fit *f)
{
	struct fit_value v[PATH_KINDS + 1];

	for (unsigned l = 0; l < PATH_LANES; l++) {
		if (r->why[l][0])
			continue;
		totals(d, l);
		int rc = fit_solve(f, d->y, v);

		if (rc)
			return rc;
		for (size_t i = 0; i < d->cols; i++)
			if (d->kind[i] != PATH_KINDS)
				r->by[d->kind[i]][l][PATH_REGRESSION] =
					judged(&v[i], r->frees_in && d->kind[i] != PATH_FREE);
	}
	return 0;
}

static void refuse_all(struct path_result *r, const char *why)
{
	for (unsigned k = 0; k < PATH_KINDS; k++)
		for (unsigned l = 0; l < PATH_LANES; l++)
			r->by[k][l][PATH_REGRESSION] = none(r->why[l][0] ? r->why[l] : why);
}

/*
 * Frees that keep step with allocations, and a constant that windows of too
 * even a length do not show, make a design ill-conditioned; it is tried without
 * them, in this order.
 */
static int regress(struct path_result *r, struct design *d)
{
	static const struct {
		bool frees, constant;
	} designs[] = { { true, true }, { true, false }, { false, true }, { false, false } };
	bool fitted[PATH_KINDS];
	struct fit *f = NULL;
	char why[PATH_WHY];
	int rc = -ENODATA;

	leave_rare_out(d, fitted);
	for (size_t i = 0; !f && rc != -ENOMEM && i < sizeof(designs) / sizeof(designs[0]); i++) {
		lay_out(d, fitted, designs[i].frees, designs[i].constant);
		rc = fit_open(&f, d->x, d->weight, d->rows, d->cols, &r->condition);
		r->frees_in = fitted[PATH_FREE] && !designs[i].frees;
	}
	if (rc == -ENOMEM)
		return rc;
	if (rc == -EDOM)
		snprintf(why, sizeof(why), "ill-conditioned: condition number %.3g, above %g",
			 r->condition, FIT_CONDITION_MAX);
	else
		snprintf(why, sizeof(why), "too rare: seen in fewer than %u windows", FIT_ROWS_MIN);
	refuse_all(r, why);
	for (unsigned l = 0; f && r->frees_in && l < PATH_LANES; l++)
		if (!r->why[l][0])
			r->by[PATH_FREE][l][PATH_REGRESSION] =
				none("keeps step with the allocations, in whose cost it is");
	rc = f ? solve(r, d, f) : 0;
	fit_close(f);
	return rc;
}

static double half(const struct path_value *v)
{
	return isnan(v->lo) ? (double)INFINITY : (v->hi - v->lo) / 2;
}

static void choose(struct path_result *r, unsigned kind, unsigned lane)
{
	struct path_value *b = &r->by[kind][lane][PATH_BRACKETED];
	const struct path_value *f = &r->by[kind][lane][PATH_REGRESSION];
	double took = r->by[kind][0][PATH_BRACKETED].mean, read = lane ? r->ticks : r->read[0];
	bool small = took >= PATH_READS * read;

	r->way[kind][lane] = PATH_BRACKETED;
	if (isnan(b->mean) || (!small && half(f) <= half(b) + r->read[lane]))
		r->way[kind][lane] = isnan(f->mean) ? PATH_BRACKETED : PATH_REGRESSION;
	if (!isnan(b->mean) && !small && !b->why[0])
		snprintf(b->why, sizeof(b->why), "a reading takes %.0f %% of it",
			 took > 0 ? fmin(100 * read / took, 9999) : 9999.0);
}

const struct path_value *path_chosen(const struct path_result *r, unsigned kind, unsigned lane)
{
	return &r->by[kind][lane][r->way[kind][lane]];
}

int path_result(struct path_result *r, const struct path_cost *const *c, unsigned nr)
{
	struct design d = { 0 };
	int rc = -ENOMEM;

	*r = (struct path_result){ .condition = (double)NAN };
	describe(r, c, nr);
	bracket_all(r, c, nr);
	if (gather(&d, c, nr))
		rc = regress(r, &d);
	release(&d);
	for (unsigned k = 0; k < PATH_KINDS; k++)
		for (unsigned l = 0; l < PATH_LANES; l++)
			choose(r, k, l);
	return rc;
}
