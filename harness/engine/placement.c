/* SPDX-License-Identifier: GPL-2.0-only */
/* Placements: the table, and from text to requests. */
#include "harness/engine/placement.h"

#include "core/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PL_NODES = 1, /* may name nodes */
	PL_MUST = 2,  /* must name them */
	PL_ONE = 4,   /* exactly one */
	PL_TURNS = 8, /* asks for them in turn; default: all with memory */
	PL_WEIGHS = 16,
	PL_ONLY = 32,  /* never gets another node's frames */
	PL_AGAIN = 64, /* refused, it asks once more for any node */
	PL_FIRST = 128 /* default: the first node with memory */
};

/*
 * A first attempt that may be followed by another must not reclaim, nor warn,
 * nor use what is kept back for those who cannot wait.
 */
const struct placement_info placement_infos[PLACE_NR] = {
	[PLACE_LOCAL] = { .name = "local",
			  .help = "the node of the thread's CPU, others by distance when it is "
				  "full" },
	[PLACE_BIND] = { .name = "bind",
			 .help = "bind:NODES, those nodes and no other, nearest first; alone: "
				 "the node of the thread's CPU",
			 .takes = PL_NODES | PL_ONLY },
	[PLACE_PREFERRED] = { .name = "preferred",
			      .help = "preferred:NODE, others by distance when it is full; "
				      "alone: the first node with memory",
			      .takes = PL_NODES | PL_ONE | PL_FIRST },
	[PLACE_PREFERRED_MANY] = { .name = "preferred-many",
				   .help = "preferred-many:NODES, the nearest of them, without "
					   "reclaim; any node, by distance, when they are full",
				   .takes = PL_NODES | PL_MUST | PL_AGAIN,
				   .more = PGA_GFP_NOWARN | PGA_GFP_NOMEMALLOC,
				   .less = PGA_GFP_WAIT | PGA_GFP_NOFAIL },
	[PLACE_INTERLEAVE] = { .name = "interleave",
			       .help = "interleave:NODES, each request asks for the next of "
				       "them, others by distance when it is full; alone: all "
				       "with memory",
			       .takes = PL_NODES | PL_TURNS },
	[PLACE_WEIGHTED] = { .name = "weighted-interleave",
			     .help = "weighted-interleave:0=3,1=1, so many requests in a row ask "
				     "for a node, then for the next; weights 1 to 255, without "
				     "one 1",
			     .takes = PL_NODES | PL_MUST | PL_TURNS | PL_WEIGHS },
};

/* One part of the text, cut at '/' and ':'. */
struct words {
	char name[PLACE_TEXT], nodes[PLACE_TEXT];
	bool has_nodes;
};

/* A list that means nothing before there is a machine: as many nodes as can be. */
static const struct topo_node_set any_machine = { PGA_MAX_NODES, UINT64_MAX };

static const char *cut(const char *text, struct words *w)
{
	size_t all = strcspn(text, "/"), name = strcspn(text, ":/");

	snprintf(w->name, sizeof(w->name), "%.*s", (int)name, text);
	w->has_nodes = name < all;
	snprintf(w->nodes, sizeof(w->nodes), "%.*s", w->has_nodes ? (int)(all - name - 1) : 0,
		 text + name + w->has_nodes);
	return text[all] ? text + all + 1 : NULL;
}

static int find_kind(const char *name, const struct placement_info **info, char *why, size_t len)
{
	const char *names[PLACE_NR];
	char list[160] = "";
	size_t used = 0;

	for (unsigned k = 0; k < PLACE_NR; k++) {
		names[k] = placement_infos[k].name;
		used += (size_t)snprintf(list + used, sizeof(list) - used, " %s", names[k]);
		if (!strcmp(names[k], name)) {
			*info = &placement_infos[k];
			return 0;
		}
	}
	const char *near = pga_nearest(name, names, PLACE_NR);

	snprintf(why, len, "'%s': wants one of%s%s%s%s", name, list, near ? "; did you mean '" : "",
		 near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

static int bad_weight(const char *entry, char *why, size_t len)
{
	snprintf(why, len, "'%s': wants a weight from 1 to %u behind the '=', as in 0=3", entry,
		 PLACE_MAX_WEIGHT);
	return -EINVAL;
}

static int read_weight(const char *entry, const char *text, unsigned *weight, char *why, size_t len)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 3 || text[digits])
		return bad_weight(entry, why, len);
	*weight = (unsigned)strtoul(text, NULL, 10);
	return *weight && *weight <= PLACE_MAX_WEIGHT ? 0 : bad_weight(entry, why, len);
}

