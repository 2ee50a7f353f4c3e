/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/places.h"

#include "results/cmp_priv.h"
#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct rec_value *find(const struct record *r, const char *name)
{
	for (unsigned i = 0; i < r->nr_places; i++)
		if (!strcmp(r->places[i].name, name))
			return &r->places[i];
	return NULL;
}

static bool counts(const struct record *r)
{
	return !strcmp(r->status, "ok") && find(r, "node1.exhausted");
}

static bool same_cell(const struct record *a, const struct record *b)
{
	return counts(b) && !rec_key_compare(a, b);
}

static double median(double *value, size_t n)
{
	stats_sort(value, n);
	return stats_median(value, n);
}

double places_value(const struct places *p, const struct record *const *latest, size_t nr,
		    const char *name)
{
	double *value = cmp_zalloc(nr, sizeof(*value)), got;
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct rec_value *v =
			same_cell(p->first, latest[i]) ? find(latest[i], name) : NULL;

		if (v && !isnan(v->value))
			value[n++] = v->value;
	}
	got = median(value, n);
	free(value);
	return got;
}

static void fill_nodes(struct places *p, const struct record *const *latest, size_t nr)
{
	char name[64];

	for (unsigned n = 0; n < p->nr_nodes; n++) {
		snprintf(name, sizeof(name), "node%u.free", n);
		p->node[n].free = places_value(p, latest, nr, name);
		snprintf(name, sizeof(name), "node%u.Fu(9)", n);
		p->node[n].fu9 = places_value(p, latest, nr, name);
		snprintf(name, sizeof(name), "node%u.exhausted", n);
		p->node[n].exhausted = places_value(p, latest, nr, name);
	}
}

/* All requests of all samples, by node asked for and server. */
static void add_pairs(struct places *p, const struct record *r)
{
	for (unsigned i = 0; i < r->nr_places; i++) {
		unsigned asked, served;

		if (sscanf(r->places[i].name, "asked%u.served%u", &asked, &served) != 2 ||
		    asked >= p->nr_nodes || served >= p->nr_nodes)
			continue;
		p->share[asked * p->nr_nodes + served] += r->places[i].value;
		p->requests += r->places[i].value;
	}
}

static void fill_texts(struct places *p)
{
	const struct record *r = p->first;

	snprintf(p->title, sizeof(p->title), "%s", r->variant);
	snprintf(p->note, sizeof(p->note), "%s%s%s, order %llu, %llu thread%s, %s, %s", r->workload,
		 r->params[0] ? " " : "", r->params, (unsigned long long)r->order,
		 (unsigned long long)r->threads, r->threads == 1 ? "" : "s", r->placement,
		 r->memory);
	snprintf(p->unit, sizeof(p->unit), "%% of %.0f requests, %u sample%s%s", p->requests,
		 p->nr_samples, p->nr_samples == 1 ? "" : "s",
		 strchr(r->flags, 's') ? "; simulated" : "");
}

static void fill(struct places *p, const struct record *const *latest, size_t nr)
{
	char name[64] = "node0.exhausted";

	while (p->nr_nodes < PLACES_MAX_NODES && find(p->first, name))
		snprintf(name, sizeof(name), "node%u.exhausted", ++p->nr_nodes);
	for (size_t i = 0; i < nr; i++)
		if (same_cell(p->first, latest[i])) {
			p->nr_samples++;
			add_pairs(p, latest[i]);
		}
	for (unsigned i = 0; i < p->nr_nodes * p->nr_nodes; i++)
		p->share[i] = p->requests > 0 ? 100 * p->share[i] / p->requests : (double)NAN;
	fill_nodes(p, latest, nr);
	fill_texts(p);
}

static int by_key(const void *a, const void *b)
{
	const struct record *const *x = a, *const *y = b;

	return rec_key_compare(*x, *y);
}

const struct record **places_latest(const struct run_data *run, size_t *nr)
{
	const struct record **latest = cmp_zalloc(run->nr, sizeof(const struct record *));

	*nr = store_latest(run, latest);
	if (*nr)
		qsort(latest, *nr, sizeof(const struct record *), by_key);
	return latest;
}

static bool seen_before(const struct record *const *latest, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_cell(latest[at], latest[i]))
			return true;
	return false;
}

