/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/compare.h"

#include "results/cmp_priv.h"
#include "results/stats_pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const cmp_status_names[CMP_NR_STATUS] = {
	[CMP_INVALID] = "invalid", [CMP_UNSUPPORTED] = "unsupported", [CMP_CRASHED] = "crashed",
	[CMP_TIMEOUT] = "timeout", [CMP_OOM] = "out-of-memory",	      [CMP_FAILED] = "failed",
};

const char *const cmp_words[CMP_NR_WORDS] = {
	[CMP_NOT_COMPARED] = "",
	[CMP_FASTER] = "faster",
	[CMP_SLOWER] = "slower",
	[CMP_BETTER] = "better",
	[CMP_WORSE] = "worse",
	[CMP_SAME] = "same",
	[CMP_NOT_SEPARATED] = "not separated",
};

static void add_flags(struct cmp_cell *c, const char *flags)
{
	char out[sizeof(c->flags)] = "";
	size_t n = 0;

	for (const struct rec_flag *f = rec_flags; f->letter && n + 1 < sizeof(out); f++)
		if (strchr(c->flags, f->letter) || strchr(flags, f->letter))
			out[n++] = f->letter;
	memcpy(c->flags, out, sizeof(out));
}

/* A status of a newer program counts as failed. */
static enum cmp_status status_of(const char *text)
{
	for (unsigned s = 0; s < CMP_NR_STATUS; s++)
		if (!strcmp(text, cmp_status_names[s]))
			return (enum cmp_status)s;
	return CMP_FAILED;
}

static void add_item(struct cmp_cell *c, const struct cmp_metric *m, const struct cmp_item *it)
{
	const char *why;

	if (strcmp(it->r->status, "ok") != 0) {
		enum cmp_status s = status_of(it->r->status);

		c->status[s]++;
		if (!c->reason && it->r->reason[0])
			c->reason = it->r->reason;
		if (!c->n && !c->nulls)
			c->why = cmp_status_names[s];
		return;
	}
	double v = cmp_value(m, it->r, &why);

	if (isnan(v))
		v = cmp_latency_value(m, it->r);
	if (isnan(v)) {
		c->nulls++;
		if (!c->n)
			c->why = why;
		return;
	}
	if ((c->n & (c->n - 1)) == 0) { /* full at 0, 1, 2, 4, 8 ... */
		struct cmp_round *more = cmp_zalloc(c->n ? 2 * c->n : 1, sizeof(*more));

		if (c->n)
			memcpy(more, c->rounds, c->n * sizeof(*more));
		free(c->rounds);
		c->rounds = more;
	}
	c->rounds[c->n++] = (struct cmp_round){ it->r->sample, v, it->r };
	c->why = NULL;
	add_flags(c, it->r->flags);
}

