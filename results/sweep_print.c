/* SPDX-License-Identifier: GPL-2.0-only */
/* Sweeps on the terminal: a table with a bar beside each value. */
#include "results/sweep.h"

#include "results/cmp_priv.h"

#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BAR 10 /* columns at most */
#define LEAST_BAR 3
#define LABEL_WIDTH 8
#define NUMBER_WIDTH 23

static void put_bar(double part, unsigned width, bool utf8, FILE *f)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	unsigned n = isnan(part) ? 0 : (unsigned)(part * width * 8 + 0.5);
	unsigned whole = n / 8, shown = whole + (utf8 && n % 8);

	for (unsigned i = 0; i < whole; i++)
		fputs(utf8 ? "█" : "#", f);
	if (utf8)
		fputs(eighths[n % 8], f);
	fprintf(f, "%*s", (int)(width + 2 - shown), "");
}

static void put_value(const struct sweep_value *v, FILE *f)
{
	char number[SINK_NUMBER], lo[SINK_NUMBER], hi[SINK_NUMBER], text[128];

	if (isnan(v->value))
		snprintf(text, sizeof(text), "-");
	else if (isnan(v->lo))
		snprintf(text, sizeof(text), "%s", sink_number(number, v->value));
	else
		snprintf(text, sizeof(text), "%s [%s %s]%s", sink_number(number, v->value),
			 sink_number(lo, v->lo), sink_number(hi, v->hi), v->range ? "*" : "");
	fprintf(f, "%-*s ", NUMBER_WIDTH - 1, text);
}

#define NR_METRICS 4

struct table {
	unsigned nr;
	const struct sweep_metric *metric[NR_METRICS];
	struct sweep_value at[NR_METRICS][SWEEP_MAX_POINTS];
	double most[NR_METRICS];
	bool range;
	size_t samples;
};

/* Metrics without any value have no column. */
static void fill(struct table *t, const struct sweep_data *d, const struct sweep *s, unsigned row)
{
	*t = (struct table){ 0 };
	for (const struct sweep_metric *m = sweep_metrics; m->id && t->nr < NR_METRICS; m++) {
		double most = 0;

		for (unsigned i = 0; i < s->nr; i++) {
			struct sweep_value v = sweep_at(d, row, s->at[i].variant, m);

			t->at[t->nr][i] = v;
			most = v.value > most ? v.value : most;
			t->range |= v.n && v.range;
			t->samples = v.n > t->samples ? v.n : t->samples;
		}
		if (!(most > 0))
			continue;
		t->most[t->nr] = most;
		t->metric[t->nr++] = m;
	}
}

/* What the screen leaves for each bar; 0: too little. */
static unsigned bar_width(const struct sink_style *style, unsigned metrics)
{
	unsigned wide = style->width > LABEL_WIDTH ? style->width - LABEL_WIDTH : 0;
	unsigned each = style->width ? wide / metrics : 1000;

	if (each < NUMBER_WIDTH + 2 + LEAST_BAR)
		return 0;
	return each - NUMBER_WIDTH - 2 < BAR ? each - NUMBER_WIDTH - 2 : BAR;
}

static void print_table(const struct sweep_data *d, const struct sweep *s, unsigned row,
			const struct sink_style *style, FILE *f)
{
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	char name[2 * REC_TEXT];
	bool tail = false;
	struct table t;

	fill(&t, d, s, row);
	if (!t.nr)
		return;
	unsigned bar = bar_width(style, t.nr);

	sweep_row_name(d, row, name, sizeof(name));
	fprintf(f, "\nSWEEP   %s of %s   %s%s\n", s->tunable, s->base, name,
		strchr(d->row[row]->flags, 's') ? "; simulated" : "");
	fprintf(f, "%-*s", LABEL_WIDTH, "value");
	for (unsigned m = 0; m < t.nr; m++) {
		fprintf(f, "%-*s", (int)(NUMBER_WIDTH + (bar ? bar + 2 : 0)), t.metric[m]->brief);
		tail |= t.metric[m]->hist != NULL;
	}
	fputc('\n', f);
	for (unsigned i = 0; i < s->nr; i++) {
		if (isnan(s->at[i].x))
			fprintf(f, "%-*s", LABEL_WIDTH, "default");
		else
			fprintf(f, "%-*.10g", LABEL_WIDTH, s->at[i].x);
		for (unsigned m = 0; m < t.nr; m++) {
			put_value(&t.at[m][i], f);
			if (bar)
				put_bar(t.at[m][i].value / t.most[m], bar, utf8, f);
		}
		fputc('\n', f);
	}
	fprintf(f, "median of %zu samples [%g %% interval]; %s\n", t.samples, 100 * (1 - d->alpha),
		tail ? "percentiles: of all samples' operations together"
		     : "no latency: its pass did not run");
	if (t.range)
		fputs("* too few samples for an interval: the least and the most\n", f);
}

bool sweep_print(const struct run_data *run, const struct sink_style *style, FILE *f)
{
	struct sweep_data *d = cmp_zalloc(1, sizeof(*d));
	bool any;

	sweep_gather(d, run, 0.05);
	any = d->nr > 0;
	for (unsigned s = 0; s < d->nr; s++)
		for (unsigned row = 0; row < d->nr_rows; row++)
			print_table(d, &d->of[s], row, style, f);
	sweep_release(d);
	free(d);
	return any;
}
