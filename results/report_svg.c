/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures of a report as SVG inside the page; its style sheet colours them. */
#include "results/cmp_priv.h"
#include "results/report_priv.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 360.0
#define HEIGHT 212.0
#define LEFT 46.0
#define RIGHT 132.0 /* room for the names at the ends of the lines */
#define TOP 18.0
#define BOTTOM 34.0
#define NAME_STEP 12.0 /* names closer than this would overlap */

void html_text(const char *text, FILE *f)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			/* Control characters are no part of a page. */
			fputc((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text, f);
		}
}

struct plot {
	const struct fig_panel *panel;
	struct fig_axis x, y;
	FILE *f;
};

static double at_x(const struct plot *p, double x)
{
	/* Room at both sides: points do not lie on the frame. */
	return LEFT + (0.04 + 0.92 * fig_place(&p->x, x)) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const struct plot *p, double y)
{
	return HEIGHT - BOTTOM - fig_place(&p->y, y) * (HEIGHT - TOP - BOTTOM);
}

#define TICK_LETTER 5.8 /* width of one, at most */

/* Where two texts would touch, the later one is left out. */
static void svg_ticks_x(const struct plot *p)
{
	double end = 0;

	for (unsigned i = 0; i < p->x.nr; i++) {
		char text[FIG_TICK];
		double x = at_x(p, p->x.tick[i]);
		double half = TICK_LETTER / 2 * (double)strlen(fig_tick(&p->x, i, text));

		if (x - half < end + 3)
			continue;
		fprintf(p->f,
			"<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" "
			"y=\"%g\">%s</text>",
			x, HEIGHT - BOTTOM + 14, text);
		end = x + half;
	}
}

#define MOST_MARKS 10u /* more are a hatching */

/* Where a phase begins: a stroke over the height, its name beside the top. */
static void svg_marks(const struct plot *p)
{
	double end = 0;

	for (unsigned i = 0; i < p->panel->nr_marks && p->panel->nr_marks <= MOST_MARKS; i++) {
		const struct rec_mark *m = &p->panel->mark[i];
		double at = m->at > p->x.min ? m->at : p->x.min, x = at_x(p, at);
		bool room = x > end;

		if (m->at > p->x.max)
			break;
		fprintf(p->f,
			"<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%g\" "
			"y2=\"%g\"><title>",
			x, x, room ? 3.0 : TOP, HEIGHT - BOTTOM);
		html_text(m->name, p->f);
		fputs("</title></line>", p->f);
		if (!room)
			continue;
		fprintf(p->f, "<text class=\"tick\" x=\"%.1f\" y=\"%g\">", x + 3, TOP - 2);
		html_text(m->name, p->f);
		fputs("</text>", p->f);
		end = x + TICK_LETTER * (double)strlen(m->name) + 4;
	}
}

