/* SPDX-License-Identifier: GPL-2.0-only */
/* Heat maps, and where the requests of a run's cells asked and were served. */
#include "results/places.h"
#include "results/screen.h"
#include "results/svg.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[1 << 20];
static char why[512];

static const char *slurp(FILE *f)
{
	rewind(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

Test(heatmap, shades_and_gaps)
{
	static const double value[4] = { 1, 0, NAN, 10 };
	const struct heatmap h = { "a title", "ns", "rows", "columns", "", 2, value, 0, 0 };

	for (int utf8 = 0; utf8 < 2; utf8++) {
		FILE *f = tmpfile();

		heatmap_print(&h, utf8, f);
		slurp(f);
		cr_expect(strstr(text, "a title (ns)"), "%s", text);
		cr_expect(strstr(text, utf8 ? "10.0 █" : "10.0 #"), "%s", text);
		cr_expect(strstr(text, utf8 ? "  0 ·" : "  0 ."), "%s", text);
		cr_expect(strstr(text, "        -"), "%s", text);
	}
}

static unsigned count(const char *what)
{
	unsigned nr = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

Test(heatmap, draws_each_field_and_escapes_text)
{
	static const double value[4] = { 1, 2, NAN, 10 };
	static const double none[1] = { NAN };
	const struct heatmap h[] = {
		{ "<a> & \"b\"", "ns", "rows", "columns", "", 2, value, 0, 0 },
		{ "empty", "ns", "rows", "columns", "", 1, none, 0, 0 },
		{ "fixed", "%", "rows", "columns", "", 2, value, 0, 10 },
	};
	FILE *f = tmpfile();

	heatmap_draw(h, 3, f);
	slurp(f);
	cr_expect_eq(count("<svg"), 1);
	cr_expect_eq(count("</svg>"), 1);
	cr_expect_eq(count("zb-gap\" x"), 6, "three values of each of two maps");
	cr_expect_eq(count("empty"), 0, "a map without values is left out");
	cr_expect(strstr(text, "&lt;a&gt; &amp; &quot;b&quot;"), "%s", text);
	cr_expect(!strstr(text, "nan"), "no field has a place or colour that is none");
}

Test(heatmap, many_nodes_fit_and_none_is_nothing)
{
	static double value[64 * 64];
	const struct heatmap h = { "many", "ns", "rows", "columns", "", 64, value, 0, 0 };
	FILE *f = tmpfile();

	for (unsigned i = 0; i < 64 * 64; i++)
		value[i] = i;
	heatmap_draw(&h, 1, f);
	slurp(f);
	cr_expect_eq(count("zb-gap\" x"), 64 * 64);
	cr_expect_eq(count("zb-mid\""), 18, "some nodes are numbered, values are not written");
	f = tmpfile();
	heatmap_draw(&h, 0, f);
	cr_expect_str_empty(slurp(f));
}

Test(heatmap, a_file_is_written_whole_or_not_at_all)
{
	static const double value[1] = { 5 };
	const struct heatmap h = { "one", "ns", "rows", "columns", "", 1, value, 0, 0 };
	char path[] = "/tmp/zb-heatmap-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	cr_expect_eq(heatmap_svg(&h, 1, "/nowhere/at/all.svg", why, sizeof(why)), -ENOENT);
	cr_expect(strstr(why, "/nowhere/at/all.svg"), "%s", why);
	cr_expect_eq(heatmap_svg(&h, 1, path, why, sizeof(why)), 0, "%s", why);
	slurp(fopen(path, "re"));
	cr_expect(strstr(text, "</svg>"));
	unlink(path);
	if (!access("/dev/full", W_OK)) {
		cr_expect_eq(heatmap_svg(&h, 1, "/dev/full", why, sizeof(why)), -ENOSPC);
		cr_expect(strstr(why, "/dev/full"), "%s", why);
		cr_expect_eq(access("/dev/full", F_OK), 0, "the device is still there");
	}
}

Test(svg, a_text_is_cut_between_letters)
{
	FILE *f = tmpfile();

	svg_text_in(f, "zb-t", 0, 0, 20, "ää");
	svg_text_in(f, "zb-t", 0, 0, 20, "ääää");
	slurp(f);
	cr_expect(strstr(text, ">ää</text>") || strstr(text, ">ä…</text>"), "%s", text);
	cr_expect(strstr(text, "<title>ääää</title>"), "%s", text);
	for (const char *at = text; (at = strstr(at, "\xc3")); at++)
		cr_expect_eq((unsigned char)at[1], 0xa4, "half a letter in %s", text);
}

/* Samples of two nodes: node 0 serves half of what asks for it, node 1 nothing asks for. */
static struct record *sample(struct record *r, const char *variant, unsigned nr, double served)
{
	rec_init(r);
	snprintf(r->variant, sizeof(r->variant), "%s", variant);
	snprintf(r->workload, sizeof(r->workload), "spill");
	snprintf(r->placement, sizeof(r->placement), "local");
	snprintf(r->status, sizeof(r->status), "ok");
	snprintf(r->cell, sizeof(r->cell), "%s", variant);
	r->threads = 1;
	r->sample = nr;
	rec_add_place(r, "local_share", 0.5, "");
	rec_add_place(r, "remote_share", 0.5, "");
	rec_add_place(r, "asked_share", 0.5, "");
	rec_add_place(r, "node0.free", 10.0 * (nr + 1), "");
	rec_add_place(r, "node0.Fu(9)", NAN, "nothing is free");
	rec_add_place(r, "node0.exhausted", nr ? NAN : 7, "");
	rec_add_place(r, "node1.exhausted", NAN, "it served all that asked for it");
	rec_add_place(r, "asked0.served0", served, "");
	rec_add_place(r, "asked0.served1", served, "");
	rec_add_place(r, "touch.local.ns", 50, "");
	rec_add_place(r, "touch.remote.ns", 90, "");
	return r;
}

static struct record records[5];
static struct run_data make_run(void)
{
	struct run_data run = { .dir = "a-run", .records = records, .nr = 5 };

	sample(&records[0], "b", 0, 100);
	sample(&records[1], "a", 0, 10);
	sample(&records[2], "b", 1, 300);
	sample(&records[3], "b", 2, 1000);
	snprintf(records[3].status, REC_TEXT, "invalid");
	sample(&records[4], "one-node", 0, 1);
	records[4].nr_places = 3;
	return run;
}

Test(places, gathers_the_samples_of_each_cell)
{
	struct run_data run = make_run();
	struct places *p = malloc(sizeof(*p));
	size_t nr, next = 0;
	const struct record **latest = places_latest(&run, &nr);

	cr_assert_eq(nr, 5);
	cr_assert(places_next(p, latest, nr, &next));
	cr_expect_str_eq(p->title, "a", "in the order of the keys");
	cr_assert(places_next(p, latest, nr, &next));
	cr_expect_str_eq(p->title, "b");
	cr_expect_eq(p->nr_samples, 2, "an invalid sample does not count");
	cr_expect_eq(p->nr_nodes, 2);
	cr_expect_eq(p->requests, 800);
	cr_expect_eq(p->share[0], 50);
	cr_expect_eq(p->share[1], 50);
	cr_expect_eq(p->share[2], 0, "a node that nothing asked for");
	cr_expect_eq(p->node[0].free, 15, "the median of 10 and 20");
	cr_expect(isnan(p->node[0].fu9) && isnan(p->node[1].free), "what is not known stays so");
	cr_expect_eq(p->node[0].exhausted, 7, "of the samples where it came");
	cr_expect(!places_next(p, latest, nr, &next), "a run on one node has no places");
	free(latest);
	free(p);
}

Test(places, prints_what_was_measured_and_why_not)
{
	struct run_data run = make_run();
	struct places *p = malloc(sizeof(*p));
	size_t nr, next = 0;
	const struct record **latest = places_latest(&run, &nr);
	FILE *f = tmpfile();

	records[1].places[records[1].nr_places - 2].value = NAN;
	records[1].places[records[1].nr_places - 1].value = NAN;
	snprintf(records[1].places[records[1].nr_places - 1].note, 96, "they were not touched");
	cr_assert(places_next(p, latest, nr, &next));
	places_print(p, latest, nr, false, f);
	slurp(f);
	cr_expect(strstr(text, "50.0 % local, 50.0 % remote"), "%s", text);
	cr_expect(strstr(text, "not measured: they were not touched"), "%s", text);
	cr_expect(strstr(text, "nothing was proven"), "%s", text);
	f = tmpfile();
	cr_assert(places_next(p, latest, nr, &next));
	places_print(p, latest, nr, false, f);
	slurp(f);
	cr_expect(strstr(text, "own node 50.0 ns, others 90.0 ns"), "%s", text);
	free(latest);
	free(p);
}

Test(places, the_closing_screen_names_nodes_that_did_not_serve)
{
	struct run_data run = make_run();
	FILE *f = tmpfile();

	screen_places(&run, 0, f);
	slurp(f);
	cr_expect(strstr(text, "WHICH NODES DID NOT SERVE"), "%s", text);
	cr_expect(strstr(text, "0 more cells of that kind, 0 whose nodes always served"), "%s",
		  text);
	cr_expect(strstr(text, "own node 50.0 ns, other nodes 90.0 ns"), "%s", text);
	f = tmpfile();
	run.records = &records[4];
	run.nr = 1;
	screen_places(&run, 0, f);
	cr_expect_str_empty(slurp(f), "one node says nothing");
}

Test(places, all_pairs_of_sixteen_nodes_are_kept)
{
	static struct record r;
	char name[64];

	rec_init(&r);
	for (unsigned i = 0; i < 16 * 16 + 16 * 3 + 20; i++) {
		snprintf(name, sizeof(name), "value%u", i);
		rec_add_place(&r, name, i, "");
	}
	cr_expect_eq(r.nr_places, 16 * 16 + 16 * 3 + 20);
}
