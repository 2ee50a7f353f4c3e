/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/heatmap.h"

#include "results/svg.h"

#include <math.h>

#define MARGIN 18.0
#define PANEL_LEAST 400.0 /* width that a title finds */
#define HEAD 94.0	  /* above the fields: title, note, unit, numbers of nodes */
#define SIDE 52.0	  /* left of the fields */
#define SCALE 70.0	  /* right of them: the scale */
#define SCALE_STEPS 12u
#define MOST_LABELS 16u /* nodes up to which each value is written in its field */

struct limits {
	double min, max;
};

static struct limits limits_of(const struct heatmap *h)
{
	struct limits l = { INFINITY, -INFINITY };

	if (h->to > h->from)
		return (struct limits){ h->from, h->to };
	for (unsigned i = 0; i < h->nr * h->nr; i++) {
		l.min = h->value[i] < l.min ? h->value[i] : l.min;
		l.max = h->value[i] > l.max ? h->value[i] : l.max;
	}
	return l;
}

/* Where a value lies between the limits, 0..1; one value alone has no shade of its own. */
static double part_of(struct limits l, double v)
{
	return l.max > l.min ? (v - l.min) / (l.max - l.min) : 0;
}

/* None for a plain nothing: it is many fields' value. */
static int decimals(double v)
{
	return v < 0 || v > 0 ? fabs(v) < 1000 : 0;
}

void heatmap_print(const struct heatmap *h, bool utf8, FILE *f)
{
	static const char *const shades[2][5] = { { ".", ":", "+", "x", "#" },
						  { "·", "░", "▒", "▓", "█" } };
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

			if (isnan(v))
				fprintf(f, " %9s  ", "-");
			else
				fprintf(f, " %9.*f %s", decimals(v), v,
					shades[utf8][(unsigned)(part_of(l, v) * 4 + 0.5)]);
		}
		fputc('\n', f);
	}
}

static bool has_values(const struct heatmap *h)
{
	for (unsigned i = 0; i < h->nr * h->nr; i++)
		if (!isnan(h->value[i]))
			return true;
	return false;
}

/*
 * Light to dark in one hue, by way of a middle: lightness alone tells values
 * apart, with any colour vision and in grey print.
 */