/* "0=3,1-2=1": entries by ',', each a list of one number or range. */
static int read_weights(const char *text, const struct topo_node_set *of, unsigned *weights,
			uint64_t *mask, char *why, size_t len)
{
	char copy[PLACE_TEXT], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	if (!*copy)
		return topo_parse_nodes(copy, of, mask, why, len);
	for (char *entry = strtok_r(copy, ",", &save); entry; entry = strtok_r(NULL, ",", &save)) {
		char *equals = strchr(entry, '=');
		unsigned weight = 1;
		uint64_t nodes;
		int rc = equals ? read_weight(entry, equals + 1, &weight, why, len) : 0;

		if (equals)
			*equals = '\0';
		if (!rc)
			rc = topo_parse_nodes(entry, of, &nodes, why, len);
		if (rc)
			return rc;
		if (*mask & nodes) {
			snprintf(why, len, "node %d is given twice",
				 __builtin_ctzll(*mask & nodes));
			return -EINVAL;
		}
		*mask |= nodes;
		for (; nodes; nodes &= nodes - 1)
			weights[__builtin_ctzll(nodes)] = weight;
	}
	return 0;
}

static int read_nodes(const struct placement_info *info, const struct words *w,
		      const struct topo_node_set *of, unsigned *weights, uint64_t *mask, char *why,
		      size_t len)
{
	int rc;

	if (w->has_nodes && !(info->takes & PL_NODES)) {
		snprintf(why, len, "%s takes no nodes; got '%s'", info->name, w->nodes);
		return -EINVAL;
	}
	if (!w->has_nodes && (info->takes & PL_MUST)) {
		snprintf(why, len, "%s wants nodes, as in %s:%s", info->name, info->name,
			 info->takes & PL_WEIGHS ? "0=3,1=1" : "0,2-3");
		return -EINVAL;
	}
	if (!w->has_nodes)
		return 0;
	rc = info->takes & PL_WEIGHS ? read_weights(w->nodes, of, weights, mask, why, len)
				     : topo_parse_nodes(w->nodes, of, mask, why, len);
	/* On no machine in particular "all" and "!1" may well be one node. */
	bool open = of == &any_machine && !isdigit((unsigned char)w->nodes[strspn(w->nodes, "+")]);

	if (!rc && (info->takes & PL_ONE) && !open && (*mask & (*mask - 1))) {
		snprintf(why, len, "%s wants one node; '%s' are %d", info->name, w->nodes,
			 __builtin_popcountll(*mask));
		return -EINVAL;
	}
	return rc;
}

/* "" stands for the first of the table. */
static const char *text_of(const char *text)
{
	return *text ? text : placement_infos[PLACE_LOCAL].name;
}

int placement_check(const char *text, char *why, size_t len)
{
	unsigned nr = 0;

	if (strlen(text) >= PLACE_TEXT) {
		snprintf(why, len, "longer than %d characters", PLACE_TEXT - 1);
		return -EINVAL;
	}
	text = text_of(text);
	while (text) {
		unsigned weights[PGA_MAX_NODES] = { 0 };
		const struct placement_info *info;
		struct words w;
		uint64_t mask = 0;

		if (nr++ == PLACE_MAX_PARTS) {
			snprintf(why, len, "placements of more than %u threads", PLACE_MAX_PARTS);
			return -EINVAL;
		}
		text = cut(text, &w);
		if (find_kind(w.name, &info, why, len) ||
		    read_nodes(info, &w, &any_machine, weights, &mask, why, len))
			return -EINVAL;
	}
	return 0;
}

/* The sequence of nodes: each as often in a row as it weighs. */
static int make_turns(struct placement_part *part, const unsigned *weights)
{
	unsigned nr = 0;

	for (uint64_t m = part->mask; m; m &= m - 1)
		nr += weights[__builtin_ctzll(m)] ? weights[__builtin_ctzll(m)] : 1;
	part->nodes = malloc(nr);
	if (!part->nodes)
		return -ENOMEM;
	for (uint64_t m = part->mask; m; m &= m - 1) {
		unsigned node = (unsigned)__builtin_ctzll(m);

		for (unsigned i = weights[node] ? weights[node] : 1; i; i--)
			part->nodes[part->nr_nodes++] = (int8_t)node;
	}
	return 0;
}

