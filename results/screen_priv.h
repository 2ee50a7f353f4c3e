/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that make the closing screen of a run; nobody else includes it. */
#ifndef RESULTS_SCREEN_PRIV_H
#define RESULTS_SCREEN_PRIV_H

#include "results/screen.h"

/**
 * screen_answers - the answers of verdict.h, and a line for each variant
 * @time: by variant, of a time; @frag: of fragmentation, or NULL
 */
void screen_answers(const struct run_data *run, const struct cmp_table *time,
		    const struct cmp_table *frag, const struct screen_path *paths,
		    const struct sink_style *style, FILE *f);

#endif
