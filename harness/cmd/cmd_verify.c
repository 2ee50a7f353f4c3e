/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench verify: conformance vectors, replayed and compared. */
#include "harness/cmd/cmd_verify.h"

#include "harness/cmd/cmd.h"
#include "harness/palvec/palvec.h"

#include <inttypes.h>
#include <stdlib.h>

#define MAX_FILES 4096

struct options {
	bool record;
};

static const struct opt table[] = {
	{ .name = "record",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct options, record),
	  .help = "print the files with the answers that the mechanisms give now, instead of "
		  "comparing; their operations need no answers" },
	{ .name = NULL },
};
const struct opt_cmd opt_verify = {
	.name = "verify",
	.args = "FILE...",
	.summary = "Replay conformance vectors on the mechanism of their model and compare every "
		   "answer and state. Prints a line for each file, and where one diverges first. "
		   "Exit status: 0 all ok or skipped, 1 a file failed, 77 all skipped.",
	.table = table,
	.min_args = 1,
	.max_args = MAX_FILES,
};

struct totals {
	uint64_t files[PV_FAILED + 1], ops;
};

/* 1234567 as 1,234,567 */
static const char *grouped(uint64_t n, char text[32])
{
	char plain[24];
	int len = snprintf(plain, sizeof(plain), "%" PRIu64, n), out = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = plain[i];
	}
	text[out] = '\0';
	return text;
}

static void verify_file(const char *path, FILE *record, struct totals *t)
{
	FILE *out = record ? stderr : stdout;
	struct bench_pv_result r;

	bench_pv_verify(path, record, &r);
	t->files[r.outcome]++;
	switch (r.outcome) {
	case PV_OK:
		fprintf(out, "%s: ok %" PRIu64 " ops\n", path, r.ops);
		t->ops += r.ops;
		break;
	case PV_SKIPPED:
		fprintf(out, "%s: skip: %s\n", path, r.text);
		break;
	case PV_FAILED:
		fprintf(out, "%s: FAILED %s\n", path, r.text ? r.text : "no memory");
		break;
	}
	fflush(out);
	free(r.text);
}

int cmd_verify(int argc, char **argv)
{
	static const char *args[MAX_FILES];
	struct options o = { 0 };
	int nr = opt_parse(&opt_verify, argc, argv, &o, args);
	struct totals t = { { 0 }, 0 };
	char text[32];

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	for (int i = 0; i < nr; i++)
		verify_file(args[i], o.record ? stdout : NULL, &t);
	fprintf(o.record ? stderr : stdout,
		"%" PRIu64 " ok (%s operations), %" PRIu64 " skipped, %" PRIu64 " failed\n",
		t.files[PV_OK], grouped(t.ops, text), t.files[PV_SKIPPED], t.files[PV_FAILED]);
	if (t.files[PV_FAILED])
		return EXIT_FAILED;
	return t.files[PV_OK] ? EXIT_OK : EXIT_SKIPPED;
}