static struct topo_node_set nodes_of(const struct machine_conf *m)
{
	struct topo_node_set set = { .nr = m->conf.nr_nodes };

	for (unsigned n = 0; n < m->conf.nr_nodes; n++)
		set.usable |= (uint64_t)(machine_frames_of(m, n) > 0) << n;
	return set;
}

static int make_part(struct placement_part *part, const struct words *w,
		     const struct machine_conf *m, char *why, size_t len)
{
	const struct topo_node_set of = nodes_of(m);
	unsigned weights[PGA_MAX_NODES] = { 0 };
	int rc = find_kind(w->name, &part->info, why, len);

	if (!rc)
		rc = read_nodes(part->info, w, &of, weights, &part->mask, why, len);
	if (rc)
		return rc;
	if (!part->mask && (part->info->takes & PL_TURNS))
		part->mask = of.usable;
	if (!part->mask && (part->info->takes & PL_FIRST))
		part->mask = of.usable & -of.usable;
	rc = part->info->takes & PL_TURNS ? make_turns(part, weights) : 0;
	if (rc)
		snprintf(why, len, "out of memory");
	return rc;
}

int placement_make(struct placement *p, const char *text, const struct machine_conf *m, char *why,
		   size_t len)
{
	char what[200] = "";

	*p = (struct placement){ 0 };
	int rc = placement_check(text, what, sizeof(what));

	text = text_of(text);
	for (const char *at = text; at && !rc;) {
		struct words w;

		at = cut(at, &w);
		rc = make_part(&p->part[p->nr], &w, m, what, sizeof(what));
		p->ctx[p->nr].nodemask = &p->part[p->nr].mask;
		p->nr++;
	}
	if (rc)
		snprintf(why, len, "placement %s: %s", text, what);
	return rc == -ERANGE ? -EOPNOTSUPP : rc;
}

void placement_free(struct placement *p)
{
	for (unsigned i = 0; i < p->nr; i++)
		free(p->part[i].nodes);
	p->nr = 0;
}

static unsigned part_of(const struct placement *p, unsigned thread)
{
	return thread % p->nr;
}

uint64_t placement_reach(const struct placement *p, const struct machine_conf *m, unsigned thread,
			 unsigned node)
{
	const struct placement_part *part = &p->part[part_of(p, thread)];

	if (!(part->info->takes & PL_ONLY))
		return nodes_of(m).usable;
	return part->mask ? part->mask : nodes_of(m).usable & 1ull << node;
}

/* The first turn of the node that is the thread's own to begin with. */
static unsigned first_turn(const struct placement_part *part, unsigned thread)
{
	unsigned skip = thread % (unsigned)__builtin_popcountll(part->mask), at = 0;

	while (skip--)
		for (int8_t node = part->nodes[at]; part->nodes[at] == node;)
			at++;
	return at;
}

bool placement_turns(const struct placement *p, unsigned thread)
{
	return p->part[part_of(p, thread)].info->takes & PL_TURNS;
}

static const int8_t cpus_own = -1;

/*
 * Bound to one node, a request asks for that one alone.  A set of nodes is a
 * mask over the zonelist of the CPU's node, so that the nearest comes first.
 */
void placement_apply(const struct placement *p, const struct machine_conf *m, struct wl_thread *t)
{
	unsigned which = part_of(p, t->index), node = m->cpu_node[t->req.cpu];
	const struct placement_part *part = &p->part[which];
	bool several = part->mask & (part->mask - 1);

	t->req.node = -1;
	t->more = part->info->more;
	t->less = part->info->less;
	if (part->info->takes & PL_TURNS) {
		t->nodes = part->nodes;
		t->nr_nodes = part->nr_nodes;
		t->next_node = first_turn(part, t->index);
		t->req.node = t->nodes[t->next_node];
	} else if ((part->info->takes & PL_AGAIN) || several) {
		t->ctx = &p->ctx[which];
		t->nodes = &cpus_own;
		t->nr_nodes = 1;
	} else if (part->info->takes & (PL_ONLY | PL_FIRST)) {
		t->req.node = (int8_t)(part->mask ? (unsigned)__builtin_ctzll(part->mask) : node);
		t->more |= part->info->takes & PL_ONLY ? (uint32_t)PGA_GFP_THISNODE : 0u;
	}
	t->again = part->info->takes & PL_AGAIN ? t->req.gfp : 0;
	t->req.gfp = (t->req.gfp & ~t->less) | t->more;
}
