/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine as one cell of a matrix uses it: packages, nodes, caches, cores and
 * CPUs; the zones that the cell's variant lays out in each node, the lists of
 * its CPUs, and who is pinned where.  On the terminal, and as SVG.
 *
 * Threads: none of its own; a view belongs to one.
 */
#ifndef HARNESS_TOPO_VIEW_H
#define HARNESS_TOPO_VIEW_H

#include "harness/engine/placement.h"
#include "harness/matrix/matrix.h"

struct topo_view {
	const struct topo *t;
	struct bench_cell cell; /* a copy; without backing */
	struct machine_conf *m;
	struct placement place;
	char memory[REC_TEXT]; /* the cell's memory in words */
	char params[REC_TEXT];
	/* Of zone i of m->conf, when lists_why is "". */
	struct {
		uint32_t high, batch; /* frames; 0: zone without lists */
	} list[2 * PGA_MAX_NODES + 2];
	char lists_why[128];
	uint64_t falls[PGA_MAX_NODES]; /* nodes that serve who names node i; 0: not known */
};

/**
 * topo_view_open - lay the cell out on @t
 * @t, @mc: must outlive it
 * Free with topo_view_close, also after a failure.
 * Return: 0, or -errno with one line in @why.
 */
int topo_view_open(struct topo_view *v, const struct topo *t, const struct matrix_cell *mc,
		   char *why, size_t len);
void topo_view_close(struct topo_view *v);

/* One line of text each, cut to @len. */
/** topo_view_title - the cell. */
void topo_view_title(const struct topo_view *v, char *text, size_t len);
/** topo_view_bytes - "1.5 GiB". */
void topo_view_bytes(uint64_t bytes, char *text, size_t len);
/** topo_view_node - "node 0 (os 2): 8.0 GiB, usable 7.0 GiB". */
void topo_view_node(const struct topo_view *v, unsigned node, char *text, size_t len);
/** topo_view_list - of zone @zone of m->conf: "lists: high 186, batch 31". */
void topo_view_list(const struct topo_view *v, unsigned zone, char *text, size_t len);
/** topo_view_caches - caches that no other core shares: "L2 1.0 MiB, L1d 32.0 KiB"; "". */
void topo_view_caches(const struct topo_view *v, unsigned cpu, char *text, size_t len);
/** topo_view_cache - "L3 8.0 MiB", of a kind. */
void topo_view_cache(const struct topo_cache *c, char *text, size_t len);
/** topo_view_pinned - who is pinned to a CPU: "thread 0", "kswapd of node 2", ""; threads: how
 * many. */
void topo_view_pinned(const struct topo_view *v, unsigned cpu, unsigned *threads, char *text,
		      size_t len);
/** topo_view_thread - where a thread is, what it asks for and what it can get. */
void topo_view_thread(const struct topo_view *v, unsigned thread, char *text, size_t len);

/*
 * CPUs of a node in their order, cut into parts that share something: a package
 * where a node has several, then each kind of cache that several cores share.
 */
#define TOPO_VIEW_PACKAGE UINT32_MAX
#define TOPO_VIEW_MOST_LEVELS 8u
struct topo_view_cut {
	unsigned nr_cpus, *cpu; /* owned */
	unsigned nr_levels;
	unsigned level[TOPO_VIEW_MOST_LEVELS]; /* a kind of cache, or TOPO_VIEW_PACKAGE */
};
/** topo_view_cut - of a node; 0 or -ENOMEM; free cut->cpu. */
int topo_view_cut(const struct topo_view *v, unsigned node, struct topo_view_cut *cut);
/** topo_view_part - end of the part that begins at @from on a level; @shared: it has the thing. */
unsigned topo_view_part(const struct topo_view *v, const struct topo_view_cut *cut, unsigned level,
			unsigned from, unsigned to, bool *shared);
/** topo_view_core - end of the core that begins at @from. */
unsigned topo_view_core(const struct topo_view *v, const struct topo_view_cut *cut, unsigned from,
			unsigned to);
/** topo_view_package - the one package of a node's CPUs; -1: several, or no CPUs. */
int topo_view_package(const struct topo_view *v, unsigned node);

/** topo_view_print - all of it as text. */
void topo_view_print(const struct topo_view *v, FILE *f);
/** topo_view_svg - all of it as a drawing; 0, or -errno of the file with one line in @err. */
int topo_view_svg(const struct topo_view *v, const char *path, char *err, size_t len);

#endif
