/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map over time as SVG. */
#include "harness/view/map_draw.h"

#include <stdlib.h>
#include <string.h>

/* All in pixels. */
#define WIDTH 960u
#define LEFT 100.0
#define RIGHT 14.0
#define TOP 76.0
#define STRIP 300.0 /* height of the picture over time */
#define FRAME 208.0 /* width and height of a point for itself */
#define FRAME_STEP 222.0
#define FRAME_GAP 34.0 /* below it, its caption */
#define LINE 12.0      /* from a text to the next one below */
#define STRIP_ROWS 150u
#define NR_FRAMES 8u
#define FRAMES_A_ROW 4u
#define NR_TICKS 6u

struct tile {
	double x, y, w, h;
	unsigned char rgb[3];
};

struct tiles {
	struct tile *tile;
	size_t nr, room;
	bool failed; /* no memory: what is there is drawn, and it is said */
};

/* Below the last one and as wide and of the same colour: it becomes longer. */
static void add_tile(struct tiles *t, struct tile new)
{
	struct tile *last = t->nr ? &t->tile[t->nr - 1] : NULL;

	if (last && !memcmp(last->rgb, new.rgb, 3) && last->x >= new.x && last->x <= new.x &&
	    last->y + last->h > new.y - 0.01 && last->y < new.y) {
		last->h = new.y + new.h - last->y;
		return;
	}
	if (t->nr == t->room) {
		size_t room = t->room ? 2 * t->room : 1024;
		struct tile *grown = reallocarray(t->tile, room, sizeof(*grown));

		t->failed |= !grown;
		if (!grown)
			return;
		t->tile = grown;
		t->room = room;
	}
	t->tile[t->nr++] = new;
}

static int by_colour(const void *a, const void *b)
{
	return memcmp(((const struct tile *)a)->rgb, ((const struct tile *)b)->rgb, 3);
}

/* One path for each colour. */
static void write_tiles(struct tiles *t, FILE *f)
{
	if (t->nr)
		qsort(t->tile, t->nr, sizeof(*t->tile), by_colour);
	for (size_t i = 0; i < t->nr; i++) {
		const struct tile *tile = &t->tile[i];

		if (!i || by_colour(tile, tile - 1))
			fprintf(f, "%s<path fill=\"#%02x%02x%02x\" d=\"", i ? "\"/>\n" : "",
				tile->rgb[0], tile->rgb[1], tile->rgb[2]);
		fprintf(f, "M%.2f %.2fh%.2fv%.2fh-%.2fz", tile->x, tile->y, tile->w, tile->h,
			tile->w);
	}
	if (t->nr)
		fputs("\"/>\n", f);
	if (t->failed)
		fprintf(f, "<text x=\"%g\" y=\"%g\">cut short: out of memory</text>\n", LEFT, TOP);
	free(t->tile);
	*t = (struct tiles){ .nr = 0 };
}

static void write_text(const char *text, FILE *f)
{
	for (; *text; text++)
		if (*text == '<' || *text == '>' || *text == '&')
			fprintf(f, "&#%d;", *text);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, f);
}

/* From half way to the point before to half way to the next: a state lasts for a while. */
static double begin_of(const struct rec_map *m, unsigned p)
{
	double last = m->requests[m->nr_points - 1];
	double at = p ? (m->requests[p - 1] + m->requests[p]) / 2 : 0;

	return LEFT + (WIDTH - LEFT - RIGHT) * (last > 0 ? at / last : (double)p / m->nr_points);
}

static void write_axis(const struct rec_map *m, FILE *f)
{
	double last = m->requests[m->nr_points - 1];

	for (unsigned i = 0; last > 0 && i < NR_TICKS; i++) {
		double x = LEFT + (WIDTH - LEFT - RIGHT) * i / (NR_TICKS - 1);

		fprintf(f, "<text x=\"%.1f\" y=\"%g\" text-anchor=\"%s\">%.0f%s</text>\n", x,
			TOP + STRIP + 16,
			!i		    ? "start"
			: i + 1 == NR_TICKS ? "end"
					    : "middle",
			last * i / (NR_TICKS - 1), i ? "" : " requests");
	}
}

