/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/matrix/self_check.h"

#include "results/selfcheck.h"

#include <stdio.h>
#include <string.h>

static const char *const suffixes[] = { "", SELFCHECK_AGAIN, SELFCHECK_PLANT "5%" };

void self_check_variants(struct matrix *m)
{
	struct pga_variant base = m->variants[0];
	const unsigned nr = sizeof(suffixes) / sizeof(suffixes[0]);
	size_t n = strlen(m->name);

	for (unsigned i = 0; i < m->nr_variants; i++)
		if (!strcmp(m->variants[i].name, m->baseline))
			base = m->variants[i];
	m->nr_variants = nr;
	m->nr_swept = 0;
	for (unsigned i = 0; i < nr; i++) {
		m->variants[i] = base;
		snprintf(m->variants[i].name, sizeof(base.name), "%.100s%s", base.name,
			 suffixes[i]);
	}
	snprintf(m->name + n, sizeof(m->name) - n, "-self-check");
	m->nr_groups = 0;
	if (!(m->until > 0))
		m->samples_min = m->samples_max = SELF_CHECK_ROUNDS;
}

void self_check_plant(struct matrix_cells *cells)
{
	for (size_t i = 0; i < cells->nr; i++)
		if (strstr(cells->cell[i].cell.variant.name, SELFCHECK_PLANT))
			cells->cell[i].cell.plant = SELF_CHECK_PLANT;
}
