/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures of a report as gnuplot scripts, for papers. */
#include "results/report_priv.h"

#include <math.h>
#include <string.h>

/* Of Okabe and Ito, as in the page; print has a light ground. */
static const char *const colours[FIG_MAX_LINES] = {
	"#0072b2", "#d55e00", "#009e73", "#aa4499", "#b07c00", "#3a8fb7", "#6b6b6b", "#332288",
	"#80b9d9", "#eaaf80", "#80cfb9", "#d5a2cc", "#d8be80", "#9dc7db", "#b5b5b5", "#9991c4",
};

void gp_quote(const char *text, FILE *f)
{
	fputc('\'', f);
	for (; *text; text++)
		if (*text == '\'')
			fputs("''", f);
		else if ((unsigned char)*text >= ' ' && *text != 127)
			fputc(*text, f);
	fputc('\'', f);
}

static void data(const struct fig *fig, FILE *f)
{
	for (unsigned p = 0; p < fig->nr; p++)
		for (unsigned l = 0; l < fig->panel[p].nr; l++) {
			const struct fig_line *line = &fig->panel[p].line[l];

			fprintf(f, "$d%u_%u << END\n", p, l);
			for (size_t i = 0; i < line->nr; i++)
				fprintf(f, "%.9g %.9g %.9g %.9g\n", line->point[i].x,
					line->point[i].y,
					isnan(line->point[i].lo) ? line->point[i].y
								 : line->point[i].lo,
					isnan(line->point[i].hi) ? line->point[i].y
								 : line->point[i].hi);
			fputs("END\n", f);
		}
}

static void plot_lines(const struct fig *fig, unsigned p, FILE *f)
{
	const struct fig_panel *panel = &fig->panel[p];
	struct fig_axis x, y;

	fig_axis_x(&x, panel);
	fig_axis_y(&y, panel);
	fputs("set title ", f);
	gp_quote(panel->title, f);
	fputs("\nset ylabel ", f);
	gp_quote(panel->unit, f);
	fprintf(f, "\n%sset logscale y\n%sset logscale x\nset yrange [%g:%g]\n", y.log ? "" : "un",
		x.log ? "" : "un", y.min, y.max);
	fputs("set xlabel ", f);
	gp_quote(panel->xlabel[0] ? panel->xlabel : fig->xlabel, f);
	if (x.log)
		fprintf(f, "\nset xrange [%g:%g]\n", x.min / 1.1, x.max * 1.1);
	else
		fprintf(f, "\nset xrange [%g:%g]\n",
			x.min - 0.05 * (x.max - x.min) - (x.max > x.min ? 0 : 1),
			x.max + 0.05 * (x.max - x.min) + (x.max > x.min ? 0 : 1));
	fputs("set xtics (", f);
	for (unsigned i = 0; i < x.nr; i++) {
		char text[FIG_TICK];

		fprintf(f, "%s'%s' %.9g", i ? ", " : "", fig_tick(&x, i, text), x.tick[i]);
	}
	fputs(")\nunset arrow\nunset label\n", f);
	for (unsigned i = 0; i < panel->nr_marks && panel->nr_marks <= 10; i++) {
		double at = panel->mark[i].at > x.min ? panel->mark[i].at : x.min;

		if (at > x.max)
			break;
		fprintf(f,
			"set arrow from %.9g, graph 0 to %.9g, graph 1 nohead dt 3 lc rgb "
			"'#666666'\nset label ",
			at, at);
		gp_quote(panel->mark[i].name, f);
		fprintf(f, " at %.9g, graph 0.99 offset 0.3,0 rotate by -90 noenhanced font ',7'\n",
			at);
	}
	fputs("plot ", f);
	for (unsigned l = 0; l < panel->nr; l++) {
		const struct fig_line *line = &panel->line[l];
		const char *colour = colours[line->colour % FIG_MAX_LINES];

		fputs(l ? ", " : "", f);
		if (line->band)
			fprintf(f,
				"$d%u_%u using 1:3:4 with filledcurves fs transparent solid 0.2 "
				"noborder lc rgb '%s' notitle, ",
				p, l, colour);
		fprintf(f, "$d%u_%u using 1:2 with %s lw 1.5 pt 7 ps 0.4 lc rgb '%s'%s title ", p,
			l, line->nr > 12 || line->level ? "lines" : "linespoints", colour,
			line->level ? " dt 2" : "");
		gp_quote(line->label, f);
		if (line->nr <= 12 && !line->band)
			fprintf(f,
				", $d%u_%u using 1:2:3:4 with yerrorbars pt 0 lc rgb '%s' notitle",
				p, l, colour);
		if (line->ideal && line->nr > 1)
			fprintf(f, ", %.9g with lines dt 3 lc rgb '%s' notitle", line->point[0].y,
				colour);
	}
	fputc('\n', f);
}

