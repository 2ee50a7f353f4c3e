/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/series.h"

#include "results/cmp_priv.h"
#include "results/sinks.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of all series: a mechanism without types has fewer than another. */
struct columns {
	unsigned nr;
	const char *name[2 * REC_MAX_COLS];
};

static bool shown(const struct cmp_item *it)
{
	return it->r->series.nr_points > 0;
}

static unsigned column_of(const struct rec_series *s, const char *name)
{
	unsigned c = 0;

	while (c < s->nr_cols && strcmp(s->col[c], name) != 0)
		c++;
	return c;
}

static void add_columns(struct columns *all, const struct rec_series *s)
{
	for (unsigned c = 0; c < s->nr_cols; c++) {
		unsigned i = 0;

		while (i < all->nr && strcmp(all->name[i], s->col[c]) != 0)
			i++;
		if (i == all->nr && i < 2 * REC_MAX_COLS)
			all->name[all->nr++] = s->col[c];
	}
}

static void csv_sample(const struct cmp_work *w, const struct cmp_item *it,
		       const struct columns *all, FILE *f)
{
	const struct rec_series *s = &it->r->series;
	char buf[REC_TEXT];

	for (unsigned p = 0; p < s->nr_points; p++) {
		for (unsigned a = 0; a < CMP_MAX_AXES; a++) {
			sink_csv_text(cmp_axis_value(w, it, a, buf), f);
			fputc(',', f);
		}
		fprintf(f, "%" PRIu64 ",%s", it->r->sample, it->r->status);
		for (unsigned i = 0; i < all->nr; i++) {
			unsigned c = column_of(s, all->name[i]);

			sink_csv_number(c < s->nr_cols ? s->point[p][c] : (double)NAN, f);
		}
		fputs("\r\n", f);
	}
}

static void print_csv(const struct cmp_work *w, FILE *f)
{
	struct columns all = { 0 };

	for (size_t i = 0; i < w->nr_items; i++)
		add_columns(&all, &w->items[i].r->series);
	for (unsigned a = 0; a < CMP_MAX_AXES; a++)
		fprintf(f, "%s,", cmp_axis_name(a));
	fputs("sample,status", f);
	for (unsigned i = 0; i < all.nr; i++) {
		fputc(',', f);
		sink_csv_text(all.name[i], f);
	}
	fputs("\r\n", f);
	for (size_t i = 0; i < w->nr_items; i++)
		csv_sample(w, &w->items[i], &all, f);
}

static void print_json(const struct cmp_work *w, FILE *f)
{
	const char *comma = "";
	char buf[REC_TEXT];

	fputs("[", f);
	for (size_t i = 0; i < w->nr_items; i++) {
		const struct cmp_item *it = &w->items[i];

		if (!shown(it))
			continue;
		json_t *o = rec_series_json(&it->r->series);

		for (unsigned a = 0; a < CMP_MAX_AXES; a++)
			json_object_set_new(o, cmp_axis_name(a),
					    json_string(cmp_axis_value(w, it, a, buf)));
		json_object_set_new(o, "sample", json_integer((json_int_t)it->r->sample));
		json_object_set_new(o, "status", json_string(it->r->status));
		fprintf(f, "%s\n", comma);
		json_dumpf(o, f, JSON_COMPACT | JSON_REAL_PRECISION(17));
		json_decref(o);
		comma = ",";
	}
	fputs("\n]\n", f);
}

int series_print(const struct run_data *const *runs, unsigned nr_runs, const struct cmp_conf *conf,
		 const char *format, FILE *f, char *err, size_t len)
{
	struct cmp_work w = {
		.conf = conf, .runs = runs, .nr_runs = nr_runs, .err = err, .len = len
	};
	bool json = !strcmp(format, "json"), any = false;

	if (!json && strcmp(format, "csv") != 0) {
		snprintf(err, len, "a series has no format '%s'; it has csv and json", format);
		return -EINVAL;
	}
	w.t = cmp_zalloc(1, sizeof(*w.t));
	int rc = cmp_select(&w);

	for (size_t i = 0; !rc && i < w.nr_items; i++)
		any |= shown(&w.items[i]);
	if (!rc && !any) {
		snprintf(err, len, "no sample has a series: the pass 'frag' was not run");
		rc = -ENODATA;
	}
	if (!rc && json)
		print_json(&w, f);
	else if (!rc)
		print_csv(&w, f);
	free(w.items);
	cmp_free(w.t);
	return rc;
}
