/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/heatmap.h"

#include "harness/gnuplot.h"

#include <math.h>
#include <stdbool.h>

#define PANEL_WIDTH 640u
#define PANEL_HEIGHT 460u
#define MOST_LABELS 16u /* nodes up to which each value is written in its field */

struct limits {
	double min, max;
};

static struct limits limits_of(const struct heatmap *h)
{
	struct limits l = { INFINITY, -INFINITY };

	for (unsigned i = 0; i < h->nr * h->nr; i++) {
		l.min = h->value[i] < l.min ? h->value[i] : l.min;
		l.max = h->value[i] > l.max ? h->value[i] : l.max;
	}
	return l;
}

void heatmap_print(const struct heatmap *h, FILE *f)
{
	static const char *const shades[] = { "·", "░", "▒", "▓", "█" };
	const unsigned nr_shades = sizeof(shades) / sizeof(shades[0]);
	struct limits l = limits_of(h);

	fprintf(f, "\n%s (%s), %s by %s%s%s\n    ", h->title, h->unit, h->rows, h->columns,
		*h->note ? "; " : "", h->note);
	for (unsigned j = 0; j < h->nr; j++)
		fprintf(f, " %9u  ", j);
	fputc('\n', f);
	for (unsigned i = 0; i < h->nr; i++) {
		fprintf(f, "%4u", i);
		for (unsigned j = 0; j < h->nr; j++) {
			double v = h->value[(size_t)i * h->nr + j];
			double part = l.max > l.min ? (v - l.min) / (l.max - l.min) : 0;
			unsigned shade = isnan(v) ? 0 : (unsigned)(part * (nr_shades - 1) + 0.5);

			if (isnan(v))
				fprintf(f, " %9s  ", "-");
			else
				fprintf(f, " %9.*f %s", v < 1000 ? 1 : 0, v, shades[shade]);
		}
		fputc('\n', f);
	}
}

static void write_block(const struct heatmap *h, unsigned n, FILE *f)
{
	fprintf(f, "$map%u << END\n", n);
	for (unsigned i = 0; i < h->nr; i++)
		for (unsigned j = 0; j < h->nr; j++) {
			double v = h->value[(size_t)i * h->nr + j];

			if (!isnan(v))
				fprintf(f, "%u %u %.6g\n", j, i, v);
		}
	fputs("END\n", f);
}

static void write_panel(const struct heatmap *h, unsigned n, FILE *f)
{
	struct limits l = limits_of(h);
	char title[256];

	snprintf(title, sizeof(title), "%s (%s)%s%s", h->title, h->unit, *h->note ? " - " : "",
		 h->note);
	fputs("set title ", f);
	gnuplot_quote(title, f);
	fputs("\nset xlabel ", f);
	gnuplot_quote(h->columns, f);
	fputs("\nset ylabel ", f);
	gnuplot_quote(h->rows, f);
	/* One value has no range, and no colour of its own. */
	fprintf(f, "\nset cbrange [%g:%g]\n", l.max > l.min ? l.min : 0.0,
		isfinite(l.max) && l.max > 0 ? l.max : 1.0);
	fprintf(f, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\n", h->nr - 0.5, h->nr - 0.5);
	fprintf(f, "set xtics %u\nset ytics %u\n", 1 + h->nr / 17, 1 + h->nr / 17);
	/* Boxes, not an image: a pair without a value leaves its field empty. */
	fprintf(f,
		"plot $map%u using 1:2:(0.5):(0.5):3 with boxxyerror fillstyle solid noborder "
		"linecolor palette notitle",
		n);
	if (h->nr <= MOST_LABELS)
		fprintf(f,
			", $map%u using 1:2:(sprintf(\"%%.4g\", $3)) with labels font \",12\" "
			"notitle",
			n);
	fputc('\n', f);
}

static bool has_values(const struct heatmap *h)
{
	return limits_of(h).max > -INFINITY;
}

static void write_script(const struct heatmap *maps, unsigned nr, const char *path, FILE *f)
{
	fprintf(f, "set terminal svg size %u,%u font \"sans,13\" background \"white\"\n",
		PANEL_WIDTH, PANEL_HEIGHT * nr);
	fputs("set output ", f);
	gnuplot_quote(path, f);
	/* Light to dark in one hue, so that dark labels stay readable. */
	fputs("\nset palette defined (0 \"#f7fbff\", 1 \"#c6dbef\", 2 \"#6baed6\")\n"
	      "set tics nomirror out\n",
	      f);
	for (unsigned i = 0; i < nr; i++)
		write_block(&maps[i], i, f);
	fprintf(f, "set multiplot layout %u,1\n", nr);
	for (unsigned i = 0; i < nr; i++)
		if (has_values(&maps[i]))
			write_panel(&maps[i], i, f);
	fputs("unset multiplot\n", f);
}

struct maps {
	const struct heatmap *map;
	unsigned nr;
};

static void write_maps(const void *what, const char *path, FILE *f)
{
	const struct maps *m = what;

	write_script(m->map, m->nr, path, f);
}

int heatmap_svg(const struct heatmap *maps, unsigned nr, const char *path, char *err, size_t len)
{
	const struct maps m = { maps, nr };

	return gnuplot_draw(write_maps, &m, path, err, len);
}
