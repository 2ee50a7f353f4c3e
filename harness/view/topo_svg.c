/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine, as a cell uses it, as a drawing.  Each part is drawn by a function
 * that returns its size; without a file it only measures.  So a box is measured
 * first, then drawn around what it holds.
 */
#include "harness/view/topo_view.h"

#include "results/svg.h"

#include <stdlib.h>

#define GAP 8.0
#define MARGIN 18.0
#define LINE 16.0 /* of text */
#define CPU_WIDTH 92.0
#define CPU_HEIGHT 36.0
#define CORE_LEAST 196.0 /* width that the caches of a core find */
#define ZONE_LEAST 172.0 /* width that what is said of a zone finds */
#define ZONE_HEIGHT 54.0
#define NODE_LEAST 330.0
#define PAGE_WIDTH 1500.0 /* rows of nodes end here */
#define MOST_THREADS 32u  /* lines about them */

struct size {
	double w, h;
};

/* Boxes beside each other, in rows. */
struct flow {
	double x0, x, y, row, width, most; /* most: width at which a row ends */
	unsigned nr, columns;		   /* boxes in this row, at most */
};

static void flow_next(struct flow *fl, struct size s)
{
	if (fl->nr && (fl->nr == fl->columns || fl->x + s.w > fl->x0 + fl->most)) {
		fl->y += fl->row + GAP;
		fl->x = fl->x0;
		fl->row = 0;
		fl->nr = 0;
	}
}

static void flow_add(struct flow *fl, struct size s)
{
	fl->x += s.w + GAP;
	fl->row = s.h > fl->row ? s.h : fl->row;
	fl->width = fl->x - GAP - fl->x0 > fl->width ? fl->x - GAP - fl->x0 : fl->width;
	fl->nr++;
}

static struct size draw_cpu(const struct topo_view *v, unsigned cpu, double x, double y, FILE *f)
{
	const struct topo_cpu *c = &v->t->cpus[cpu];
	unsigned threads;
	char who[160], name[48];

	if (!f)
		return (struct size){ CPU_WIDTH, CPU_HEIGHT };
	topo_view_pinned(v, cpu, &threads, who, sizeof(who));
	svg_rect(f,
		 threads ? "zb-g0"
		 : *who	 ? "zb-g3"
			 : "zb-sub",
		 NULL, x, y, CPU_WIDTH, CPU_HEIGHT);
	snprintf(name, sizeof(name), c->os_index == cpu ? "CPU %u" : "CPU %u (os %u)", cpu,
		 c->os_index);
	svg_text(f, "", x + 6, y + 14, "%s", name);
	svg_text_in(f, *who ? "zb-b" : "zb-s", x + 6, y + 29, CPU_WIDTH - 10, *who ? who : "idle");
	return (struct size){ CPU_WIDTH, CPU_HEIGHT };
}

/* Cores and all that is around them have a frame, a line of text, and what they hold. */
static void draw_frame(const char *class, const char *text, double x, double y, struct size s,
		       FILE *f)
{
	svg_rect(f, class, NULL, x, y, s.w, s.h);
	svg_text_in(f, "", x + GAP, y + 15, s.w - 2 * GAP, text);
}

static struct size draw_core(const struct topo_view *v, const struct topo_view_cut *cut,
			     unsigned from, unsigned to, double x, double y, FILE *f)
{
	double inner = (to - from) * (CPU_WIDTH + 4) - 4;
	struct size s = { inner + 2 * GAP, 2 * LINE + CPU_HEIGHT + 2 * GAP };
	char caches[160], name[32];

	s.w = s.w < CORE_LEAST ? CORE_LEAST : s.w;
	if (!f)
		return s;
	topo_view_caches(v, cut->cpu[from], caches, sizeof(caches));
	snprintf(name, sizeof(name), "core %u", v->t->cpus[cut->cpu[from]].core);
	draw_frame("zb-card", name, x, y, s, f);
	svg_text_in(f, "zb-s", x + GAP, y + 30, s.w - 2 * GAP, caches);
	for (unsigned i = from; i < to; i++)
		draw_cpu(v, cut->cpu[i], x + GAP + (i - from) * (CPU_WIDTH + 4), y + 2 * LINE + GAP,
			 f);
	return s;
}

static struct size draw_parts(const struct topo_view *v, const struct topo_view_cut *cut,
			      unsigned level, unsigned from, unsigned to, double x, double y,
			      FILE *f);

