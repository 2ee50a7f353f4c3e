/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run on several nodes ends with: which nodes did not serve, what is left of each. */
#include "results/cmp_priv.h"
#include "results/places.h"
#include "results/screen.h"
#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 12u
#define MOST_NODES 4u

/* What the block is made from. */
struct block {
	const struct record **latest;
	size_t nr;
	unsigned shown, left_out, stayed; /* cells */
	double *local, *remote;		  /* ns of a write to a frame, by cell */
	size_t nr_local, nr_remote;
	FILE *f;
};

static bool stayed(const struct places *p)
{
	for (unsigned n = 0; n < p->nr_nodes; n++)
		if (!isnan(p->node[n].exhausted))
			return false;
	return true;
}

static void print_node(const struct places_node *n, FILE *f)
{
	char text[24];

	snprintf(text, sizeof(text), isnan(n->fu9) ? "-" : "%.3f", n->fu9);
	if (isnan(n->free))
		fprintf(f, "  %8s %6s", "-", "-");
	else
		fprintf(f, "  %8.0f %6s", n->free, text);
	snprintf(text, sizeof(text), isnan(n->exhausted) ? "-" : "%.0f", n->exhausted);
	fprintf(f, " %8s", text);
}

static void print_row(struct block *b, const struct places *p)
{
	unsigned nodes = p->nr_nodes < MOST_NODES ? p->nr_nodes : MOST_NODES;
	double remote = 100 * places_value(p, b->latest, b->nr, "remote_share");

	if (!b->shown++) {
		fprintf(b->f,
			"\nWHICH NODES DID NOT SERVE   by node: free frames, Fu(9), a thread's "
			"requests until it did not serve (-: it always did); median%s\n"
			"remote",
			strchr(p->first->flags, 's') ? "; simulated" : "");
		for (unsigned n = 0; n < nodes; n++)
			fprintf(b->f, "  node %-2u  free  Fu(9)    until", n);
		fputs("  cell\n", b->f);
	}
	fprintf(b->f, "%5.1f%%", remote);
	for (unsigned n = 0; n < nodes; n++)
		print_node(&p->node[n], b->f);
	fprintf(b->f, "  %s  %s\n", p->title, p->note);
}

static void keep(double *list, size_t *nr, double value)
{
	if (!isnan(value))
		list[(*nr)++] = value;
}

static void add_cell(struct block *b, const struct places *p)
{
	keep(b->local, &b->nr_local, places_value(p, b->latest, b->nr, "touch.local.ns"));
	keep(b->remote, &b->nr_remote, places_value(p, b->latest, b->nr, "touch.remote.ns"));
	if (stayed(p))
		b->stayed++;
	else if (b->shown == MOST_ROWS)
		b->left_out++;
	else
		print_row(b, p);
}

static void print_touch(const struct block *b)
{
	if (!b->nr_local || !b->nr_remote)
		return;
	stats_sort(b->local, b->nr_local);
	stats_sort(b->remote, b->nr_remote);
	fprintf(b->f,
		"\nWHAT A REMOTE FRAME COSTS   a write to one line of a frame, in random order, "
		"median "
		"of the cells: own node %.1f ns, other nodes %.1f ns\n",
		stats_median(b->local, b->nr_local), stats_median(b->remote, b->nr_remote));
}

void screen_places(const struct run_data *run, FILE *f)
{
	struct block b = { .f = f };
	struct places *p = cmp_zalloc(1, sizeof(*p));

	b.latest = places_latest(run, &b.nr);
	b.local = cmp_zalloc(b.nr, sizeof(double));
	b.remote = cmp_zalloc(b.nr, sizeof(double));
	for (size_t next = 0; places_next(p, b.latest, b.nr, &next);)
		add_cell(&b, p);
	if (b.shown)
		fprintf(f,
			"%u more cell%s of that kind, %u whose nodes always served: zonebench "
			"places %s\n",
			b.left_out, b.left_out == 1 ? "" : "s", b.stayed, run->dir);
	else if (b.stayed)
		fprintf(f,
			"\nevery node served all that asked for it; node by node: zonebench places "
			"%s\n",
			run->dir);
	print_touch(&b);
	free(b.latest);
	free(b.local);
	free(b.remote);
	free(p);
}
