/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of a report as gnuplot scripts: memory over time, nodes by nodes. */
#include "results/cmp_priv.h"
#include "results/rec_map.h"
#include "results/report_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 128u
#define FILL_STEPS 3u	/* of a look's colour: print shows no more */
#define OVERLAP 0.002	/* of the axis: no seam between boxes beside each other */
#define MOST_LABELS 16u /* nodes up to which each value is written in its field */
#define DARK_FROM 0.71	/* of the scale: white numbers are easier to read there */

/* Some cells of one zone, seen as one. */
struct map_rows {
	unsigned nr;
	unsigned first[MOST_ROWS + REC_MAP_ZONES + 1]; /* cell; [nr] is the end */
};

/* A box of one colour: from @x0 to @x1 requests, from cell @y0 to @y1. */
struct box {
	double x0, x1;
	unsigned y0, y1, rgb;
};

struct boxes {
	struct box *box; /* [MOST_ROWS + REC_MAP_ZONES for each point], owned */
	size_t nr;
	bool seen[REC_MAP_LOOKS];
};

static void cut_rows(const struct rec_map *m, struct map_rows *rows)
{
	unsigned step = (m->nr_cells + MOST_ROWS - 1) / MOST_ROWS;

	rows->nr = 0;
	for (unsigned z = 0; z < m->nr_zones; z++) {
		unsigned end = z + 1 < m->nr_zones ? m->zone[z + 1].first : m->nr_cells;

		for (unsigned c = m->zone[z].first; c < end; c += step)
			rows->first[rows->nr++] = c;
	}
	rows->first[rows->nr] = m->nr_cells;
}

/* The look's colour in one of a few steps: a state can be read off the legend. */
static unsigned colour_of(const struct rec_map_cell *c)
{
	struct rec_map_cell step = *c;
	unsigned char rgb[3];

	step.fill = (uint8_t)((c->fill * FILL_STEPS + REC_MAP_FULL - 1) / REC_MAP_FULL *
			      REC_MAP_FULL / FILL_STEPS);
	rec_map_colour(&step, rgb);
	return (unsigned)rgb[0] << 16 | (unsigned)rgb[1] << 8 | rgb[2];
}

/* A state lasts from half way to the point before to half way to the next. */
static double border(const struct rec_map *m, unsigned p)
{
	return !p			? 0
	       : p < m->nr_points	? (m->requests[p - 1] + m->requests[p]) / 2
	       : m->requests[p - 1] > 0 ? m->requests[p - 1]
					: 1;
}

/* One column of boxes; one that goes on from the column before becomes wider. */
static void add_point(struct boxes *b, const struct rec_map *m, const struct map_rows *rows,
		      unsigned p, size_t *before)
{
	for (unsigned i = 0, next; i < rows->nr; i = next) {
		struct box new = { border(m, p), border(m, p + 1), rows->first[i], 0, 0 };

		for (next = i; next < rows->nr; next++) {
			struct rec_map_cell c =
				rec_map_merge(&m->at[p][rows->first[next]],
					      rows->first[next + 1] - rows->first[next]);

			if (next == i)
				new.rgb = colour_of(&c);
			else if (colour_of(&c) != new.rgb)
				break;
			b->seen[rec_map_look(&c)] = true;
		}
		new.y1 = rows->first[next];
		struct box *last = p ? &b->box[before[i]] : NULL;

		if (last && last->y0 == new.y0 && last->y1 == new.y1 && last->rgb == new.rgb &&
		    !(last->x1 < new.x0)) {
			last->x1 = new.x1;
			continue;
		}
		before[i] = b->nr;
		b->box[b->nr++] = new;
	}
}

static void gather(struct boxes *b, const struct rec_map *m, const struct map_rows *rows)
{
	size_t *before = cmp_zalloc(rows->nr + 1, sizeof(*before));

	*b = (struct boxes){ .box = cmp_zalloc((size_t)rows->nr * m->nr_points + 1,
					       sizeof(*b->box)) };
	for (unsigned p = 0; p < m->nr_points; p++)
		add_point(b, m, rows, p, before);
	free(before);
}

/* All of one panel that both pictures share: its data, and what is set for it. */
struct map_panel {
	struct rec_map map;
	const struct record *rec;
	double end; /* of the axis of requests */
	bool seen[REC_MAP_LOOKS];
};