static void write_strip(const struct rec_map *m, const struct map_row *row, unsigned nr, FILE *f)
{
	struct tiles t = { .nr = 0 };
	double end = WIDTH - RIGHT, h = STRIP / nr, text_y = 0;

	for (unsigned p = 0; p < m->nr_points; p++)
		for (unsigned i = 0; i < nr; i++) {
			double x = begin_of(m, p);
			double next = p + 1 < m->nr_points ? begin_of(m, p + 1) : end;
			struct rec_map_cell c = rec_map_merge(&m->at[p][row[i].first], row[i].nr);
			struct tile tile = { x, TOP + i * h, next - x, h, { 0 } };

			rec_map_colour(&c, tile.rgb);
			if (next > x)
				add_tile(&t, tile);
		}
	write_tiles(&t, f);
	for (unsigned i = 0; i < nr; i++) {
		double y = TOP + i * h;

		if (i && row[i].zone == row[i - 1].zone)
			continue;
		text_y = y + 10 > text_y + LINE ? y + 10 : text_y + LINE;
		fprintf(f, "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 6, text_y);
		write_text(m->zone[row[i].zone].name, f);
		fputs("</text>\n", f);
		if (i)
			fprintf(f, "<path stroke=\"#000\" d=\"M%g %.2fh%g\"/>\n", LEFT - 6, y,
				WIDTH - LEFT - RIGHT + 6);
	}
	write_axis(m, f);
}

/* Of a point for itself: a power of two, so that aligned regions stay together. */
static unsigned frame_cols(const struct rec_map *m)
{
	unsigned cols = 1;

	while (cols * cols < m->nr_cells)
		cols *= 2;
	return cols;
}

static unsigned frame_rows(const struct rec_map *m)
{
	return (m->nr_cells + frame_cols(m) - 1) / frame_cols(m);
}

static double frame_height(const struct rec_map *m)
{
	return FRAME * frame_rows(m) / frame_cols(m);
}

/* Of the @row-th row of points below the picture over time. */
static double frame_top(const struct rec_map *m, unsigned row)
{
	return TOP + STRIP + 40 + row * (frame_height(m) + FRAME_GAP);
}

/* Cells in lines from left to right. */
static void write_frame(const struct rec_map *m, unsigned p, double x, double y, FILE *f)
{
	unsigned cols = frame_cols(m), rows = frame_rows(m), count[REC_MAP_LOOKS] = { 0 };
	double size = FRAME / cols;
	struct tiles t = { .nr = 0 };

	/* By columns, so that like cells below one another become one tile. */
	for (unsigned i = 0; i < rows * cols; i++) {
		unsigned col = i / rows, row = i % rows, n = row * cols + col;
		struct tile tile = { x + col * size, y + row * size, size, size, { 0 } };

		if (n >= m->nr_cells)
			continue;
		count[rec_map_look(&m->at[p][n])]++;
		rec_map_colour(&m->at[p][n], tile.rgb);
		add_tile(&t, tile);
	}
	write_tiles(&t, f);
	fprintf(f, "<text x=\"%g\" y=\"%g\">%.0f requests: %u free", x, y + frame_height(m) + 14,
		m->requests[p], count[REC_MAP_FREE]);
	if (m->typed)
		fprintf(f, ", %u mixed", count[REC_MAP_MIXED]);
	fputs("</text>\n", f);
}

static void write_legend(const struct rec_map *m, FILE *f)
{
	double x = LEFT;

	for (unsigned look = 0; look < REC_MAP_LOOKS; look++) {
		const unsigned char *rgb = rec_map_looks[look].rgb;

		/* What this mechanism cannot show is no part of its legend. */
		if (look == REC_MAP_HOLE ||
		    (m->typed ? look == REC_MAP_NONE
			      : look != REC_MAP_NONE && look != REC_MAP_FREE))
			continue;
		fprintf(f,
			"<path fill=\"#%02x%02x%02x\" stroke=\"#666\" d=\"M%g 44h14v14h-14z\"/>"
			"<text x=\"%g\" y=\"55\">%s</text>\n",
			rgb[0], rgb[1], rgb[2], x, x + 18,
			look == REC_MAP_NONE ? "in use" : rec_map_looks[look].name);
		x += 34 + 7 * (double)strlen(rec_map_looks[look].name);
	}
	fprintf(f, "<text x=\"%g\" y=\"55\">the fuller the darker%s</text>\n", x,
		m->typed ? "" : "; the mechanism has no types: fill only");
}

static void write_head(const struct rec_map *m, const char *title, unsigned frames, FILE *f)
{
	double height = frame_top(m, (frames + FRAMES_A_ROW - 1) / FRAMES_A_ROW);

	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%.0f\" "
		"viewBox=\"0 0 %u %.0f\" font-family=\"sans-serif\" font-size=\"12\" "
		"shape-rendering=\"crispEdges\">\n"
		"<title>Memory map over time</title>\n"
		"<path fill=\"#fff\" d=\"M0 0h%uv%.0fh-%uz\"/>\n<text x=\"%g\" y=\"16\" "
		"font-size=\"14\">",
		WIDTH, height, WIDTH, height, WIDTH, height, WIDTH, LEFT);
	write_text(title, f);
	fprintf(f, "</text>\n<text x=\"%g\" y=\"34\">%llu pageblocks of %u frames%s", LEFT,
		(unsigned long long)m->blocks, m->block_frames, *m->note ? "; " : "");
	write_text(m->note, f);
	if (m->group > 1)
		fprintf(f, "; a cell stands for %u of them", m->group);
	fputs("</text>\n", f);
}

void map_svg(const struct rec_map *m, const char *title, FILE *f)
{
	unsigned frames = m->nr_points < NR_FRAMES ? m->nr_points : NR_FRAMES;
	struct map_row *row = calloc((size_t)STRIP_ROWS + m->nr_zones, sizeof(*row));

	write_head(m, title, frames, f);
	write_legend(m, f);
	if (row && m->nr_points)
		write_strip(m, row, map_rows(m, STRIP_ROWS, row), f);
	for (unsigned i = 0; i < frames; i++)
		write_frame(m, map_point(m, i, frames), 40 + i % FRAMES_A_ROW * FRAME_STEP,
			    frame_top(m, i / FRAMES_A_ROW), f);
	fputs("</svg>\n", f);
	free(row);
}
