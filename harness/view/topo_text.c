/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine, as a cell uses it, on the terminal. */
#include "harness/view/topo_view.h"

#include <stdlib.h>

static void indent(unsigned by, FILE *f)
{
	fprintf(f, "%*s", (int)(2 * by), "");
}

static void print_core(const struct topo_view *v, const struct topo_view_cut *cut, unsigned from,
		       unsigned to, unsigned by, FILE *f)
{
	char text[160];

	topo_view_caches(v, cut->cpu[from], text, sizeof(text));
	indent(by, f);
	fprintf(f, "core %u%s%s%s:", v->t->cpus[cut->cpu[from]].core, *text ? " (" : "", text,
		*text ? ")" : "");
	for (unsigned i = from; i < to; i++) {
		unsigned threads;

		topo_view_pinned(v, cut->cpu[i], &threads, text, sizeof(text));
		fprintf(f, "%s CPU %u", i > from ? "," : "", cut->cpu[i]);
		if (v->t->cpus[cut->cpu[i]].os_index != cut->cpu[i])
			fprintf(f, " (os %u)", v->t->cpus[cut->cpu[i]].os_index);
		if (*text)
			fprintf(f, " [%s]", text);
	}
	fputc('\n', f);
}

static void print_part(const struct topo_view *v, const struct topo_view_cut *cut, unsigned level,
		       unsigned from, unsigned to, unsigned by, FILE *f)
{
	while (from < to) {
		unsigned end;
		bool shared;
		char text[64];

		if (level == cut->nr_levels) {
			end = topo_view_core(v, cut, from, to);
			print_core(v, cut, from, end, by, f);
			from = end;
			continue;
		}
		end = topo_view_part(v, cut, level, from, to, &shared);
		if (cut->level[level] == TOPO_VIEW_PACKAGE)
			snprintf(text, sizeof(text), "package %u",
				 v->t->cpus[cut->cpu[from]].package);
		else
			topo_view_cache(&v->t->caches[cut->level[level]], text, sizeof(text));
		if (shared) {
			indent(by, f);
			fprintf(f, "%s\n", text);
		}
		print_part(v, cut, level + 1, from, end, by + shared, f);
		from = end;
	}
}

/* A zone each line: its size, and the frames that the list of each CPU holds and moves at once. */
static void print_zones(const struct topo_view *v, unsigned node, unsigned by, FILE *f)
{
	const struct pga_conf *c = &v->m->conf;
	char size[24], lists[160];

	for (unsigned z = 0; z < c->nr_zones; z++) {
		if (c->zones[z].node != node)
			continue;
		topo_view_bytes((uint64_t)c->zones[z].span << MACHINE_PAGE_SHIFT, size,
				sizeof(size));
		topo_view_list(v, z, lists, sizeof(lists));
		indent(by, f);
		fprintf(f, "zone %-8s %9s   %s\n", pga_zone_type_names[c->zones[z].type], size,
			lists);
	}
}

static void print_node(const struct topo_view *v, unsigned node, unsigned by, FILE *f)
{
	struct topo_view_cut cut;
	char text[160];

	topo_view_node(v, node, text, sizeof(text));
	indent(by, f);
	fprintf(f, "%s\n", text);
	print_zones(v, node, by + 1, f);
	if (!topo_view_cut(v, node, &cut))
		print_part(v, &cut, 0, 0, cut.nr_cpus, by + 1, f);
	free(cut.cpu);
}

void topo_view_print(const struct topo_view *v, FILE *f)
{
	int shown = -1;
	char text[512];

	topo_view_title(v, text, sizeof(text));
	fprintf(f, "%s%s\n%s\n\n", v->t->simulated ? "simulated, not this machine: " : "",
		v->t->source, text);
	for (unsigned n = 0; n < v->t->nr_nodes; n++) {
		int package = topo_view_package(v, n);

		if (package >= 0 && package != shown)
			fprintf(f, "package %d\n", package);
		shown = package;
		print_node(v, n, package >= 0, f);
	}
	fputc('\n', f);
	for (unsigned i = 0; i < v->cell.threads; i++) {
		topo_view_thread(v, i, text, sizeof(text));
		fprintf(f, "%s\n", text);
	}
}
