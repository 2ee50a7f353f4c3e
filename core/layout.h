/* SPDX-License-Identifier: GPL-2.0-only */
/* Laying out a mechanism's metadata: extents, one after the other, whole pages each. */
#ifndef CORE_LAYOUT_H
#define CORE_LAYOUT_H

#include "core/conf.h"
#include "core/frame.h"

#define PGA_META_PAGE 4096u
#define PGA_FRAMES_PER_PAGE (PGA_META_PAGE / (uint32_t)sizeof(struct pga_frame))

/* Receives extents; counts on beyond max, so that a second run knows how many there are. */
struct pga_layout {
	struct pga_extent *ext;
	unsigned nr, max;
	size_t at; /* end of the last one, bytes */
};

static inline size_t pga_round_up(size_t v, size_t to)
{
	return (v + to - 1) / to * to;
}

/** pga_layout_emit - one extent of at least @bytes. Return: where it begins */
size_t pga_layout_emit(struct pga_layout *l, size_t bytes, enum pga_part part, unsigned id,
		       const char *what);

/**
 * pga_layout_frames - the table of the frames @start .. @end - 1
 * One extent for each run of zones of one node; a page on a border goes to the
 * upper node.  @start is a multiple of PGA_FRAMES_PER_PAGE.
 */
void pga_layout_frames(struct pga_layout *l, const struct pga_conf *conf, uint64_t start,
		       uint64_t end);

/**
 * pga_layout_check - can links of 32 bits name all frames of @conf, and what is not frames?
 * Return: 0, or -EINVAL with the reason in @why.
 */
int pga_layout_check(const struct pga_conf *conf, char *why, size_t len);

#endif
