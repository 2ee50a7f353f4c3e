/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: the reader of trace files, their description, and the plan of a
 * replay.  What begins like a trace is taken as the file.  Anything else is
 * the contents of parts, which get right lengths and checksums, since no
 * mutation would guess those: each part is a byte for its kind, two for its
 * length, one for its number of items, and the payload.
 */
#include "harness/trace/trace_bits.h"
#include "harness/trace/trace_file.h"
#include "harness/trace/trace_info.h"
#include "harness/trace/trace_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_part(FILE *f, uint8_t kind, uint32_t items, const uint8_t *payload, size_t len)
{
	uint8_t head[TRACE_PART_HEAD] = { kind }, crc[4];

	trace_put32(head + 1, (uint32_t)len);
	trace_put32(head + 5, items);
	trace_put32(crc, trace_crc(trace_crc(0, head, sizeof(head)), payload, len));
	fwrite(head, 1, sizeof(head), f);
	fwrite(payload, 1, len, f);
	fwrite(crc, 1, sizeof(crc), f);
}

static void wrap(const uint8_t *data, size_t size, FILE *f)
{
	static const char kinds[] = "GEZ?";
	struct trace_writer *w = trace_create(f, "kernel=6.1\n");

	trace_discard(w);
	while (size >= 4) {
		size_t len = (size_t)data[1] | (size_t)data[2] << 8;

		if (len > size - 4)
			len = size - 4;
		add_part(f, (uint8_t)kinds[data[0] & 3], data[3], data + 4, len);
		data += 4 + len;
		size -= 4 + len;
	}
}

static void describe(char *bytes, size_t len, FILE *sink)
{
	static struct trace_info info;
	struct trace_reader *r;
	char why[256];

	if (trace_open(&r, fmemopen(bytes, len, "r"), "input", why, sizeof(why)))
		return;
	if (!trace_info_read(&info, r, why, sizeof(why)))
		trace_info_print(&info, r, sink);
	trace_info_close(&info);
	trace_close(r);
}

static void plan(char *bytes, size_t len)
{
	struct wl_trace *trace;
	char why[256];

	if (trace_load(&trace, fmemopen(bytes, len, "r"), "input", why, sizeof(why)))
		return;
	for (unsigned i = 0; i < 4; i++) {
		const struct wl_trace_plan_conf conf = {
			.nr_threads = 1 + i,
			.nr_orders = 11,
			.limit_frames = i & 1 ? 64 : 1u << 20,
			.max_ops = UINT64_MAX,
			.seed = 1,
			.fit = (enum wl_trace_fit)(i >> 1),
			.fill_prior = i & 1,
		};

		wl_trace_plan_free(wl_trace_plan_new(trace, &conf));
	}
	trace_unload(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *sink;
	char *bytes = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&bytes, &len);

	if (!sink)
		sink = fopen("/dev/null", "we");
	if (size && data[0] == (uint8_t)TRACE_MAGIC[0])
		fwrite(data, 1, size, f);
	else
		wrap(data, size, f);
	fclose(f);
	if (len) {
		describe(bytes, len, sink);
		plan(bytes, len);
	}
	free(bytes);
	return 0;
}