bool places_next(struct places *p, const struct record *const *latest, size_t nr, size_t *next)
{
	while (*next < nr) {
		size_t at = (*next)++;

		if (!counts(latest[at]) || seen_before(latest, at))
			continue;
		memset(p, 0, sizeof(*p));
		p->first = latest[at];
		fill(p, latest, nr);
		return true;
	}
	return false;
}

void places_map(const struct places *p, struct heatmap *map)
{
	*map = (struct heatmap){
		.title = p->title,
		.unit = p->unit,
		.rows = "asked for node",
		.columns = "served by node",
		.note = p->note,
		.nr = p->nr_nodes,
		.value = p->share,
		.to = 100,
	};
}

/* "97.5 %", "-" */
static const char *per_cent(double share, char text[16])
{
	snprintf(text, 16, isnan(share) ? "-" : "%.1f %%", 100 * share);
	return text;
}

static const char *number(double value, int digits, char text[24])
{
	snprintf(text, 24, "%.*f", digits, value);
	return isnan(value) ? "-" : text;
}

static void print_nodes(const struct places *p, FILE *f)
{
	char frames[24], fu[24], until[24];

	fprintf(f, "\nnode  free frames   Fu(9)  a thread's requests until it did not serve\n");
	for (unsigned n = 0; n < p->nr_nodes; n++)
		fprintf(f, "%4u  %11s  %6s  %s\n", n, number(p->node[n].free, 0, frames),
			number(p->node[n].fu9, 3, fu),
			isnan(p->node[n].exhausted) ? "it always served"
						    : number(p->node[n].exhausted, 0, until));
}

static void print_touch(const struct places *p, const struct record *const *latest, size_t nr,
			FILE *f)
{
	double local = places_value(p, latest, nr, "touch.local.ns");
	double remote = places_value(p, latest, nr, "touch.remote.ns");
	const struct rec_value *why = find(p->first, "touch.remote.ns");

	if (isnan(local) && isnan(remote))
		fprintf(f, "a write to a frame: not measured: %s\n",
			why && *why->note ? why->note : "the pass 'paths' was not run");
	else
		fprintf(f,
			"a write to one line of a frame, in random order: own node %.1f ns, others "
			"%.1f ns\n",
			local, remote);
}

/* Shares that prove where things were; none that was not measured. */
static void print_proof(const struct places *p, const struct record *const *latest, size_t nr,
			FILE *f)
{
	const struct record *r = p->first;
	const struct {
		const char *what;
		double share;
	} proof[] = {
		{ "frames", r->frames_ok },
		{ "metadata", r->meta_ok },
		{ "per-CPU lists", places_value(p, latest, nr, "pcp.own_node") },
		{ "daemons", places_value(p, latest, nr, "daemons.own_node") },
		{ "threads on their CPU", r->pin_ok },
	};
	const char *before = "on their node: ";
	char text[16];

	for (size_t i = 0; i < sizeof(proof) / sizeof(proof[0]); i++) {
		if (isnan(proof[i].share))
			continue;
		fprintf(f, "%s%s %s", before, proof[i].what, per_cent(proof[i].share, text));
		before = ", ";
	}
	fputs(*before == ',' ? "\n" : "on their node: nothing was proven\n", f);
}

static void print_shares(const struct places *p, const struct record *const *latest, size_t nr,
			 bool utf8, FILE *f)
{
	char local[16], remote[16], asked[16];
	struct heatmap map;

	if (!(p->requests > 0)) {
		fputs("no request was counted: frames were had outside of measured phases\n", f);
		return;
	}
	fprintf(f, "%s local, %s remote, %s by the node that was asked for\n",
		per_cent(places_value(p, latest, nr, "local_share"), local),
		per_cent(places_value(p, latest, nr, "remote_share"), remote),
		per_cent(places_value(p, latest, nr, "asked_share"), asked));
	places_map(p, &map);
	map.title = "requests";
	map.note = "";
	heatmap_print(&map, utf8, f);
}

void places_print(const struct places *p, const struct record *const *latest, size_t nr, bool utf8,
		  FILE *f)
{
	fprintf(f, "%s   %s\n", p->title, p->note);
	print_shares(p, latest, nr, utf8, f);
	print_nodes(p, f);
	print_touch(p, latest, nr, f);
	print_proof(p, latest, nr, f);
}
