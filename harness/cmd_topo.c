/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench topo: the machine as a benchmark sees it. */
#include "harness/cmd_topo.h"

#include "harness/cmd.h"
#include "numa/topo.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct options {
	const char *topo, *distances;
	bool json;
};

static const struct opt table[] = {
	{ "topo", 't', OPT_TEXT, offsetof(struct options, topo), "SPEC",
	  "'synthetic:TEXT' in hwloc's syntax (sizes as 64MiB: 64MB is 64,000,000), 'flat', or an "
	  "XML file of hwloc; default: this machine",
	  0, 0, NULL },
	{ "distances", 'd', OPT_TEXT, offsetof(struct options, distances), "MATRIX",
	  "distances between nodes, rows by '/' and columns by ',': 10,21/21,10; default: the "
	  "firmware's, else 10 and 20",
	  0, 0, NULL },
	{ "json", 'j', OPT_FLAG, offsetof(struct options, json), NULL, "print one JSON object", 0,
	  0, NULL },
	{ .name = NULL },
};
const struct opt_cmd opt_topo = {
	.name = "topo",
	.args = "",
	.summary = "Show nodes, CPUs, caches, distances and the memory that may be spent.",
	.table = table,
};

/* "works, proven", "refused: Operation not permitted", "works, not proven: ..." */
static void say(const char *what, int refused, bool proven, const char *why_not)
{
	if (refused)
		printf("%s: refused: %s\n", what, strerror(refused));
	else
		printf("%s: %s%s\n", what,
		       proven ? "works, proven" : "accepted, not proven: ", proven ? "" : why_not);
}

static void print_abilities(const struct topo *t, const struct topo_abilities *able)
{
	if (t->simulated)
		printf("binding: simulated, nothing is bound\n");
	else
		say("binding", able->bind, able->bind_proven,
		    able->prove ? strerror(able->prove) : "the page lies elsewhere");
	say("pinning", able->pin, able->pin_proven, "the thread was not seen to stay");
}

static json_t *refusal(int why)
{
	return why ? json_string(strerror(why)) : json_null();
}

static int print_json(const struct topo *t, const struct topo_abilities *able)
{
	json_t *json = topo_to_json(t);
	json_t *part =
		json_pack("{s:o, s:b, s:o, s:o, s:b}", "bind_refused", refusal(able->bind),
			  "bind_proven", able->bind_proven, "prove_refused", refusal(able->prove),
			  "pin_refused", refusal(able->pin), "pin_proven", able->pin_proven);
	int rc = !json || json_object_set_new(json, "abilities", part) ||
		 json_dumpf(json, stdout, JSON_INDENT(2));

	json_decref(json);
	putchar('\n');
	return rc;
}

int cmd_topo(int argc, char **argv)
{
	struct options o = { 0 };
	struct topo_abilities able;
	struct topo *t;
	const char *args[1];
	char err[512];
	int rc = opt_parse(&opt_topo, argc, argv, &o, args);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	rc = topo_load(&t, o.topo, o.distances, err, sizeof(err));
	if (rc) {
		bench_err("%s", err);
		return rc == -EINVAL || rc == -ENOENT ? EXIT_USAGE : EXIT_FAILED;
	}
	topo_try(t, &able);
	if (o.json) {
		rc = print_json(t, &able);
	} else {
		topo_print(t, stdout);
		print_abilities(t, &able);
	}
	topo_free(t);
	if (rc || fflush(stdout) || ferror(stdout)) {
		bench_err("topo: cannot write the answer: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}
