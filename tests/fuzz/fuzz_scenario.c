/* SPDX-License-Identifier: GPL-2.0-only */
/* libFuzzer: the parser of scenario files; what is refused has a message. */
#include "harness/matrix/scenario_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario *s = malloc(sizeof(*s));
	char why[768] = "";

	if (!s || size > SCENARIO_FILE_MAX)
		goto out;
	if (scenario_parse(s, data, size, "input", why, sizeof(why)) ||
	    scn_make(s, why, sizeof(why))) {
		if (!*why)
			abort();
		goto out;
	}
	if (!s->nr_phases || !s->ops.phases[0].name)
		abort();
out:
	free(s);
	return 0;
}