/* The same random numbers for a cell in whatever table it stands. */
static uint64_t cell_key(const struct cmp_work *w, const struct cmp_item *it, const char *metric)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char buf[REC_TEXT];

	for (unsigned a = 0; a <= CMP_AXIS_RUN; a++) {
		const char *p = a < CMP_AXIS_RUN ? cmp_axis_value(w, it, a, buf) : metric;

		for (; *p; p++)
			hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
		hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static int by_round(const void *x, const void *y)
{
	const struct cmp_round *a = x, *b = y;

	return (a->sample > b->sample) - (a->sample < b->sample);
}

/* All values are there: in the order of the rounds, and by size. */
static void finish_cell(struct cmp_cell *c)
{
	c->values = cmp_zalloc(c->n, sizeof(*c->values));
	if (c->n)
		qsort(c->rounds, c->n, sizeof(*c->rounds), by_round);
	for (size_t i = 0; i < c->n; i++)
		c->values[i] = c->rounds[i].value;
	stats_sort(c->values, c->n);
	c->median = stats_median(c->values, c->n);
	c->spread = stats_mape(c->values, c->n);
}

static void free_cells(struct cmp_table *t)
{
	for (size_t i = 0; t->cells && i < t->nr_metrics * t->nr_rows * t->nr_cols; i++) {
		free(t->cells[i].values);
		free(t->cells[i].rounds);
	}
	free(t->cells);
	t->cells = NULL;
}

static void fill(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	size_t nr = t->nr_metrics * t->nr_rows * t->nr_cols;

	t->cells = cmp_zalloc(nr, sizeof(*t->cells));
	for (size_t i = 0; i < w->nr_items; i++) {
		const struct cmp_item *it = &w->items[i];

		for (unsigned m = 0; m < t->nr_metrics; m++) {
			struct cmp_cell *c = cmp_at(t, m, it->row, it->col);

			if (!c->key)
				c->key = cell_key(w, it, t->metrics[m].name);
			add_item(c, &t->metrics[m], it);
		}
	}
	for (size_t i = 0; i < nr; i++)
		finish_cell(&t->cells[i]);
	cmp_latency_pool(t);
}

static bool row_has_values(const struct cmp_table *t, size_t row)
{
	for (unsigned m = 0; m < t->nr_metrics; m++)
		for (unsigned c = 0; c < t->nr_cols; c++)
			if (cmp_at(t, m, row, c)->n)
				return true;
	return false;
}

/* Before the cells exist for good: rows without any value go. */
static void drop_empty_rows(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	size_t *place = cmp_zalloc(t->nr_rows, sizeof(*place)), kept = 0, items = 0;

	for (size_t r = 0; r < t->nr_rows; r++) {
		place[r] = row_has_values(t, r) ? kept : SIZE_MAX;
		if (place[r] != SIZE_MAX)
			t->rows[kept++] = t->rows[r];
	}
	free_cells(t);
	t->nr_rows = kept;
	for (size_t i = 0; i < w->nr_items; i++) {
		if (place[w->items[i].row] == SIZE_MAX)
			continue;
		w->items[items] = w->items[i];
		w->items[items].row = place[w->items[i].row];
		items++;
	}
	w->nr_items = items;
	free(place);
	fill(w);
}

static enum cmp_word word_of(enum stats_verdict v, const struct cmp_metric *m)
{
	if (v == STATS_SAME)
		return CMP_SAME;
	if (v == STATS_NOT_SEPARATED)
		return CMP_NOT_SEPARATED;
	bool good = (v == STATS_LOWER) == (m->better == '<');

	if (m->time)
		return good ? CMP_FASTER : CMP_SLOWER;
	return good ? CMP_BETTER : CMP_WORSE;
}

static void judge(struct cmp_work *w, struct cmp_cell *c, const struct cmp_metric *m)
{
	struct cmp_table *t = w->t;

	c->word = word_of(stats_verdict(&c->cmp, t->family, &t->stats), m);
	if (c->word == CMP_SLOWER || c->word == CMP_WORSE)
		c->regression = !(fabs(c->cmp.ratio - 1) <= w->conf->threshold);
	t->words[c->word]++;
	t->regressions += c->regression;
}

static bool comparable(const struct cmp_table *t, unsigned m, size_t row, unsigned col)
{
	return col && t->metrics[m].better != '-' && !t->cols[col].reference &&
	       cmp_at(t, m, row, col)->n && cmp_at(t, m, row, 0)->n;
}

/* Where a cell and the baseline's stand. */
struct place {
	unsigned metric, col;
	size_t row;
};

static struct place place_of(const struct cmp_table *t, size_t i)
{
	return (struct place){
		.metric = (unsigned)(i / t->nr_cols / t->nr_rows),
		.col = (unsigned)(i % t->nr_cols),
		.row = i / t->nr_cols % t->nr_rows,
	};
}

/*
 * Rounds that both cells have, side by side; each holds at least one value.
 * Only cells that differ in the variant alone are measured next to each other.
 */
static size_t find_pairs(const struct cmp_table *t, size_t row, const struct cmp_cell *base,
			 const struct cmp_cell *c, double *a, double *b)
{
	size_t nr = 0;

	if (strcmp(t->col_axis, "variant") != 0 || t->rows[row].mixed)
		return 0;
	for (size_t i = 0, k = 0; i < base->n && k < c->n;) {
		if (base->rounds[i].sample == c->rounds[k].sample) {
			a[nr] = base->rounds[i].value;
			b[nr++] = c->rounds[k].value;
		}
		if (base->rounds[i].sample <= c->rounds[k].sample)
			i++;
		else
			k++;
	}
	return nr;
}

/*
 * By pairs when there are enough of them to be separated, else each side by
 * itself.  Which of both depends on the number of rounds, never on values.
 */
static void compare_cell(const struct cmp_table *t, size_t row, const struct cmp_cell *base,
			 struct cmp_cell *c)
{
	size_t most = base->n < c->n ? base->n : c->n;
	double *a = cmp_zalloc(most, sizeof(*a)), *b = cmp_zalloc(most, sizeof(*b));
	size_t pairs = find_pairs(t, row, base, c, a, b);

	if (pairs >= stats_min_pairs(t->family, t->stats.alpha))
		stats_compare_pairs(a, b, pairs, &t->stats, c->key, &c->cmp);
	else
		stats_compare(base->values, base->n, c->values, c->n, &t->stats, c->key, &c->cmp);
	free(a);
	free(b);
}

/* Which comparisons there are: Holm's family, and how much each of them must show. */
static void find_family(struct cmp_table *t)
{
	size_t nr = t->nr_metrics * t->nr_rows * t->nr_cols;

	for (size_t i = 0; i < nr; i++) {
		struct place p = place_of(t, i);
		struct cmp_cell *base = cmp_at(t, p.metric, p.row, 0), *c = &t->cells[i];

		t->lost += p.col && !t->cols[p.col].reference && base->n && !c->n && c->why &&
			   !c->status[CMP_UNSUPPORTED] && !c->nulls;
		c->compared = comparable(t, p.metric, p.row, p.col);
		t->family += c->compared;
	}
	t->min_samples = stats_min_samples(t->family ? t->family : 1, t->stats.alpha);
}

static void compare_all(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	size_t nr = t->nr_metrics * t->nr_rows * t->nr_cols;
	double *p = cmp_zalloc(nr, sizeof(*p));

	find_family(t);
	for (size_t i = 0; i < nr; i++) {
		struct place at = place_of(t, i);
		struct cmp_cell *c = &t->cells[i];

		p[i] = (double)NAN;
		if (!c->compared)
			continue;
		compare_cell(t, at.row, cmp_at(t, at.metric, at.row, 0), c);
		cmp_latency_compare(&t->metrics[at.metric], &t->stats,
				    cmp_at(t, at.metric, at.row, 0), c);
		p[i] = c->cmp.p;
		t->paired += c->cmp.paired;
	}
	stats_holm(p, nr);
	for (size_t i = 0; i < nr; i++) {
		if (!t->cells[i].compared)
			continue;
		t->cells[i].cmp.p_holm = p[i];
		judge(w, &t->cells[i], &t->metrics[place_of(t, i).metric]);
	}
	free(p);
}

int cmp_build(struct cmp_table **out, const struct run_data *const *runs, unsigned nr_runs,
	      const struct cmp_conf *conf, char *err, size_t len)
{
	struct cmp_work w = {
		.conf = conf, .runs = runs, .nr_runs = nr_runs, .err = err, .len = len
	};

	w.t = cmp_zalloc(1, sizeof(*w.t));
	w.t->stats = conf->stats;
	int rc = cmp_select(&w);

	if (!rc)
		rc = cmp_layout(&w);
	if (!rc)
		rc = cmp_metrics(&w);
	if (!rc) {
		fill(&w);
		if (conf->drop_empty)
			drop_empty_rows(&w);
		compare_all(&w);
		cmp_notes(&w);
	}
	free(w.items);
	if (rc) {
		cmp_free(w.t);
		w.t = NULL;
	}
	*out = w.t;
	return rc;
}

void cmp_free(struct cmp_table *t)
{
	if (!t)
		return;
	free_cells(t);
	for (size_t i = 0; i < t->nr_notes; i++)
		free(t->notes[i]);
	free(t->notes);
	free(t->rows);
	free(t->cols);
	free(t);
}
