/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: the converter of text.  What it makes of any input must be a
 * trace that the reader takes, with as many events as the converter counted.
 */
#include "harness/trace/trace_file.h"
#include "harness/trace/trace_text.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(char *bytes, size_t len, uint64_t events)
{
	struct trace_reader *r;
	struct trace_event e;
	char why[256];
	int rc;

	if (trace_open(&r, fmemopen(bytes, len, "r"), "output", why, sizeof(why)))
		abort();
	while ((rc = trace_next(r, &e, why, sizeof(why))) > 0)
		events--;
	if (rc || events)
		abort();
	trace_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_text_counts counts;
	char *bytes = NULL, why[256];
	size_t len = 0;

	if (!size)
		return 0;
	FILE *in = fmemopen((void *)(uintptr_t)data, size, "r"),
	     *out = open_memstream(&bytes, &len);
	int rc = trace_text_convert(in, "input", out, &counts, why, sizeof(why));

	fclose(in);
	fclose(out);
	if (!rc)
		read_back(bytes, len, counts.events);
	free(bytes);
	return 0;
}