static void svg_axes(const struct plot *p, const char *xlabel)
{
	char text[FIG_TICK];

	for (unsigned i = 0; i < p->y.nr; i++) {
		double y = at_y(p, p->y.tick[i]);

		if (p->y.tick[i] > p->y.max * 1.0001)
			continue;
		fprintf(p->f,
			"<line class=\"grid\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
			"<text class=\"tick\" text-anchor=\"end\" x=\"%g\" y=\"%.1f\">%s</text>",
			LEFT, WIDTH - RIGHT, y, y, LEFT - 5, y + 3.5, fig_tick(&p->y, i, text));
	}
	svg_ticks_x(p);
	svg_marks(p);
	fprintf(p->f, "<text class=\"tick\" text-anchor=\"middle\" x=\"%g\" y=\"%g\">",
		(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5);
	html_text(xlabel, p->f);
	fputs("</text>", p->f);
}

static void svg_band(const struct plot *p, const struct fig_line *l)
{
	fprintf(p->f, "<polygon class=\"band f%u\" points=\"", l->colour % FIG_COLOURS);
	for (size_t i = 0; i < l->nr; i++)
		if (l->point[i].hi >= l->point[i].lo)
			fprintf(p->f, "%.1f,%.1f ", at_x(p, l->point[i].x),
				at_y(p, l->point[i].hi));
	for (size_t i = l->nr; i-- > 0;)
		if (l->point[i].hi >= l->point[i].lo)
			fprintf(p->f, "%.1f,%.1f ", at_x(p, l->point[i].x),
				at_y(p, l->point[i].lo));
	fputs("\"/>", p->f);
}

static void svg_line(const struct plot *p, const struct fig_line *l)
{
	unsigned c = l->colour % FIG_COLOURS;
	bool dashed = l->colour >= FIG_COLOURS || l->level;

	if (l->band)
		svg_band(p, l);
	if (l->ideal && l->nr > 1)
		fprintf(p->f,
			"<line class=\"ideal s%u\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
			"y2=\"%.1f\"/>",
			c, at_x(p, l->point[0].x), at_x(p, l->point[l->nr - 1].x),
			at_y(p, l->point[0].y), at_y(p, l->point[0].y));
	if (l->nr > 1) {
		fprintf(p->f, "<polyline class=\"line s%u%s\" points=\"", c, dashed ? " dash" : "");
		for (size_t i = 0; i < l->nr; i++)
			fprintf(p->f, "%.1f,%.1f ", at_x(p, l->point[i].x), at_y(p, l->point[i].y));
		fputs("\"/>", p->f);
	}
	for (size_t i = 0; i < l->nr && l->nr <= 12 && !l->level; i++) {
		const struct fig_point *pt = &l->point[i];
		char number[SINK_NUMBER];

		if (pt->hi > pt->lo && !l->band)
			fprintf(p->f,
				"<line class=\"line s%u\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
				"y2=\"%.1f\"/>",
				c, at_x(p, pt->x), at_x(p, pt->x), at_y(p, pt->lo),
				at_y(p, pt->hi));
		fprintf(p->f, "<circle class=\"f%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"><title>", c,
			at_x(p, pt->x), at_y(p, pt->y));
		html_text(l->label, p->f);
		fprintf(p->f, ": %s</title></circle>", sink_number(number, pt->y));
	}
}

struct name {
	const struct fig_line *line;
	double y;
};

static int by_y(const void *a, const void *b)
{
	double x = ((const struct name *)a)->y, y = ((const struct name *)b)->y;

	return (x > y) - (x < y);
}

/* Names at the ends of the lines, pushed apart where these meet. */
static void svg_names(const struct plot *p)
{
	struct name name[FIG_MAX_LINES] = { 0 };
	unsigned nr = 0;

	for (unsigned l = 0; l < p->panel->nr; l++) {
		const struct fig_line *line = &p->panel->line[l];

		if (line->nr)
			name[nr++] =
				(struct name){ line, at_y(p, line->point[line->nr - 1].y) + 3.5 };
	}
	qsort(name, nr, sizeof(name[0]), by_y);
	for (unsigned i = 1; i < nr; i++)
		if (name[i].y < name[i - 1].y + NAME_STEP)
			name[i].y = name[i - 1].y + NAME_STEP;
	for (unsigned i = nr; i-- > 0;) {
		double most = HEIGHT - BOTTOM + 4 - NAME_STEP * (double)(nr - 1 - i);

		if (name[i].y > most)
			name[i].y = most;
		fprintf(p->f, "<text class=\"name f%u\" x=\"%g\" y=\"%.1f\">",
			name[i].line->colour % FIG_COLOURS, WIDTH - RIGHT + 5, name[i].y);
		html_text(name[i].line->label, p->f);
		fputs("</text>", p->f);
	}
}

static void svg_panel(const struct fig *fig, const struct fig_panel *panel, FILE *f)
{
	struct plot p = { .panel = panel, .f = f };

	fig_axis_x(&p.x, panel);
	fig_axis_y(&p.y, panel);
	fputs("<div class=\"panel\"><h4>", f);
	html_text(panel->title, f);
	fputs("</h4><p class=\"unit\">", f);
	html_text(panel->unit, f);
	fprintf(f,
		"%s</p><svg viewBox=\"0 0 %g %g\" role=\"img\" "
		"aria-label=\"",
		p.y.log ? ", logarithmic" : "", WIDTH, HEIGHT);
	html_text(panel->title, f);
	fputs("\">", f);
	svg_axes(&p, panel->xlabel[0] ? panel->xlabel : fig->xlabel);
	for (unsigned l = 0; l < panel->nr; l++)
		svg_line(&p, &panel->line[l]);
	svg_names(&p);
	fputs("</svg></div>\n", f);
}

#define BAR_STEP 34.0
#define BAR_LEFT 150.0
#define BAR_WIDTH 820.0

static double stack_of(const struct fig_panel *p, double bar)
{
	double sum = 0;

	for (unsigned l = 0; l < p->nr; l++)
		for (size_t i = 0; i < p->line[l].nr; i++)
			if (!(fabs(p->line[l].point[i].x - bar) > 0))
				sum += p->line[l].point[i].y;
	return sum;
}

/* One bar: its parts from left to right, then the sum. */
static void svg_bar(const struct fig_panel *p, unsigned bar, double y, double scale, FILE *f)
{
	char number[SINK_NUMBER];
	double x = BAR_LEFT;

	for (unsigned l = 0; l < p->nr; l++)
		for (size_t i = 0; i < p->line[l].nr; i++) {
			const struct fig_point *pt = &p->line[l].point[i];

			if (fabs(pt->x - bar) > 0)
				continue;
			fprintf(f,
				"<rect class=\"f%u%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" "
				"height=\"20\"><title>",
				p->line[l].colour % FIG_COLOURS,
				p->line[l].colour < FIG_COLOURS ? "" : " lite", x, y,
				pt->y * scale);
			html_text(p->line[l].label, f);
			fprintf(f, ": %s ns</title></rect>", sink_number(number, pt->y));
			x += pt->y * scale;
		}
	fprintf(f, "<text class=\"sum\" x=\"%.1f\" y=\"%.1f\">%s ns</text>", x + 6, y + 14.5,
		sink_number(number, stack_of(p, bar)));
}

static void svg_bars(const struct fig *fig, FILE *f)
{
	const struct fig_panel *p = &fig->panel[0];
	double most = 0, y = 4;
	unsigned nr = 0;

	for (unsigned c = 0; c < fig->names->nr_cols; c++) {
		double sum = stack_of(p, c);

		most = sum > most ? sum : most;
		nr += sum > 0;
	}
	fputs("<p class=\"key\">", f);
	for (unsigned l = 0; l < p->nr; l++) {
		fprintf(f, "<span><i class=\"b%u%s\"></i>", p->line[l].colour % FIG_COLOURS,
			p->line[l].colour < FIG_COLOURS ? "" : " lite");
		html_text(p->line[l].label, f);
		fputs("</span> ", f);
	}
	fprintf(f, "</p><svg class=\"wide\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"",
		BAR_WIDTH, 8 + nr * BAR_STEP);
	html_text(fig->title, f);
	fputs("\">", f);
	for (unsigned c = 0; c < fig->names->nr_cols; c++) {
		if (!(stack_of(p, c) > 0))
			continue;
		fprintf(f, "<text class=\"name\" text-anchor=\"end\" x=\"%g\" y=\"%.1f\">",
			BAR_LEFT - 8, y + 14.5);
		html_text(fig->names->cols[c].label, f);
		fputs("</text>", f);
		svg_bar(p, c, y, (BAR_WIDTH - BAR_LEFT - 80) / most, f);
		y += BAR_STEP;
	}
	fputs("</svg>\n", f);
}

void fig_svg(const struct fig *fig, FILE *f)
{
	if (fig->bars) {
		svg_bars(fig, f);
		return;
	}
	fputs("<div class=\"panels\">\n", f);
	for (unsigned i = 0; i < fig->nr; i++)
		svg_panel(fig, &fig->panel[i], f);
	fputs("</div>\n", f);
	if (fig->left_out)
		fprintf(f, "<p>%u more lines have no panel: compare --series has them.</p>\n",
			fig->left_out);
}