/* One package or shared cache, with what it holds. */
static struct size draw_shared(const struct topo_view *v, const struct topo_view_cut *cut,
			       unsigned level, unsigned from, unsigned to, double x, double y,
			       FILE *f)
{
	struct size in = draw_parts(v, cut, level + 1, from, to, 0, 0, NULL);
	struct size s = { in.w + 2 * GAP, in.h + LINE + 2 * GAP };
	char text[64];

	if (!f)
		return s;
	if (cut->level[level] == TOPO_VIEW_PACKAGE)
		snprintf(text, sizeof(text), "package %u", v->t->cpus[cut->cpu[from]].package);
	else
		topo_view_cache(&v->t->caches[cut->level[level]], text, sizeof(text));
	draw_frame("zb-g5", text, x, y, s, f);
	draw_parts(v, cut, level + 1, from, to, x + GAP, y + LINE + GAP, f);
	return s;
}

/* The CPUs of a node from a level on: boxes of what they share, or at last cores. */
static struct size draw_parts(const struct topo_view *v, const struct topo_view_cut *cut,
			      unsigned level, unsigned from, unsigned to, double x, double y,
			      FILE *f)
{
	unsigned columns = to - from > 32 ? 8 : to - from > 4 ? 4 : 2;
	struct flow fl = { .x0 = x, .x = x, .y = y, .most = PAGE_WIDTH, .columns = columns };

	while (from < to) {
		bool shared = false, core = level == cut->nr_levels;
		unsigned end = core ? topo_view_core(v, cut, from, to)
				    : topo_view_part(v, cut, level, from, to, &shared);
		struct size s;

		for (unsigned draw = 0; draw < 2; draw++) {
			FILE *out = draw ? f : NULL;

			s = core     ? draw_core(v, cut, from, end, fl.x, fl.y, out)
			    : shared ? draw_shared(v, cut, level, from, end, fl.x, fl.y, out)
				     : draw_parts(v, cut, level + 1, from, end, fl.x, fl.y, out);
			if (!draw)
				flow_next(&fl, s);
		}
		flow_add(&fl, s);
		from = end;
	}
	return (struct size){ fl.width, fl.y + fl.row - y };
}

/* Shares of the width by size, but each wide enough for its name. */
static void draw_zones(const struct topo_view *v, unsigned node, double x, double y, double width,
		       FILE *f)
{
	static const char *const class[PGA_NR_ZONE_TYPES] = {
		[PGA_ZONE_DMA] = "zb-g4",     [PGA_ZONE_DMA32] = "zb-g2",
		[PGA_ZONE_NORMAL] = "zb-g0",  [PGA_ZONE_HIGHMEM] = "zb-g1",
		[PGA_ZONE_MOVABLE] = "zb-g3",
	};
	const struct pga_conf *c = &v->m->conf;
	unsigned nr = 0;
	char size[24], lists[160];

	for (unsigned z = 0; z < c->nr_zones; z++)
		nr += c->zones[z].node == node;
	double spare = width - ZONE_LEAST * nr;

	for (unsigned z = 0; z < c->nr_zones; z++) {
		if (c->zones[z].node != node)
			continue;
		double w = ZONE_LEAST +
			   spare * (double)c->zones[z].span / (double)machine_frames_of(v->m, node);

		topo_view_bytes((uint64_t)c->zones[z].span << MACHINE_PAGE_SHIFT, size,
				sizeof(size));
		svg_rect(f, class[c->zones[z].type], NULL, x, y, w, ZONE_HEIGHT);
		svg_text(f, "zb-b", x + 6, y + 15, "%s", pga_zone_type_names[c->zones[z].type]);
		svg_text_in(f, "", x + 6, y + 31, w - 8, size);
		topo_view_list(v, z, lists, sizeof(lists));
		svg_text_in(f, "zb-s", x + 6, y + 47, w - 8, lists);
		x += w;
	}
}

static unsigned zones_of(const struct topo_view *v, unsigned node)
{
	unsigned nr = 0;

	for (unsigned z = 0; z < v->m->conf.nr_zones; z++)
		nr += v->m->conf.zones[z].node == node;
	return nr;
}

static struct size draw_node(const struct topo_view *v, unsigned node, double x, double y, FILE *f)
{
	bool memory = machine_frames_of(v->m, node) > 0;
	struct topo_view_cut cut;
	struct size s = { NODE_LEAST, 0 };
	char text[256];

	if (topo_view_cut(v, node, &cut))
		return (struct size){ 0, 0 };
	struct size in = draw_parts(v, &cut, 0, 0, cut.nr_cpus, 0, 0, NULL);
	double zones = zones_of(v, node) * ZONE_LEAST;