static void write_boxes(struct map_panel *p, unsigned nr, FILE *f)
{
	struct map_rows rows;
	struct boxes b;

	cut_rows(&p->map, &rows);
	gather(&b, &p->map, &rows);
	p->end = border(&p->map, p->map.nr_points);
	memcpy(p->seen, b.seen, sizeof(p->seen));
	fprintf(f, "$m%u << END\n", nr);
	for (size_t i = 0; i < b.nr; i++) {
		const struct box *x = &b.box[i];
		double over = x->x1 + OVERLAP * p->end;

		fprintf(f, "%.6g %.6g %llu %llu %u\n", x->x0, over < p->end ? over : p->end,
			(unsigned long long)x->y0 * p->map.group,
			(unsigned long long)x->y1 * p->map.group, x->rgb);
	}
	fputs("END\n", f);
	free(b.box);
}

static unsigned full_colour(unsigned look)
{
	const unsigned char *rgb = rec_map_looks[look].rgb;

	return (unsigned)rgb[0] << 16 | (unsigned)rgb[1] << 8 | rgb[2];
}

/* Names at the right; the first zones may be thin, their names make room. */
static void zones(const struct rec_map *m, FILE *f)
{
	double all = (double)m->nr_cells, last = -1;

	fputs("unset arrow\nunset label\n", f);
	for (unsigned z = 0; z < m->nr_zones; z++) {
		double at = m->zone[z].first / all, name = at + 0.03;

		if (last >= 0 && name < last + 0.06)
			name = last + 0.06;
		last = name;
		fputs("set label ", f);
		gp_quote(m->zone[z].name, f);
		fprintf(f, " at graph 1.01, graph %.4f left noenhanced font ',7'\n", 1 - name);
		if (z)
			fprintf(f,
				"set arrow from graph 0, graph %.4f to graph 1, graph %.4f nohead "
				"front lw 0.7 lc rgb 'black'\n",
				1 - at, 1 - at);
	}
}

static void plot_map(const struct map_panel *p, unsigned nr, FILE *f)
{
	char row[REPORT_MAP_ROW];

	report_map_row(p->rec, row, sizeof(row));
	fputs("set title ", f);
	gp_quote(p->rec->variant, f);
	fputs(".\"\\n\".", f);
	gp_quote(row, f);
	fprintf(f, "\nset xrange [0:%.9g]\nset yrange [%llu:0]\n", p->end,
		(unsigned long long)p->map.nr_cells * p->map.group);
	zones(&p->map, f);
	fprintf(f,
		"plot $m%u using 1:3:1:2:3:4:5 with boxxyerror fs solid 1 noborder lc rgb variable "
		"notitle",
		nr);
	for (unsigned look = 0; look < REC_MAP_LOOKS; look++)
		if (p->seen[look] && look != REC_MAP_HOLE)
			fprintf(f,
				", NaN with boxes fs solid 1 border lc rgb '#666666' fc rgb "
				"'#%06x' title '%s'",
				full_colour(look),
				look == REC_MAP_NONE ? "in use" : rec_map_looks[look].name);
	fputc('\n', f);
}

/* Cells in the order of the records, and of one what its variants made of it. */
static unsigned panels(const struct report *r, struct map_panel *panel)
{
	char row[REPORT_MAP_ROW], other[REPORT_MAP_ROW];
	bool *done = cmp_zalloc(r->nr_latest, sizeof(*done));
	unsigned nr = 0;

	for (size_t i = 0; i < r->nr_latest; i++) {
		if (!r->maps.map[i] || done[i])
			continue;
		report_map_row(r->latest[i], row, sizeof(row));
		for (unsigned c = 0; c <= r->time->nr_cols; c++)
			for (size_t k = i; k < r->nr_latest && nr < REPORT_MAX_MAPS; k++) {
				if (!r->maps.map[k] ||
				    fig_colour(r->time, r->latest[k]->variant) != c)
					continue;
				report_map_row(r->latest[k], other, sizeof(other));
				if (strcmp(row, other) != 0)
					continue;
				done[k] = true;
				panel[nr].rec = r->latest[k];
				nr += !rec_map_from_json(&panel[nr].map, r->maps.map[k]) &&
				      panel[nr].map.nr_points;
			}
	}
	free(done);
	return nr;
}

