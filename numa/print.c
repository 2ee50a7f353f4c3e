/* SPDX-License-Identifier: GPL-2.0-only */
/* A topology for the reader. */
#include "numa/backend.h"

#include <stdlib.h>

#define MIB (1ull << 20)
#define LIST_LEN 256 /* characters of a list of CPUs; longer ones are cut */

static const char *plural(unsigned nr)
{
	return nr == 1 ? "" : "s";
}

/* OS numbers of a node's usable CPUs as "0-3,8-11". */
static void list_cpus(const struct topo *t, unsigned node, char *buf, size_t len)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	for (unsigned i = 0; set && i < t->nr_cpus; i++)
		if (t->cpus[i].node == node)
			hwloc_bitmap_set(set, t->cpus[i].os_index);
	if (!set || hwloc_bitmap_list_snprintf(buf, len, set) <= 0)
		snprintf(buf, len, "%s", t->nodes[node].has_cpus ? "none usable" : "none");
	hwloc_bitmap_free(set);
}

static void print_nodes(const struct topo *t, FILE *f)
{
	fprintf(f, "\n%4s  %4s  %-16s %12s %12s  %s\n", "node", "os", "CPUs", "size", "usable",
		"bound by");
	for (unsigned i = 0; i < t->nr_nodes; i++) {
		const struct topo_node *n = &t->nodes[i];
		char cpus[LIST_LEN];

		list_cpus(t, i, cpus, sizeof(cpus));
		fprintf(f, "%4u  %4u  %-16s %8llu MiB %8llu MiB  %s\n", i, n->os_index, cpus,
			(unsigned long long)(n->size_bytes / MIB),
			(unsigned long long)(n->mem_bytes / MIB), n->mem_bound);
	}
}

static void print_distances(const struct topo *t, FILE *f)
{
	fprintf(f, "\ndistances from row to column (%s)\n    ", t->dist_source);
	for (unsigned j = 0; j < t->nr_nodes; j++)
		fprintf(f, " %4u", j);
	fputc('\n', f);
	for (unsigned i = 0; i < t->nr_nodes; i++) {
		fprintf(f, "%4u", i);
		for (unsigned j = 0; j < t->nr_nodes; j++)
			fprintf(f, " %4u", t->dist[(size_t)i * t->nr_nodes + j]);
		fputc('\n', f);
	}
}

static void print_caches(const struct topo *t, FILE *f)
{
	if (t->nr_caches)
		fprintf(f, "\ncaches\n");
	for (unsigned i = 0; i < t->nr_caches; i++) {
		const struct topo_cache *c = &t->caches[i];
		char name[] = { c->type == 'u' ? '\0' : c->type, '\0' };

		fprintf(f, "  L%u%-1s %8llu KiB, %u of them, %u CPU%s each\n", c->level, name,
			(unsigned long long)(c->bytes / 1024), c->count, c->nr_cpus,
			plural(c->nr_cpus));
	}
}

static void print_bounds(const struct topo *t, FILE *f)
{
	const struct topo_bounds *b = &t->priv->bounds;
	enum topo_bound which;
	uint64_t least = topo_bounds_min(b, &which);

	fprintf(f, "\nthis process may still touch%s",
		t->simulated ? ", on the real machine," : "");
	for (unsigned i = 0; i < TOPO_NR_BOUNDS; i++) {
		const char *name = topo_bound_name((enum topo_bound)i);

		if (b->bytes[i] == TOPO_NO_LIMIT)
			fprintf(f, "%s %s: no limit", i ? "," : "", name);
		else
			fprintf(f, "%s %s: %llu MiB", i ? "," : "", name,
				(unsigned long long)(b->bytes[i] / MIB));
	}
	fprintf(f, "\nspendable: %llu MiB, bound by %s, head-room taken off\n",
		(unsigned long long)(topo_headroom(least) / MIB), topo_bound_name(which));
}

void topo_print(const struct topo *t, FILE *f)
{
	fprintf(f, "%s%s: %u node%s, %u package%s, %u core%s, %u CPU%s\n",
		t->simulated ? "simulated, not this machine: " : "", t->source, t->nr_nodes,
		plural(t->nr_nodes), t->nr_packages, plural(t->nr_packages), t->nr_cores,
		plural(t->nr_cores), t->nr_cpus, plural(t->nr_cpus));
	if (t->note[0])
		fprintf(f, "note: %s\n", t->note);
	print_nodes(t, f);
	print_distances(t, f);
	print_caches(t, f);
	print_bounds(t, f);
}