	s.w = in.w > s.w ? in.w : s.w;
	s.w = (zones > s.w ? zones : s.w) + 2 * GAP;
	s.h = LINE + GAP + (memory ? ZONE_HEIGHT + GAP : 0) + in.h + (in.h > 0 ? GAP : 0);
	if (f) {
		topo_view_node(v, node, text, sizeof(text));
		svg_rect(f, "zb-sub", NULL, x, y, s.w, s.h);
		svg_text_in(f, "zb-b", x + GAP, y + 15, s.w - 2 * GAP, text);
		y += LINE + GAP;
		if (memory) {
			draw_zones(v, node, x + GAP, y, s.w - 2 * GAP, f);
			y += ZONE_HEIGHT + GAP;
		}
		draw_parts(v, &cut, 0, 0, cut.nr_cpus, x + GAP, y, f);
	}
	free(cut.cpu);
	return s;
}

/* The nodes whose CPUs are all in one package; alone: the node @first. */
static struct size draw_package(const struct topo_view *v, int package, unsigned first, double x,
				double y, FILE *f)
{
	double in = package < 0 ? 0 : GAP, top = package < 0 ? 0 : LINE + GAP;
	struct flow fl = {
		.x0 = x + in, .x = x + in, .y = y + top, .most = PAGE_WIDTH / 2, .columns = 2
	};

	for (unsigned n = first; n < v->t->nr_nodes; n++) {
		if (n > first && (package < 0 || topo_view_package(v, n) != package))
			continue;
		struct size s = draw_node(v, n, 0, 0, NULL);

		flow_next(&fl, s);
		draw_node(v, n, fl.x, fl.y, f);
		flow_add(&fl, s);
	}
	return (struct size){ fl.width + 2 * in, fl.y + fl.row - y + in };
}

static bool drawn_before(const struct topo_view *v, unsigned node)
{
	int package = topo_view_package(v, node);

	for (unsigned n = 0; package >= 0 && n < node; n++)
		if (topo_view_package(v, n) == package)
			return true;
	return false;
}

static struct size draw_machine(const struct topo_view *v, double x, double y, FILE *f)
{
	struct flow fl = { .x0 = x, .x = x, .y = y, .most = PAGE_WIDTH, .columns = 4 };

	for (unsigned n = 0; n < v->t->nr_nodes; n++) {
		int package = topo_view_package(v, n);
		char text[32];

		if (drawn_before(v, n))
			continue;
		struct size s = draw_package(v, package, n, 0, 0, NULL);

		flow_next(&fl, s);
		if (f && package >= 0) {
			snprintf(text, sizeof(text), "package %d", package);
			draw_frame("zb-card", text, fl.x, fl.y, s, f);
		}
		draw_package(v, package, n, fl.x, fl.y, f);
		flow_add(&fl, s);
	}
	return (struct size){ fl.width, fl.y + fl.row - y };
}

static void draw_legend(double x, double y, FILE *f)
{
	static const struct {
		const char *class, *text;
	} key[] = {
		{ "zb-g0", "a thread is pinned to the CPU" },
		{ "zb-g3", "a daemon, and no thread" },
		{ "zb-sub", "idle" },
		{ "zb-bg",
		  "zones: size; frames that the list of each CPU holds and moves at once" },
	};

	for (unsigned i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		svg_rect(f, key[i].class, NULL, x, y - 10, 12, 12);
		svg_text(f, "zb-s", x + 18, y, "%s", key[i].text);
		x += i == 1 ? 170 : i ? 50 : 200;
	}
}

static void draw(const void *what, FILE *f)
{
	const struct topo_view *v = what;
	struct size s = draw_machine(v, 0, 0, NULL);
	unsigned threads = v->cell.threads < MOST_THREADS ? v->cell.threads : MOST_THREADS;
	double top = MARGIN + 3 * LINE, y = top + s.h + 2 * LINE, width = s.w > 640 ? s.w : 640;
	char text[512];

	topo_view_title(v, text, sizeof(text));
	svg_begin(f, width + 2 * MARGIN, y + (threads + 2) * LINE + MARGIN, text);
	svg_text_in(f, "zb-b", MARGIN, MARGIN + 10, width, text);
	snprintf(text, sizeof(text), "%s%s", v->t->simulated ? "simulated, not this machine: " : "",
		 v->t->source);
	svg_text_in(f, "zb-s", MARGIN, MARGIN + 28, width, text);
	draw_machine(v, MARGIN, top, f);
	draw_legend(MARGIN, y, f);
	for (unsigned i = 0; i < threads; i++) {
		topo_view_thread(v, i, text, sizeof(text));
		svg_text_in(f, "", MARGIN, y + (i + 1.5) * LINE, width, text);
	}
	if (threads < v->cell.threads)
		svg_text(f, "zb-s", MARGIN, y + (threads + 1.5) * LINE, "and %u more threads",
			 v->cell.threads - threads);
	svg_end(f);
}

int topo_view_svg(const struct topo_view *v, const char *path, char *err, size_t len)
{
	return svg_file(path, draw, v, err, len);
}
