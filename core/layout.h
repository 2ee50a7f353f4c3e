/* SPDX-License-Identifier: GPL-2.0-only */
/* Laying out a mechanism's metadata: extents, one after the other, whole pages each. */
#ifndef CORE_LAYOUT_H
#define CORE_LAYOUT_H

#include "core/conf.h"
#include "core/frame.h"

#define PGA_META_PAGE 4096u
#define PGA_FRAMES_PER_PAGE (PGA_META_PAGE / (uint32_t)sizeof(struct pga_frame))

/*
 * How far into its first page the table of frames begins, in bytes.  Processors take
 * a load for one of what was just stored when the low 12 bits of both addresses agree,
 * and wait for it.  Round frame numbers are the ones that get used: where half of
 * memory is in use, say.  Without the shift they would lie as the beginnings of all
 * other parts do, which every request reads.
 */
#define PGA_FRAMES_SHIFT 0x1c0u
_Static_assert(PGA_FRAMES_SHIFT % sizeof(struct pga_frame) == 0, "in units of links");

/* Frames that a table covers, with the holes and gaps between zones. */
struct pga_span {
	uint64_t start, end;
};

/* Receives extents; counts on beyond max, so that a second run knows how many there are. */
struct pga_layout {
	struct pga_extent *ext;
	unsigned nr, max;
	size_t at;	      /* end of the last one, bytes */
	struct pga_span span; /* of the table; set before the first extent */
	size_t frames;	      /* offset of the table, bytes; set by pga_layout_frames() */
};

/*
 * How a mechanism lays out its metadata: @emit emits its extents in their order, the
 * table of frames last.  @check refuses what only this mechanism can not do; it may
 * be NULL.
 */
struct pga_layout_rule {
	const struct pga_ops *ops; /* its tunables, its zone types, whether it knows CMA */
	void (*emit)(const struct pga_conf *conf, struct pga_layout *l);
	int (*check)(const struct pga_conf *conf, char *why, size_t len);
};

static inline size_t pga_round_up(size_t v, size_t to)
{
	return (v + to - 1) / to * to;
}

/** pga_layout_emit - one extent of at least @bytes. Return: where it begins */
size_t pga_layout_emit(struct pga_layout *l, size_t bytes, enum pga_part part, unsigned id,
		       const char *what);

/**
 * pga_layout_frames - the table of the frames of @l->span
 * One extent for each run of zones of one node; a page on a border goes to the
 * upper node.
 */
void pga_layout_frames(struct pga_layout *l, const struct pga_conf *conf);

/**
 * pga_layout_plan - meta_plan() of pga_ops by a rule
 * Return: the number of extents; -EINVAL when @conf is not for this mechanism or has
 * more frames than links of 32 bits can name, -E2BIG when there are more than @max;
 * both with the reason in @why.
 */
int pga_layout_plan(const struct pga_layout_rule *rule, const struct pga_conf *conf,
		    struct pga_extent *ext, unsigned max, char *why, size_t len);

/**
 * pga_layout_place - find the table again in metadata that was laid out by pga_layout_plan()
 * Fills @l, and @map for links that count from @base.
 * Return: 0, or -EINVAL as pga_layout_plan() does.
 */
int pga_layout_place(const struct pga_layout_rule *rule, const struct pga_conf *conf, void *base,
		     struct pga_layout *l, struct pga_map *map);

#endif