static void colour_of(double part, char text[8], const char **on)
{
	static const double stop[3][3] = { { 240, 246, 252 }, { 107, 174, 214 }, { 8, 48, 107 } };
	unsigned from = part < 0.5 ? 0 : 1;
	double in = part * 2 - from, light = 0;
	static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
	unsigned rgb[3];

	for (unsigned i = 0; i < 3; i++) {
		double c = stop[from][i] + in * (stop[from + 1][i] - stop[from][i]);

		rgb[i] = (unsigned)(c + 0.5) & 0xff;
		light += weight[i] * pow(c / 255, 2.2);
	}
	snprintf(text, 8, "#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
	/* Below it white has the better contrast, above it black. */
	*on = light < 0.18 ? "zb-light" : "zb-dark";
}

static double field_of(const struct heatmap *h)
{
	return h->nr <= 4 ? 72 : h->nr <= 8 ? 60 : h->nr <= MOST_LABELS ? 50 : 14;
}

static double width_of(const struct heatmap *h)
{
	double width = SIDE + field_of(h) * h->nr + SCALE;

	return width > PANEL_LEAST ? width : PANEL_LEAST;
}

static double height_of(const struct heatmap *h)
{
	return HEAD + field_of(h) * h->nr + MARGIN;
}

static void draw_field(const struct heatmap *h, struct limits l, unsigned i, unsigned j, double x,
		       double y, FILE *f)
{
	double v = h->value[(size_t)i * h->nr + j], side = field_of(h);
	char colour[8];
	const char *on;

	if (isnan(v)) {
		svg_rect(f, "zb-card", NULL, x, y, side, side);
		if (h->nr <= MOST_LABELS)
			svg_text(f, "zb-s zb-mid", x + side / 2, y + side / 2 + 4, "-");
		return;
	}
	colour_of(part_of(l, v), colour, &on);
	fputs("<g>", f);
	fprintf(f, "<title>%s %u, %s %u: %.*f</title>", h->rows, i, h->columns, j, decimals(v), v);
	svg_rect(f, "zb-gap", colour, x, y, side, side);
	if (h->nr <= MOST_LABELS) {
		char class[24];

		snprintf(class, sizeof(class), "%s zb-mid", on);
		svg_text(f, class, x + side / 2, y + side / 2 + 4, "%.*f", decimals(v), v);
	}
	fputs("</g>\n", f);
}

static void draw_scale(struct limits l, double x, double y, double height, FILE *f)
{
	double step = height / SCALE_STEPS;

	for (unsigned i = 0; i < SCALE_STEPS && l.max > l.min; i++) {
		char colour[8];
		const char *on;

		colour_of(1 - (i + 0.5) / SCALE_STEPS, colour, &on);
		svg_rect(f, "", colour, x, y + i * step, 10, step + 0.3);
	}
	if (l.max > l.min) {
		svg_text(f, "zb-s", x + 14, y + 9, "%.*f", decimals(l.max), l.max);
		svg_text(f, "zb-s", x + 14, y + height, "%.*f", decimals(l.min), l.min);
	}
}

static void draw_map(const struct heatmap *h, double x, double y, FILE *f)
{
	struct limits l = limits_of(h);
	double side = field_of(h), left = x + SIDE, top = y + HEAD, size = side * h->nr;
	unsigned every = 1 + (h->nr - 1) / MOST_LABELS;
	char unit[160];

	svg_text_in(f, "zb-b", x, y + 16, width_of(h), h->title);
	svg_text_in(f, "zb-s", x, y + 33, width_of(h), h->note);
	snprintf(unit, sizeof(unit), "%s", h->unit);
	svg_text_in(f, "zb-s", x, y + 49, width_of(h), unit);
	svg_text(f, "zb-s zb-mid", left + size / 2, top - 22, "%s", h->columns);
	svg_text_up(f, "zb-s", x + 14, top + size / 2, h->rows);
	for (unsigned i = 0; i < h->nr; i++) {
		double middle = side * (i + 0.5);

		if (i % every == 0) {
			svg_text(f, "zb-s zb-mid", left + middle, top - 6, "%u", i);
			svg_text(f, "zb-s zb-end", left - 6, top + middle + 4, "%u", i);
		}
		for (unsigned j = 0; j < h->nr; j++)
			draw_field(h, l, i, j, left + side * j, top + side * i, f);
	}
	draw_scale(l, left + size + 12, top, size, f);
}

/* Two beside each other: wide enough for eight nodes each on a page. */
void heatmap_draw(const struct heatmap *maps, unsigned nr, FILE *f)
{
	double x = MARGIN, y = 0, width = 0, height = 0, wide = 0, high = 0;
	unsigned shown = 0, lines;

	for (unsigned i = 0; i < nr; i++) {
		wide = width_of(&maps[i]) > wide ? width_of(&maps[i]) : wide;
		high = height_of(&maps[i]) > high ? height_of(&maps[i]) : high;
		shown += has_values(&maps[i]);
	}
	if (!shown)
		return;
	width = (shown > 1 ? 2 : 1) * (wide + MARGIN) + MARGIN;
	lines = (shown + 1) / 2;
	height = lines * high + MARGIN;
	svg_begin(f, width, height, maps[0].title);
	for (unsigned i = 0, at = 0; i < nr; i++) {
		if (!has_values(&maps[i]))
			continue;
		draw_map(&maps[i], x, y, f);
		x = at % 2 ? MARGIN : x + wide + MARGIN;
		y += at++ % 2 ? high : 0;
	}
	svg_end(f);
}

struct maps {
	const struct heatmap *map;
	unsigned nr;
};

static void write_maps(const void *what, FILE *f)
{
	const struct maps *m = what;

	heatmap_draw(m->map, m->nr, f);
}

int heatmap_svg(const struct heatmap *maps, unsigned nr, const char *path, char *err, size_t len)
{
	const struct maps m = { maps, nr };

	return svg_file(path, write_maps, &m, err, len);
}
