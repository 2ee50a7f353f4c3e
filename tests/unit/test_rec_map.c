/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map over time: as the pass takes it, as the file keeps it. */
#include "harness/engine/engine.h"
#include "harness/measure/frag.h"
#include "results/rec_map.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], path[96];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/zonebench-map-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/" REC_MAP_FILE, dir);
}

static void drop_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static void append_text(const char *text)
{
	FILE *f = fopen(path, "a");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

static void expect_file(const char *text)
{
	char got[2048] = "";
	FILE *f = fopen(path, "r");

	cr_assert_not_null(f);
	cr_assert_lt(fread(got, 1, sizeof(got) - 1, f), sizeof(got) - 1);
	fclose(f);
	cr_assert_str_eq(got, text);
}

/* Two blocks a cell; the last cell is a hole. */
static struct rec_map_cell cells[2][4] = {
	{ { REC_MAP_MOVABLE, 0, 0, 0 },
	  { REC_MAP_MOVABLE, 0, 0, 0 },
	  { REC_MAP_UNMOVABLE, 0, 1, 2 },
	  { REC_MAP_HOLE, 0, 0, 0 } },
	{ { REC_MAP_MOVABLE, 1, 12, 25 },
	  { REC_MAP_CMA, 0, 25, 25 },
	  { REC_MAP_UNMOVABLE, 1, 24, 25 },
	  { REC_MAP_HOLE, 0, 0, 0 } },
};
static struct rec_map small = {
	.cell = "abc",
	.sample = 3,
	.seed = 7,
	.blocks = 7,
	.block_frames = 512,
	.group = 2,
	.nr_cells = 4,
	.nr_points = 2,
	.nr_zones = 1,
	.typed = true,
	.note = "why not",
	.zone = { { "node 0 DMA", 0 } },
	.requests = { 10, 30 },
	.at = { cells[0], cells[1] },
};
static const char golden[] =
	"{\"cell\":\"abc\",\"sample\":3,\"seed\":7,\"block_frames\":512,\"blocks\":7,\"group\":2,"
	"\"typed\":true,\"note\":\"why not\",\"zones\":[[\"node 0 DMA\",0]],\"requests\":[10,30],"
	"\"types\":[\"2mu-\",\"McU-\"],\"fill\":[\"2aba\",\"mzya\"],\"most\":[\"2aca\",\"3za\"]}\n";

static struct record record_of(const char *cell, uint64_t sample)
{
	struct record r;

	rec_init(&r);
	snprintf(r.cell, sizeof(r.cell), "%s", cell);
	r.sample = sample;
	return r;
}

Test(rec_map, the_file_and_back)
{
	static struct record r, other;
	static struct rec_map got;
	char err[256] = "";

	make_dir();
	cr_assert_eq(rec_map_append(path, &small), 0);
	expect_file(golden);
	r = record_of("abc", 3);
	cr_assert_eq(rec_map_read(&got, dir, &r, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(got.nr_cells, 4);
	cr_assert_eq(got.nr_points, 2);
	cr_assert_eq(got.block_frames, 512);
	cr_assert_eq(got.seed, 7);
	cr_assert(got.typed);
	cr_assert_str_eq(got.zone[0].name, "node 0 DMA");
	cr_assert_str_eq(got.note, "why not");
	for (unsigned p = 0; p < 2; p++) {
		cr_assert_float_eq(got.requests[p], small.requests[p], 0);
		cr_assert(!memcmp(got.at[p], cells[p], sizeof(cells[p])), "point %u", p);
	}
	rec_map_release(&got);
	other = record_of("abc", 2);
	cr_assert_eq(rec_map_read(&got, dir, &other, err, sizeof(err)), -ENOENT);
	cr_assert(strstr(err, "no map of this sample"), "%s", err);
	drop_dir();
	cr_assert_eq(rec_map_read(&got, dir, &r, err, sizeof(err)), -ENOENT);
}

Test(rec_map, of_two_lines_the_later_counts_and_half_a_line_does_not)
{
	static struct rec_map again, got;
	static struct record r;
	char err[256] = "";

	make_dir();
	append_text("{\"cell\":\"abc\",\"sam");
	cr_assert_eq(rec_map_append(path, &small), 0);
	again = small;
	again.nr_points = 1;
	cr_assert_eq(rec_map_append(path, &again), 0);
	append_text("{\"cell\":\"abc\",\"sample\":3,\"seed\"");
	r = record_of("abc", 3);
	cr_assert_eq(rec_map_read(&got, dir, &r, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(got.nr_points, 1);
	rec_map_release(&got);
	drop_dir();
}

static const char *const wrong[][2] = {
	{ "2mu-", "2mu" },	  { "2mu-", "2mu--" },
	{ "2mu-", "2mq-" },	  { "2mu-", "0mu-" },
	{ "2mu-", "2mu4" },	  { "2aba", "2aBa" },
	{ "\"2mu-\"", "5" },	  { "\"blocks\":7", "\"blocks\":99999999" },
	{ ":2,\"ty", ":0,\"ty" }, { "[10,30]", "[10,30,50]" },
	{ "DMA\",0", "DMA\",9" },
};

Test(rec_map, what_is_not_a_map_is_passed_over)
{
	static struct rec_map got;
	static struct record r;
	char err[256], text[sizeof(golden) + 32];

	r = record_of("abc", 3);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *at = strstr(golden, wrong[i][0]);

		cr_assert_not_null(at, "%s", wrong[i][0]);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - golden), golden, wrong[i][1],
			 at + strlen(wrong[i][0]));
		make_dir();
		append_text(text);
		cr_assert_eq(rec_map_read(&got, dir, &r, err, sizeof(err)), -ENOENT, "%s", text);
		drop_dir();
	}
}

Test(rec_map, levels_and_looks)
{
	struct rec_map_cell c = { REC_MAP_MOVABLE, 1, 0, 0 };
	unsigned char rgb[3], dark[3];

	cr_assert_eq(rec_map_level(0, 512), 0);
	cr_assert_eq(rec_map_level(1, 512), 1);
	cr_assert_eq(rec_map_level(511, 512), 24);
	cr_assert_eq(rec_map_level(512, 512), REC_MAP_FULL);
	cr_assert_eq(rec_map_level(0, 0), 0);
	cr_assert_eq(rec_map_look(&c), REC_MAP_FREE);
	c.most = 1;
	cr_assert_eq(rec_map_look(&c), REC_MAP_MIXED);
	c.mixed = 0;
	cr_assert_eq(rec_map_look(&c), REC_MAP_MOVABLE);
	rec_map_colour(&c, rgb);
	c.fill = REC_MAP_FULL;
	rec_map_colour(&c, dark);
	cr_assert(!memcmp(dark, rec_map_looks[REC_MAP_MOVABLE].rgb, 3));
	for (unsigned i = 0; i < 3; i++)
		cr_assert_geq(rgb[i], dark[i]);
	c = rec_map_merge(cells[1], 4);
	cr_assert_eq(c.kind, REC_MAP_UNMOVABLE, "the first of like many");
	cr_assert_eq(c.mixed, 1);
	cr_assert_eq(c.fill, (12 + 25 + 24) / 3);
	cr_assert_eq(c.most, 25);
	cr_assert_eq(rec_map_merge(&cells[1][3], 1).kind, REC_MAP_HOLE);
}

/* 8,192 blocks and one that two zones share: two blocks a cell. */
Test(rec_map, large_memories_are_drawn_in_groups)
{
	const struct pga_zone_conf zones[] = {
		{ .type = PGA_ZONE_DMA, .span = 512 * 100 + 7 },
		{ .type = PGA_ZONE_NORMAL, .start = 512 * 100 + 7, .span = 512 * 8092 - 7 }
	};
	const struct pga_conf conf = { .nr_zones = 2, .zones = zones, .pageblock_order = 9 };
	struct frag_map *m = frag_map_new(&conf, true);
	struct wl_tally t = { .order = 9, .seen = 512 };
	static struct rec_map show;

	frag_map_begin(m, 5, true);
	t.block = 100;
	t.type = PGA_MOVABLE;
	t.by_class[WL_FR_FREE] = 512;
	frag_map_block(m, &t);
	t.block = 101;
	t.type = PGA_CMA;
	t.by_class[WL_FR_FREE] = 0;
	t.by_held[WL_HELD_MOVABLE] = 500;
	t.by_held[WL_HELD_UNMOVABLE] = 12;
	frag_map_block(m, &t);
	t.block = 8191;
	frag_map_block(m, &t);
	frag_map_end(m);
	frag_map_begin(m, 9, false);
	frag_map_show(m, &show);
	cr_assert_eq(show.blocks, 8192);
	cr_assert_eq(show.group, 2);
	cr_assert_eq(show.nr_cells, 4096);
	cr_assert_eq(show.nr_points, 1, "a point without a picture is left out");
	cr_assert_eq(show.nr_zones, 2);
	cr_assert_eq(show.zone[1].first, 50);
	cr_assert_str_eq(show.zone[1].name, "node 0 Normal");
	cr_assert_eq(show.at[0][0].kind, REC_MAP_HOLE, "no block of it was seen");
	cr_assert_eq(show.at[0][50].kind, REC_MAP_MOVABLE);
	cr_assert_eq(show.at[0][50].mixed, 1);
	cr_assert_eq(show.at[0][50].fill, rec_map_level(1, 2));
	cr_assert_eq(show.at[0][50].most, REC_MAP_FULL);
	cr_assert_eq(show.at[0][4095].kind, REC_MAP_CMA);
	frag_map_free(m);
}

static void count_cells(const struct rec_map *m, unsigned p, unsigned *kind, unsigned *mixed,
			unsigned *empty)
{
	*mixed = *empty = 0;
	memset(kind, 0, REC_MAP_NR_KINDS * sizeof(*kind));
	for (unsigned i = 0; i < m->nr_cells; i++) {
		kind[m->at[p][i].kind]++;
		*mixed += m->at[p][i].mixed;
		*empty += !m->at[p][i].most;
	}
}

static unsigned col(const struct rec_series *s, const char *name)
{
	unsigned c = 0;

	while (c < s->nr_cols && strcmp(s->col[c], name) != 0)
		c++;
	cr_assert_lt(c, s->nr_cols, "no column %s", name);
	return c;
}

/* What the record says of all blocks, the picture says of each. */
static void same_as_the_series(const struct frag *f)
{
	static struct rec_map m;
	const struct rec_series *s = &f->series;
	unsigned kind[REC_MAP_NR_KINDS], mixed, empty;

	frag_map_show(f->map, &m);
	cr_assert_eq(m.nr_points, s->nr_points);
	cr_assert_gt(m.nr_points, 8);
	cr_assert_eq(m.group, 1);
	cr_assert_eq(m.typed, (f->ops->caps & PGA_CAP_MOBILITY) != 0);
	for (unsigned p = 0; p < m.nr_points; p++) {
		cr_assert_float_eq(m.requests[p], s->point[p][0], 0);
		count_cells(&m, p, kind, &mixed, &empty);
		cr_assert_float_eq(mixed, s->point[p][col(s, "hybrid")], 0, "point %u", p);
		for (unsigned t = 0; m.typed && t <= PGA_MOVABLE; t++) {
			char name[32];

			snprintf(name, sizeof(name), "pageblocks.%s", pga_types[t].name);
			cr_assert_float_eq(kind[t], s->point[p][col(s, name)], 0, "%s, point %u",
					   name, p);
		}
		if (!m.typed)
			cr_assert_eq(kind[REC_MAP_NONE], m.nr_cells);
	}
	count_cells(&m, m.nr_points - 1, kind, &mixed, &empty);
	cr_assert_eq(empty, f->state.map.huge_free);
	for (unsigned t = 0; m.typed && t < PGA_NR_TYPES; t++)
		cr_assert_eq(kind[t], f->state.types.pageblocks[t], "%s", pga_types[t].name);
}

static void check_variant(const char *variant)
{
	struct topo *topo = t_topo("", NULL);
	struct engine_pass pass = { .kind = PASS_FRAG };
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, variant, "phase-shift");
	cell.memory.per_node = 64u << 20;
	cr_assert_eq(engine_open(&e, &cell, topo, t_seed(), NULL, why, sizeof(why)), 0, "%s", why);
	e.frag = frag_new(e.ops, &e.m->conf, 512);
	cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
	same_as_the_series(e.frag);
	frag_free(e.frag);
	e.frag = NULL;
	engine_close(&e);
	topo_free(topo);
}

Test(rec_map, the_pass_looks_at_every_block)
{
	check_variant("linux-3.10");
	check_variant("linux-2.6.9");
	check_variant("linux-2.4");
}
