/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenarios on several threads: actors side by side, ends, what is given back; for TSan. */
#include "harness/engine/engine.h"
#include "harness/matrix/scenario_file.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_seed.h"

#include <stdio.h>
#include <string.h>

static const char *const texts[] = {
	/* An actor of two threads beside owners, and a background that they end. */
	"name: a\nphases:\n"
	"  - name: age\n    meet: true\n    until: {fu9: 80%, free: 30%}\n    actors:\n"
	"      - {workload: holes, threads: 3, last: punch, keep: true}\n"
	"      - {workload: hole-punch, last: punch, keep: true}\n"
	"  - name: m\n    measure: true\n    actors:\n"
	"      - {workload: unmovable-drip, threads: 2, share: 40%}\n"
	"      - {workload: bulk, threads: 1, share: 40%, max-ops: 3000}\n"
	"      - {workload: repeat, threads: rest, fill: 0%, background: true}\n",
	/* Cut in the middle by operations, given back, and once more. */
	"name: b\nphases:\n"
	"  - name: x\n    until: {ops: 4000}\n    actors: [{workload: holes}]\n"
	"  - name: y\n    measure: true\n    until: {ops: 9000}\n    actors:\n"
	"      - {workload: highalloc, threads: 2, share: 60%, ask: 80%}\n"
	"      - {workload: repeat, fill: 20%}\n",
	/* By the clock, whatever that finds. */
	"name: c\nphases:\n"
	"  - name: x\n    until: {seconds: 0.01}\n    actors: [{workload: bulk}]\n"
	"  - name: y\n    measure: true\n    until: {seconds: 0.01}\n"
	"    actors: [{workload: rand}]\n",
};

int main(void)
{
	static struct scenario s;
	unsigned failed = 0, nr = 0;

	for (; nr < sizeof(texts) / sizeof(texts[0]); nr++) {
		struct topo *t = t_topo("synthetic:numa:1 core:4 pu:1", NULL);
		struct bench_cell cell;
		struct engine e = { 0 };
		char why[768] = "";
		int rc = scenario_parse(&s, (const unsigned char *)texts[nr], strlen(texts[nr]),
					"text", why, sizeof(why));

		if (!rc)
			rc = scn_make(&s, why, sizeof(why));
		t_cell_make(&cell, "linux-3.10", "repeat");
		cell.wl = &s.ops;
		cell.threads = 4;
		cell.memory.per_node = 64u << 20;
		if (!rc)
			rc = engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why));
		for (unsigned kind = PASS_TIME; !rc && kind <= PASS_PATHS; kind++) {
			struct engine_pass pass = { .kind = (enum engine_pass_kind)kind };

			rc = engine_run(&e, &pass, why, sizeof(why));
		}
		engine_close(&e);
		topo_free(t);
		failed += rc != 0;
		printf("%sok %u - scenario %s%s%s\n", rc ? "not " : "", nr + 1, s.name,
		       rc ? ": " : "", rc ? why : "");
	}
	printf("%u passed, %u failed\n", nr - failed, failed);
	return failed ? 1 : 0;
}
