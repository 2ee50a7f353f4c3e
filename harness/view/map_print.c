/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map over time on a terminal. */
#include "harness/view/map_draw.h"

#include <ctype.h>
#include <stdlib.h>

#define LABEL 9u /* characters before a row: the number of its first pageblock */
#define ROWS_MIN 4u

unsigned map_point(const struct rec_map *m, unsigned i, unsigned shown)
{
	return (i + 1) * m->nr_points / shown - 1;
}

unsigned map_rows(const struct rec_map *m, unsigned want, struct map_row *row)
{
	unsigned per_row = (m->nr_cells + want - 1) / want, nr = 0;

	for (unsigned z = 0; z < m->nr_zones; z++) {
		unsigned end = z + 1 < m->nr_zones ? m->zone[z + 1].first : m->nr_cells;

		for (unsigned c = m->zone[z].first; c < end; c += per_row, nr++)
			row[nr] = (struct map_row){ .first = c,
						    .nr = end - c < per_row ? end - c : per_row,
						    .zone = z };
	}
	return nr;
}

/* The fuller the darker; a letter where there is no such block: upper case from the half on. */
static const char *glyph(const struct rec_map_cell *c, const struct map_style *s, char letter[2])
{
	static const char *const shades[] = { "░", "▒", "▓", "█" };
	unsigned look = rec_map_look(c);
	bool flat = look == REC_MAP_FREE || look == REC_MAP_HOLE;

	if (s->utf8 && (s->colour || look == REC_MAP_NONE) && !flat)
		return shades[c->fill < REC_MAP_FULL ? c->fill * 3u / REC_MAP_FULL : 3];
	letter[0] = rec_map_looks[look].letter;
	if (c->fill * 2u > REC_MAP_FULL)
		letter[0] = (char)toupper(letter[0]);
	return letter;
}

static void print_cell(const struct rec_map_cell *c, const struct map_style *s, unsigned times,
		       FILE *f)
{
	unsigned look = rec_map_look(c);
	char letter[2] = "";
	const char *text = glyph(c, s, letter);

	if (s->colour)
		fprintf(f, "\033[38;5;%um", rec_map_looks[look].ansi256);
	while (times--)
		fputs(text, f);
	if (s->colour)
		fputs("\033[0m", f);
}

static void print_rows(const struct rec_map *m, const struct map_style *s,
		       const struct map_row *row, unsigned nr_rows, FILE *f)
{
	unsigned room = s->width > LABEL + 1 ? s->width - LABEL - 1 : 1;
	unsigned shown = m->nr_points < room ? m->nr_points : room;
	unsigned times = 2 * shown <= room ? 2 : 1;

	for (unsigned i = 0; i < nr_rows; i++) {
		if (!i || row[i].zone != row[i - 1].zone)
			fprintf(f, "%s\n", m->zone[row[i].zone].name);
		fprintf(f, "%*llu ", (int)LABEL, (unsigned long long)row[i].first * m->group);
		for (unsigned p = 0; p < shown; p++) {
			const struct rec_map_cell *at = m->at[map_point(m, p, shown)];
			struct rec_map_cell c = rec_map_merge(&at[row[i].first], row[i].nr);

			print_cell(&c, s, times, f);
		}
		fputc('\n', f);
	}
}

static bool has_look(const struct rec_map *m, unsigned look)
{
	for (unsigned p = 0; p < m->nr_points; p++)
		for (unsigned i = 0; i < m->nr_cells; i++)
			if (rec_map_look(&m->at[p][i]) == look)
				return true;
	return false;
}

static void print_legend(const struct rec_map *m, const struct map_style *s, FILE *f)
{
	bool shades = s->utf8 && (s->colour || !m->typed);

	fprintf(f, "%*s", (int)LABEL + 1, "");
	for (unsigned look = 0; look < REC_MAP_LOOKS; look++) {
		const struct rec_map_cell full = { (uint8_t)(look < REC_MAP_NR_KINDS ? look : 0),
						   look == REC_MAP_MIXED, REC_MAP_FULL,
						   look == REC_MAP_FREE ? 0 : REC_MAP_FULL };

		if (!has_look(m, look))
			continue;
		print_cell(&full, s, 1, f);
		fprintf(f, " %s   ", look == REC_MAP_NONE ? "in use" : rec_map_looks[look].name);
	}
	fputs(shades ? "the fuller the darker\n" : "lower case: at most half full\n", f);
}

void map_print(const struct rec_map *m, const struct map_style *style, FILE *f)
{
	unsigned want = style->rows > ROWS_MIN ? style->rows : ROWS_MIN, nr, most = 0;
	struct map_row *row = calloc((size_t)want + m->nr_zones, sizeof(*row));

	if (!row || !m->nr_points)
		goto out;
	nr = map_rows(m, want, row);
	for (unsigned i = 0; i < nr; i++)
		most = row[i].nr > most ? row[i].nr : most;
	fprintf(f, "%-9s %llu pageblocks of %u frames, %llu a row%s\n", "map",
		(unsigned long long)m->blocks, m->block_frames, (unsigned long long)most * m->group,
		m->typed ? "" : "; the mechanism has no types: fill only");
	print_rows(m, style, row, nr, f);
	print_legend(m, style, f);
	fprintf(f, "%-9s %u pictures, %.0f to %.0f requests%s%s\n", "axis", m->nr_points,
		m->requests[0], m->requests[m->nr_points - 1], *m->note ? "; " : "", m->note);
out:
	free(row);
}
