/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map over time, drawn. */
#include "harness/view/map_draw.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two zones of four and two pageblocks, at three points. */
#define C(kind, mixed, fill)                      \
	{                                         \
		REC_MAP_##kind, mixed, fill, fill \
	}
static struct rec_map_cell cells[3][6] = {
	{ C(MOVABLE, 0, 0), C(MOVABLE, 0, 0), C(MOVABLE, 0, 0), C(MOVABLE, 0, 25),
	  C(UNMOVABLE, 0, 3), C(HOLE, 0, 0) },
	{ C(MOVABLE, 0, 0), C(RECLAIMABLE, 0, 2), C(MOVABLE, 0, 13), C(MOVABLE, 1, 25),
	  C(UNMOVABLE, 0, 25), C(HOLE, 0, 0) },
	{ C(CMA, 0, 10), C(RECLAIMABLE, 0, 24), C(ISOLATE, 0, 25), C(MOVABLE, 1, 5),
	  C(RESERVE, 0, 25), C(HOLE, 0, 0) },
};
static const struct rec_map map = {
	.blocks = 6,
	.block_frames = 512,
	.group = 1,
	.nr_cells = 6,
	.nr_points = 3,
	.nr_zones = 2,
	.typed = true,
	.zone = { { "node 0 DMA", 0 }, { "node 0 <Normal>", 4 } },
	.requests = { 100, 200, 400 },
	.at = { cells[0], cells[1], cells[2] },
};

static char *printed(const struct rec_map *m, struct map_style style)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	map_print(m, &style, f);
	fclose(f);
	return text;
}

Test(map_draw, letters)
{
	char *text = printed(&map, (struct map_style){ .width = 80, .rows = 10 });

	cr_assert_str_eq(text, "map       6 pageblocks of 512 frames, 1 a row\n"
			       "node 0 DMA\n"
			       "        0 ....cc\n"
			       "        1 ..eeEE\n"
			       "        2 ..MMII\n"
			       "        3 MMXXxx\n"
			       "node 0 <Normal>\n"
			       "        4 uuUURR\n"
			       "        5 ------\n"
			       "          U unmovable   E reclaimable   M movable   R reserve   C "
			       "CMA   I isolate   "
			       "- no memory   X mixed   . free   lower case: at most half full\n"
			       "axis      3 pictures, 100 to 400 requests\n");
	free(text);
}

Test(map_draw, as_wide_and_as_high_as_there_is_room)
{
	char *text = printed(&map, (struct map_style){ .width = 12, .rows = 4 });

	/* Two of three points, the last among them; two blocks a row. */
	cr_assert(strstr(text, "2 a row\n"), "%s", text);
	cr_assert(strstr(text, "        0 .E\n        2 mX\n"), "%s", text);
	cr_assert(strstr(text, "        4 uR\n"), "%s", text);
	free(text);
}

Test(map_draw, colours_and_shades)
{
	char *text = printed(
		&map, (struct map_style){ .width = 80, .rows = 10, .colour = true, .utf8 = true });

	cr_assert(strstr(text, "\033[38;5;166m░░\033[0m\033[38;5;166m██\033[0m"), "%s", text);
	cr_assert(strstr(text, "the fuller the darker"));
	free(text);
	text = printed(&map, (struct map_style){ .width = 80, .rows = 10, .utf8 = true });
	cr_assert(!strchr(text, '\033'));
	cr_assert(!strstr(text, "█"), "types need letters where there are no colours");
	free(text);
}

Test(map_draw, without_types_there_is_fill_only)
{
	struct rec_map_cell line[6] = { C(NONE, 0, 0),	C(NONE, 1, 1),	C(NONE, 0, 12),
					C(NONE, 1, 24), C(NONE, 0, 25), C(NONE, 0, 25) };
	struct rec_map m = map;

	m.typed = false;
	m.nr_points = 1;
	m.nr_zones = 1;
	m.at[0] = line;
	char *text = printed(&m, (struct map_style){ .width = 80, .rows = 10, .utf8 = true });

	cr_assert(strstr(text, "the mechanism has no types: fill only\n"), "%s", text);
	cr_assert(strstr(text, "        0 ..\n        1 ░░\n        2 ▒▒\n        3 ▓▓\n"
			       "        4 ██\n        5 ██\n"),
		  "%s", text);
	cr_assert(!strstr(text, "mixed"));
	free(text);
}

static unsigned count(const char *text, const char *what)
{
	unsigned nr = 0;

	for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
		nr++;
	return nr;
}

Test(map_draw, svg)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	map_svg(&map, "a & b", f);
	fclose(f);
	cr_assert_eq(count(text, "<svg"), 1);
	cr_assert_eq(count(text, "</svg>"), 1);
	cr_assert(strstr(text, "a &#38; b"));
	cr_assert(strstr(text, "node 0 &#60;Normal&#62;"));
	cr_assert_eq(count(text, " requests: "), 3, "each point for itself");
	cr_assert(strstr(text, "400 requests: 0 free, 1 mixed"), "%s", text);
	cr_assert(strstr(text, "100 requests: 3 free, 0 mixed"), "%s", text);
	/* A full unmovable block: legend, strip, and the second of the frames. */
	cr_assert_eq(count(text, "fill=\"#d55e00\""), 3, "%s", text);
	free(text);
}