/* Parts from the sum downwards: each is drawn over the longer one before it. */
static void plot_bars(const struct fig *fig, FILE *f)
{
	const struct fig_panel *panel = &fig->panel[0];
	unsigned nr = fig->names->nr_cols;

	fputs("set style fill solid 1 noborder\nset boxwidth 0.6\nset yrange [0:*]\n"
	      "set key outside right\nset ylabel ",
	      f);
	gp_quote(fig->xlabel, f);
	fprintf(f, "\nset xrange [-0.6:%g]\nset xtics rotate by -20 (", nr - 0.4);
	for (unsigned c = 0; c < nr; c++) {
		fputs(c ? ", " : "", f);
		gp_quote(fig->names->cols[c].label, f);
		fprintf(f, " %u", c);
	}
	fputs(")\n", f);
	for (unsigned l = 0; l < panel->nr; l++) {
		fprintf(f, "$s%u << END\n", l);
		for (unsigned c = 0; c < nr; c++) {
			double sum = 0;

			for (unsigned k = 0; k <= l; k++)
				for (size_t i = 0; i < panel->line[k].nr; i++)
					if (!(fabs(panel->line[k].point[i].x - c) > 0))
						sum += panel->line[k].point[i].y;
			fprintf(f, "%u %.9g\n", c, sum);
		}
		fputs("END\n", f);
	}
	fputs("plot ", f);
	for (unsigned l = panel->nr; l-- > 0;) {
		fprintf(f, "$s%u using 1:2 with boxes lc rgb '%s' title ", l,
			colours[panel->line[l].colour % FIG_MAX_LINES]);
		gp_quote(panel->line[l].label, f);
		fputs(l ? ", " : "\n", f);
	}
}

void gp_begin(const char *id, const char *suffix, const struct gp_panels *p, FILE *f)
{
	bool pdf = !strcmp(suffix, "pdf");

	/* The PDF terminal takes inches. */
	fprintf(f, "set terminal %s size %g,%g%s\nset output '%s.%s'\n",
		pdf ? "pdfcairo noenhanced font 'sans,9'" : "svg noenhanced font 'sans,10'",
		p->cols * p->width / (pdf ? 100 : 1), p->rows * p->height / (pdf ? 100 : 1),
		pdf ? "" : " background 'white'", id, suffix);
	fprintf(f, "set multiplot layout %u,%u", p->rows, p->cols);
	if (p->title[0]) {
		fputs(" title ", f);
		gp_quote(p->title, f);
	}
	fputc('\n', f);
}

void gp_end(FILE *f)
{
	fputs("unset multiplot\nunset output\n", f);
}

static void draw(const struct fig *fig, const char *suffix, FILE *f)
{
	unsigned cols = fig->nr > 1 ? 2 : 1;

	gp_begin(fig->id, suffix,
		 &(struct gp_panels){ cols, (fig->nr + cols - 1) / cols, 460, 310, "" }, f);
	if (fig->bars)
		plot_bars(fig, f);
	for (unsigned p = 0; !fig->bars && p < fig->nr; p++)
		plot_lines(fig, p, f);
	gp_end(f);
}

static void gp_lines(const struct fig *fig, FILE *f)
{
	data(fig, f);
	fputs("set tics nomirror out\nset border 3\nset grid ytics lc rgb '#dddddd'\n"
	      "set key outside right top noenhanced\nset title noenhanced font ',10'\n"
	      "set xtics noenhanced\nset ylabel noenhanced\n"
	      "set xlabel ",
	      f);
	gp_quote(fig->bars ? "" : fig->xlabel, f);
	fputc('\n', f);
	draw(fig, "svg", f);
	draw(fig, "pdf", f);
}

/* Figures without lines or bars, after the others. */
static const struct drawing {
	const char *id;
	void (*write)(const struct report *r, FILE *f);
} drawings[] = { { "map", gp_map }, { "nodes", gp_nodes } };

/* The n-th that the run has data for: one of both; both NULL at the end. */
static void figure(const struct report *r, unsigned n, const struct fig **fig,
		   const struct drawing **d)
{
	const unsigned has[] = { r->maps.nr, r->nodes.nr };

	*fig = NULL;
	*d = NULL;
	for (unsigned i = 0; i < NR_FIGS; i++)
		if (r->figs[i].nr && !n--) {
			*fig = &r->figs[i];
			return;
		}
	for (unsigned i = 0; i < sizeof(drawings) / sizeof(drawings[0]); i++)
		if (has[i] && !n--) {
			*d = &drawings[i];
			return;
		}
}

const char *report_figure(const struct report *r, unsigned n)
{
	const struct drawing *d;
	const struct fig *fig;

	figure(r, n, &fig, &d);
	return fig ? fig->id : d ? d->id : NULL;
}

void report_gnuplot(const struct report *r, unsigned n, FILE *f)
{
	const struct drawing *d;
	const struct fig *fig;

	figure(r, n, &fig, &d);
	if (fig)
		gp_lines(fig, f);
	else if (d)
		d->write(r, f);
}