void gp_map(const struct report *r, FILE *f)
{
	struct map_panel *panel = cmp_zalloc(REPORT_MAX_MAPS + 1, sizeof(*panel));
	unsigned nr = panels(r, panel), cols = nr > 1 ? 2 : 1;
	const struct gp_panels layout = {
		cols, (nr + cols - 1) / cols, 480, 360,
		"Pageblocks; pale: up to two thirds of the frames in use, paler: up to a third"
	};

	for (unsigned p = 0; p < nr; p++)
		write_boxes(&panel[p], p, f);
	fputs("set tics nomirror out\nset border 3\nset rmargin 12\nset bmargin 6\n"
	      "set key center top horizontal Left reverse noenhanced font ',8' samplen 1.5\n"
	      "set title noenhanced font ',9'\nset xlabel 'requests'\n"
	      "set ylabel 'pageblock'\nset format x '%.0s%c'\n",
	      f);
	for (unsigned pdf = 0; pdf < 2; pdf++) {
		gp_begin("map", pdf ? "pdf" : "svg", &layout, f);
		/* Below the axis and its name, which are larger in an SVG. */
		fprintf(f, "set key at graph 0.5, graph %g\n", pdf ? -0.14 : -0.26);
		for (unsigned p = 0; p < nr; p++)
			plot_map(&panel[p], p, f);
		gp_end(f);
	}
	for (unsigned p = 0; p < nr; p++)
		rec_map_release(&panel[p].map);
	free(panel);
}

/* A map of shares, whose scale is given; hues and limits are those of heatmap_draw(). */
static void plot_nodes(const struct heatmap *h, unsigned nr, FILE *f)
{
	unsigned every = 1 + (h->nr - 1) / MOST_LABELS;

	fputs("set title ", f);
	gp_quote(h->title, f);
	fputs(".\"\\n\".", f);
	gp_quote(h->note, f);
	fputs("\nset xlabel ", f);
	gp_quote(h->columns, f);
	fputs("\nset ylabel ", f);
	gp_quote(h->rows, f);
	fputs("\nset cblabel ", f);
	gp_quote(h->unit, f);
	fprintf(f, "\nset cbrange [%.9g:%.9g]\nset xrange [-0.5:%g]\nset yrange [%g:-0.5]\n",
		h->from, h->to, h->nr - 0.5, h->nr - 0.5);
	fprintf(f, "set xtics %u\nset ytics %u\n", every, every);
	fprintf(f, "plot $n%u matrix with image pixels notitle", nr);
	/* Dark fields have light numbers. */
	if (h->nr <= MOST_LABELS)
		fprintf(f,
			", $n%u matrix using 1:2:(sprintf($3 > 0 ? '%%.1f' : '%%.0f', $3)):"
			"($3 > %.9g ? 0xffffff : 0x000000) with labels tc rgb variable "
			"font ',8' notitle",
			nr, h->from + DARK_FROM * (h->to - h->from));
	fputc('\n', f);
}

void gp_nodes(const struct report *r, FILE *f)
{
	const struct report_node_set *s = &r->nodes;
	unsigned cols = s->nr > 1 ? 2 : 1;
	const struct gp_panels layout = { cols, (s->nr + cols - 1) / cols, 480, 420, "" };

	for (unsigned i = 0; i < s->nr; i++) {
		const struct heatmap *h = &s->map[i];

		fprintf(f, "$n%u << END\n", i);
		for (unsigned k = 0; k < h->nr * h->nr; k++) {
			char text[32];

			snprintf(text, sizeof(text), "%.6g", h->value[k]);
			fprintf(f, "%s%c", isnan(h->value[k]) ? "NaN" : text,
				(k + 1) % h->nr ? ' ' : '\n');
		}
		fputs("END\n", f);
	}
	fputs("set tics scale 0\nset size ratio -1\nset title noenhanced font ',9'\n"
	      "set xlabel noenhanced\nset ylabel noenhanced\nset cblabel noenhanced\n"
	      "set palette defined (0 '#f0f6fc', 0.5 '#6baed6', 1 '#08306b')\n",
	      f);
	gp_begin("nodes", "pdf", &layout, f);
	for (unsigned i = 0; i < s->nr; i++)
		plot_nodes(&s->map[i], i, f);
	gp_end(f);
}
