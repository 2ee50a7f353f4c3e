/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run on several nodes ends with: which nodes did not serve, what is left of each. */
#include "results/cmp_priv.h"
#include "results/fold.h"
#include "results/places.h"
#include "results/screen.h"
#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 8u
#define MOST_NODES 16u

/* What the block is made from. */
struct block {
	const struct record **latest;
	size_t nr;
	unsigned shown, left_out, stayed; /* cells */
	double *local, *remote;		  /* ns of a write to a frame, by cell */
	size_t nr_local, nr_remote;
	unsigned width; /* of a line; 0 = without end */
	FILE *f;
};

static bool stayed(const struct places *p)
{
	for (unsigned n = 0; n < p->nr_nodes; n++)
		if (!isnan(p->node[n].exhausted))
			return false;
	return true;
}

/* "node 0: 107 free, Fu(9) 1.000, did not serve after 8086" */
static void add_node(const struct places_node *n, unsigned number, char *text, size_t len)
{
	size_t at = strlen(text);

	at += (size_t)snprintf(text + at, len - at, "%snode %u: ", number ? "; " : "", number);
	if (at < len && isnan(n->free))
		at += (size_t)snprintf(text + at, len - at, "free not known");
	else if (at < len)
		at += (size_t)snprintf(text + at, len - at, "%.0f free", n->free);
	if (at < len && !isnan(n->fu9))
		at += (size_t)snprintf(text + at, len - at, ", Fu(9) %.3f", n->fu9);
	if (at < len && !isnan(n->exhausted))
		snprintf(text + at, len - at, ", did not serve after %.0f", n->exhausted);
}

/* With its line feed. */
static void put(const struct block *b, const char *text, unsigned used, unsigned indent)
{
	fold_text(text, b->width, used, indent, b->f);
	fputc('\n', b->f);
}

static void print_row(struct block *b, const struct places *p)
{
	unsigned nodes = p->nr_nodes < MOST_NODES ? p->nr_nodes : MOST_NODES;
	double remote = 100 * places_value(p, b->latest, b->nr, "remote_share");
	char text[2048] = "";

	if (!b->shown++) {
		snprintf(text, sizeof(text),
			 "\nWHICH NODES DID NOT SERVE   by node: free frames, Fu(9), requests of a "
			 "thread until it did not serve; median%s",
			 strchr(p->first->flags, 's') ? "; simulated" : "");
		put(b, text, 0, 2);
		text[0] = '\0';
	}
	fprintf(b->f, "%5.1f%% remote   %s   %s\n", remote, p->title, p->note);
	for (unsigned n = 0; n < nodes; n++)
		add_node(&p->node[n], n, text, sizeof(text));
	fputs("    ", b->f);
	put(b, text, 4, 4);
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
	char text[256];

	if (!b->nr_local || !b->nr_remote)
		return;
	stats_sort(b->local, b->nr_local);
	stats_sort(b->remote, b->nr_remote);
	snprintf(text, sizeof(text),
		 "\nWHAT A REMOTE FRAME COSTS   a write to one line of a frame, in random order, "
		 "median of the cells: own node %.1f ns, other nodes %.1f ns",
		 stats_median(b->local, b->nr_local), stats_median(b->remote, b->nr_remote));
	put(b, text, 0, 2);
}

static void print_rest(const struct block *b, const struct run_data *run)
{
	char text[768] = "";

	if (b->shown)
		snprintf(text, sizeof(text),
			 "%u more cell%s of that kind, %u whose nodes always served: zonebench "
			 "places %s",
			 b->left_out, b->left_out == 1 ? "" : "s", b->stayed, run->dir);
	else if (b->stayed)
		snprintf(
			text, sizeof(text),
			"\nevery node served all that asked for it; node by node: zonebench places "
			"%s",
			run->dir);
	if (*text)
		put(b, text, 0, 2);
}

void screen_places(const struct run_data *run, unsigned width, FILE *f)
{
	struct block b = { .f = f, .width = width };
	struct places *p = cmp_zalloc(1, sizeof(*p));

	b.latest = places_latest(run, &b.nr);
	b.local = cmp_zalloc(b.nr, sizeof(double));
	b.remote = cmp_zalloc(b.nr, sizeof(double));
	for (size_t next = 0; places_next(p, b.latest, b.nr, &next);)
		add_cell(&b, p);
	print_rest(&b, run);
	print_touch(&b);
	free(b.latest);
	free(b.local);
	free(b.remote);
	free(p);
}
