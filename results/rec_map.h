/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map over time: all pageblocks of a sample, by type and fill, at
 * the points of its series where frames were looked at.
 *
 * The file.  RUN/maps.jsonl beside samples.jsonl: one JSON object per line and
 * sample, found by the members `cell` (the record's hash) and `sample`; of two
 * lines for the same the later one counts, and a line that is no such object
 * is passed over (a crash leaves half of one).  Members:
 *
 *	cell, sample, seed	those of the record
 *	block_frames		frames of a pageblock
 *	blocks			pageblocks that hold a frame of a zone, in ascending
 *				order of zones
 *	group			pageblocks that one cell of the picture stands for
 *	typed			false: the mechanism has no types, fill is all there is
 *	zones			[["node 0 DMA", 0], ...]: name, first cell
 *	note			what is missing, ""
 *	requests		[allocations and frees so far], one for each point
 *	types, fill, most	[text], one for each point
 *
 * The texts name a cell after the other, as letters with a number of
 * repetitions before them where it is not 1: "120m3U5m" has 128 cells.
 *
 *	types	u unmovable, e reclaimable, m movable, r reserve, c CMA, i isolate,
 *		n none; of a group what most of its blocks are.  - no memory is there.
 *		Upper case: mixed, see below.
 *	fill	a: no frame is in use; b to y: 1 + frames in use * 24 / frames there,
 *		rounded down; z: all are.  Of a group: all of its frames together.
 *	most	the same of the fullest pageblock of each cell; only where group > 1
 *
 * In use is what is not on a free list: lists of CPUs and frames kept back at
 * boot count.  Mixed is a pageblock with movable and other allocated frames,
 * whatever its type ("hybrid"), and a group with one.
 *
 * In JavaScript a text is spread out by
 *	text.replace(/(\d+)(\D)/g, (all, n, letter) => letter.repeat(n))
 *
 * Colours.  rec_map_colour() is the one legend of terminal, SVG and page.
 */
#ifndef RESULTS_REC_MAP_H
#define RESULTS_REC_MAP_H

#include "results/record.h"

#define REC_MAP_FILE "maps.jsonl"
#define REC_MAP_CELLS 4096 /* at most; more pageblocks are drawn in groups */
#define REC_MAP_ZONES 64
#define REC_MAP_FULL 25 /* the level of a block with all frames in use; 0: none */

enum rec_map_kind {
	REC_MAP_UNMOVABLE,
	REC_MAP_RECLAIMABLE,
	REC_MAP_MOVABLE,
	REC_MAP_RESERVE,
	REC_MAP_CMA,
	REC_MAP_ISOLATE,
	REC_MAP_NONE, /* the mechanism has no types */
	REC_MAP_HOLE, /* no memory is there */
	REC_MAP_NR_KINDS
};

/* How a cell is drawn: the types, then what goes before them. */
struct rec_map_look {
	const char *name;
	char letter;	       /* in the file, and on a terminal without colours */
	unsigned char rgb[3];  /* of a full block */
	unsigned char ansi256; /* the nearest of the 256 colours of terminals */
};
#define REC_MAP_MIXED REC_MAP_NR_KINDS	    /* of a mixed cell */
#define REC_MAP_FREE (REC_MAP_NR_KINDS + 1) /* of a cell without a frame in use */
#define REC_MAP_LOOKS (REC_MAP_NR_KINDS + 2)
extern const struct rec_map_look rec_map_looks[REC_MAP_LOOKS];

struct rec_map_cell {
	uint8_t kind; /* enum rec_map_kind */
	uint8_t mixed;
	uint8_t fill, most; /* levels */
};

struct rec_map {
	char cell[REC_TEXT];
	uint64_t sample, seed;
	uint64_t blocks;
	unsigned block_frames, group, nr_cells, nr_points, nr_zones;
	bool typed;
	char note[96];
	struct {
		char name[32];
		unsigned first; /* cell */
	} zone[REC_MAP_ZONES];
	double requests[REC_MAX_POINTS];
	struct rec_map_cell *at[REC_MAX_POINTS]; /* [nr_points][nr_cells], owned */
};

/** rec_map_level - of a block: 0 to REC_MAP_FULL. */
uint8_t rec_map_level(uint64_t used, uint64_t frames);

/**
 * rec_map_look - index into rec_map_looks for a cell
 * Free goes before mixed, mixed before the type; a mechanism without types has
 * nothing that could be mixed wrongly.
 */
unsigned rec_map_look(const struct rec_map_cell *c);
/** rec_map_colour - of a cell: its look's, the lighter the emptier it is. */
void rec_map_colour(const struct rec_map_cell *c, unsigned char rgb[3]);
/**
 * rec_map_merge - one cell for @nr of them, as a group of pageblocks has
 * Holes do not count where others do; a cell weighs as much as another.
 */
struct rec_map_cell rec_map_merge(const struct rec_map_cell *cells, unsigned nr);

/**
 * rec_map_append - add a line to the file @path, which is made when it is not there
 * Return: 0; -ENOMEM; -errno of the file.
 */
int rec_map_append(const char *path, const struct rec_map *m);
/**
 * rec_map_read - the map of a record of the run @dir; free with rec_map_release
 * Return: 0; -ENOENT: there is none; -errno of the file; one line in @err.
 */
int rec_map_read(struct rec_map *m, const char *dir, const struct record *r, char *err, size_t len);
/** rec_map_from_json - a line of the file: 0; -ENOMEM; -EINVAL. Free with rec_map_release. */
int rec_map_from_json(struct rec_map *m, struct json_t *o);
void rec_map_release(struct rec_map *m);

#endif
