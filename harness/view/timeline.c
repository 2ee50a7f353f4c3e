/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/view/timeline.h"

#include "harness/view/gnuplot.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define WIDTH 900u	  /* of the figure, pixels */
#define PANEL_HEIGHT 150u /* of one row */
#define NR_SECONDS 8u	  /* labels of the axis of time, at most */

const struct timeline_info timeline_infos[TL_NR] = {
	[TL_FU9] = { "Fu(9)", "", false, "Fu(9)", NULL },
	[TL_FREE] = { "free", "frames", false, "free", NULL },
	[TL_STEALS] = { "steals", "per 1000 requests", true, "steal", NULL },
	[TL_SLOW] = { "slow path", "% of allocations", true, "slow", NULL },
	[TL_P99] = { "p99", "ns of an allocation", true, "p99.alloc",
		     "the latency pass was not run" },
	[TL_RATE] = { "requests", "million per s", true, "seconds", NULL },
};

static int column(const struct rec_series *s, const char *name)
{
	for (unsigned c = 0; c < s->nr_cols; c++)
		if (!strcmp(s->col[c], name))
			return (int)c;
	return -1;
}

static double at(const struct rec_series *s, int col, unsigned point)
{
	return col < 0 ? (double)NAN : s->point[point][col];
}

/* Growth since the point before; the first point: since the start. */
static double grown(const struct rec_series *s, const char *name, unsigned point)
{
	int col = column(s, name);

	return at(s, col, point) - (point && col >= 0 ? at(s, col, point - 1) : 0);
}

static double ratio(double part, double of)
{
	return of > 0 ? part / of : (double)NAN;
}

int timeline_make(struct timeline *t, const struct record *r)
{
	const struct rec_series *s = &r->series;

	*t = (struct timeline){ .r = r, .nr = s->nr_points };
	if (!s->nr_points || column(s, "requests") < 0)
		return -ENODATA;
	for (unsigned p = 0; p < t->nr; p++) {
		double requests = grown(s, "requests", p);
		double steals = grown(s, "steal", p) + grown(s, "claim", p);

		t->requests[p] = at(s, column(s, "requests"), p);
		t->seconds[p] = at(s, column(s, "seconds"), p);
		t->row[TL_FU9][p] = at(s, column(s, "Fu(9)"), p);
		t->row[TL_FREE][p] = at(s, column(s, "free"), p);
		t->row[TL_STEALS][p] = 1000 * ratio(steals, requests);
		t->row[TL_SLOW][p] = 100 * ratio(grown(s, "slow", p), grown(s, "allocations", p));
		t->row[TL_P99][p] = at(s, column(s, timeline_infos[TL_P99].column), p);
		t->row[TL_RATE][p] = ratio(requests, grown(s, "seconds", p)) / 1e6;
	}
	return 0;
}

struct range {
	double min, max;
	bool any;
};

static struct range range_of(const double *v, unsigned nr)
{
	struct range r = { INFINITY, -INFINITY, false };

	for (unsigned p = 0; p < nr; p++) {
		if (!isfinite(v[p]))
			continue;
		r.min = v[p] < r.min ? v[p] : r.min;
		r.max = v[p] > r.max ? v[p] : r.max;
		r.any = true;
	}
	return r;
}

