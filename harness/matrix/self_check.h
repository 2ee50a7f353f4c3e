/* SPDX-License-Identifier: GPL-2.0-only */
/* A matrix of one variant three times: as it is, once more, and made slower. */
#ifndef HARNESS_SELF_CHECK_H
#define HARNESS_SELF_CHECK_H

#include "harness/matrix/matrix.h"

#define SELF_CHECK_PLANT 0.05 /* share by which the third takes longer */
#define SELF_CHECK_ROUNDS 16  /* of a matrix without `until` */

/** self_check_variants - of the matrix only the baseline is left, three times. */
void self_check_variants(struct matrix *m);
/** self_check_plant - after matrix_expand: which cells spin, and by how much. */
void self_check_plant(struct matrix_cells *cells);

#endif