/* From 0, or from below it, to the largest value. */
static void print_row(const double *v, unsigned nr, bool utf8, FILE *f)
{
	static const char *const eighths[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	struct range r = range_of(v, nr);
	double low = r.min < 0 ? r.min : 0;

	for (unsigned p = 0; p < nr; p++) {
		double part = r.max > low ? (v[p] - low) / (r.max - low) : 0;
		unsigned step = (unsigned)(part * 7.999);

		if (!isfinite(v[p]))
			fputs(" ", f);
		else if (utf8)
			fputs(eighths[step], f);
		else
			fprintf(f, "%u", step);
	}
}

void timeline_head(const struct timeline *t, FILE *f)
{
	const struct record *r = t->r;

	fprintf(f, "%s   %s%s%s order %llu   %llu thread%s   sample %llu   %s\n", r->variant,
		r->workload, *r->params ? " " : "", r->params, (unsigned long long)r->order,
		(unsigned long long)r->threads, r->threads == 1 ? "" : "s",
		(unsigned long long)r->sample + 1, r->status);
}

/* Of a row without any value. */
static void print_why(const struct rec_series *s, const struct timeline_info *info, FILE *f)
{
	if (column(s, info->column) >= 0 && *s->note)
		fprintf(f, "null: %s\n", s->note);
	else
		fprintf(f, "%s\n", info->without ? info->without : "not in this series");
}

void timeline_print(const struct timeline *t, bool utf8, FILE *f)
{
	timeline_head(t, f);
	for (unsigned i = 0; i < TL_NR; i++) {
		struct range range = range_of(t->row[i], t->nr);

		fprintf(f, "%-10s ", timeline_infos[i].name);
		if (!range.any) {
			print_why(&t->r->series, &timeline_infos[i], f);
			continue;
		}
		print_row(t->row[i], t->nr, utf8, f);
		fprintf(f, "   %.4g to %.4g%s%s\n", range.min, range.max,
			*timeline_infos[i].unit ? " " : "", timeline_infos[i].unit);
	}
	fprintf(f, "%-10s %u points, %.0f to %.0f requests", "axis", t->nr, t->requests[0],
		t->requests[t->nr - 1]);
	if (isfinite(t->seconds[t->nr - 1]))
		fprintf(f, ", %.3g to %.3g s", t->seconds[0], t->seconds[t->nr - 1]);
	fputs("\n", f);
}

static void write_data(const struct timeline *t, FILE *f)
{
	fputs("$data << EOD\n", f);
	for (unsigned p = 0; p < t->nr; p++) {
		fprintf(f, "%.17g", t->requests[p]);
		for (unsigned i = 0; i < TL_NR; i++)
			if (isfinite(t->row[i][p]))
				fprintf(f, " %.9g", t->row[i][p]);
			else
				fputs(" NaN", f);
		fputc('\n', f);
	}
	fputs("EOD\n", f);
}

/* Above the uppermost row: what the clock said at some of the points. */
static void write_seconds(const struct timeline *t, FILE *f)
{
	const char *comma = "";
	double next = 0;

	fputs("set x2label \"seconds\"\nset x2tics nomirror out (", f);
	for (unsigned p = 0; p < t->nr; p++) {
		if (t->requests[p] < next)
			continue;
		fprintf(f, "%s\"%.3g\" %.17g", comma, t->seconds[p], t->requests[p]);
		comma = ", ";
		next = t->requests[p] + t->requests[t->nr - 1] / NR_SECONDS;
	}
	fputs(")\n", f);
}

void timeline_title(const struct record *r, char *title, size_t len)
{
	snprintf(title, len, "%s, %s%s%s, order %llu, %llu thread%s, sample %llu%s%s", r->variant,
		 r->workload, *r->params ? " " : "", r->params, (unsigned long long)r->order,
		 (unsigned long long)r->threads, r->threads == 1 ? "" : "s",
		 (unsigned long long)r->sample + 1, strchr(r->flags, 's') ? ", simulated" : "",
		 strcmp(r->status, "ok") != 0 ? ", target missed or cut short" : "");
}

static void write_rows(const struct timeline *t, FILE *f)
{
	/* Okabe and Ito's colours, told apart by nearly everybody. */
	static const char *const colours[TL_NR] = { "#0072b2", "#009e73", "#d55e00",
						    "#cc79a7", "#56b4e9", "#000000" };

	for (unsigned i = 0; i < TL_NR; i++) {
		const struct timeline_info *info = &timeline_infos[i];
		struct range range = range_of(t->row[i], t->nr);
		char label[64];

		if (!range.any)
			continue;
		snprintf(label, sizeof(label), "%s%s%s", info->name, *info->unit ? "\\n" : "",
			 info->unit);
		fprintf(f, "set ylabel \"%s\"\nset yrange [%g:%g]\n", label,
			range.min < 0 ? range.min : 0.0, range.max > 0 ? range.max * 1.1 : 1.0);
		fprintf(f,
			"set format x \"%s\"\nplot $data using 1:%u with %s lw 2 lc rgb \"%s\"\n",
			i + 1 == TL_NR ? "%.0f" : "", i + 2,
			info->since ? "fsteps" : "linespoints pt 7 ps 0.3", colours[i]);
		fputs("unset title\nunset x2tics\nunset x2label\n", f);
	}
}

static void write_script(const void *what, const char *path, FILE *f)
{
	const struct timeline *t = what;
	char title[4 * REC_TEXT];

	write_data(t, f);
	fprintf(f, "set terminal svg size %u,%u font \"sans,12\" background \"white\"\nset output ",
		WIDTH, PANEL_HEIGHT * TL_NR + 60);
	gnuplot_quote(path, f);
	fputs("\nunset key\nset tics nomirror out\nset grid ytics lc rgb \"#dddddd\"\n", f);
	fprintf(f, "set xrange [0:%.17g]\nset x2range [0:%.17g]\n", t->requests[t->nr - 1],
		t->requests[t->nr - 1]);
	fprintf(f, "set multiplot layout %u,1 margins 0.12,0.97,0.07,0.88 spacing 0,0.04 title ",
		(unsigned)TL_NR);
	timeline_title(t->r, title, sizeof(title));
	gnuplot_quote(title, f);
	fputc('\n', f);
	if (isfinite(t->seconds[t->nr - 1]))
		write_seconds(t, f);
	write_rows(t, f);
	fputs("unset multiplot\n", f);
}

int timeline_svg(const struct timeline *t, const char *path, char *err, size_t len)
{
	return gnuplot_draw(write_script, t, path, err, len);
}
