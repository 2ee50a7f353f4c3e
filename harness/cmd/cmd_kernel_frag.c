/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench kernel-frag: the running kernel's own fragmentation. */
#include "harness/cmd/cmd_kernel_frag.h"

#include "harness/cmd/cmd.h"
#include "harness/kernel/kernel_frag.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HUGE_ORDER 9u

struct frag_opts {
	const char *root;
	bool json;
};

static const struct opt table[] = {
	{ .name = "root",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct frag_opts, root),
	  .arg = "DIR",
	  .help = "read buddyinfo, pagetypeinfo, zoneinfo and vmstat from DIR instead of /proc" },
	{ .name = "json",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct frag_opts, json),
	  .help = "one JSON object instead of tables" },
	{ .name = NULL },
};
const struct opt_cmd opt_kernel_frag = {
	.name = "kernel-frag",
	.args = "",
	.summary = "Show how fragmented the running kernel's memory is, by node and zone, with the "
		   "metrics of docs/METRICS.md that it shows enough for.",
	.table = table,
};

static const char unseen[] =
	"the kernel does not show which frames are used: no moves, free_huge, fill, clean, hybrid, "
	"robson, and no squares of extents (here: of blocks)";

/* The score of a zone counts that of its node by its share; -1: not known. */
static int64_t score(const struct kfrag *k, const struct kfrag_zone *z)
{
	if (!z->has_present)
		return -1;
	return (int64_t)wl_frag_score(&z->free, z->present, kfrag_node_present(k, z->node));
}

static int64_t node_score(const struct kfrag *k, unsigned node)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < k->nr_zones; i++) {
		int64_t s = k->zones[i].node == node ? score(k, &k->zones[i]) : 0;

		if (s < 0)
			return -1;
		sum += s;
	}
	return sum;
}

/* The first zone of its node, at which the node's own line is due. */
static bool first_of_node(const struct kfrag *k, unsigned zone)
{
	for (unsigned z = 0; z < zone; z++)
		if (k->zones[z].node == k->zones[zone].node)
			return false;
	return true;
}

/* What compaction did; NaN: not known. */
struct efficacy {
	double success, efficacy, failed;
};

static double percent(const struct kfrag *k, enum kfrag_stat part, enum kfrag_stat rest, bool of)
{
	double p = (double)k->stats[part], r = (double)k->stats[rest];
	double whole = of ? r : p + r;

	if (!k->has_stats[part] || !k->has_stats[rest] || !(whole > 0))
		return (double)NAN;
	return 100 * p / whole;
}

static struct efficacy efficacy(const struct kfrag *k)
{
	return (struct efficacy){
		.success = percent(k, KFRAG_compact_success, KFRAG_compact_stall, true),
		.efficacy =
			percent(k, KFRAG_pgmigrate_success, KFRAG_compact_migrate_scanned, true),
		.failed = percent(k, KFRAG_pgmigrate_fail, KFRAG_pgmigrate_success, false),
	};
}

static json_t *number(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static json_t *thousandths(int (*index)(const struct wl_frag *, unsigned),
			   const struct kfrag_zone *z)
{
	json_t *out = json_array();

	for (unsigned o = 0; o < z->nr_orders; o++)
		json_array_append_new(out, json_real(index(&z->free, o) / 1000.0));
	return out;
}

static json_t *counts(const uint64_t *count, unsigned nr)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < nr; i++)
		json_array_append_new(out, json_integer((json_int_t)count[i]));
	return out;
}

static json_t *by_type(const struct kfrag *k, const uint64_t *count, bool has)
{
	json_t *out = has ? json_object() : json_null();

	for (unsigned t = 0; has && t < k->nr_types; t++)
		json_object_set_new(out, k->types[t], json_integer((json_int_t)count[t]));
	return out;
}

static json_t *types_json(const struct kfrag *k, const struct kfrag_zone *z)
{
	json_t *out = z->has_types ? json_object() : json_null();

	for (unsigned t = 0; z->has_types && t < k->nr_types; t++)
		json_object_set_new(out, k->types[t], counts(z->by_type[t], z->nr_orders));
	return out;
}

static bool any_capped(const struct kfrag_zone *z)
{
	for (unsigned t = 0; t < KFRAG_MAX_TYPES; t++)
		for (unsigned o = 0; o < PGA_MAX_ORDERS; o++)
			if (z->capped[t][o])
				return true;
	return false;
}

static json_t *zone_json(const struct kfrag *k, const struct kfrag_zone *z)
{
	json_t *o = json_object(), *fmfi = json_array(), *extfrag = json_array();

	for (unsigned i = 0; i < z->nr_orders; i++) {
		json_array_append_new(fmfi, number(wl_frag_fmfi(&z->free, i)));
		json_array_append_new(extfrag, json_integer(wl_frag_extfrag(&z->free, i)));
	}
	json_object_set_new(o, "node", json_integer(z->node));
	json_object_set_new(o, "zone", json_string(z->name));
	json_object_set_new(o, "free", json_integer((json_int_t)wl_frag_frames(&z->free)));
	json_object_set_new(o, "blocks", counts(z->free.blocks, z->nr_orders));
	json_object_set_new(o, "Fu", thousandths(wl_frag_fu, z));
	json_object_set_new(o, "Fi", thousandths(wl_frag_fi, z));
	json_object_set_new(o, "FMFI", fmfi);
	json_object_set_new(o, "extfrag", extfrag);
	json_object_set_new(o, "largest", number(wl_frag_largest(&z->free)));
	json_object_set_new(o, "squares", number(wl_frag_squares(&z->free)));
	json_object_set_new(o, "score", score(k, z) < 0 ? json_null() : json_integer(score(k, z)));
	json_object_set_new(o, "types", types_json(k, z));
	json_object_set_new(o, "types_capped", json_boolean(any_capped(z)));
	json_object_set_new(o, "pageblocks", by_type(k, z->pageblocks, z->has_blocks));
	json_object_set_new(o, "polluted", by_type(k, z->mixed, z->has_mixed));
	return o;
}

static void print_json(const struct kfrag *k, const char *root)
{
	json_t *zones = json_array(), *nodes = json_array(), *notes = json_array();
	const char *const whys[] = { unseen, k->why_types, k->why_present, k->why_stats };
	struct efficacy e = efficacy(k);

	for (unsigned z = 0; z < k->nr_zones; z++) {
		unsigned node = k->zones[z].node;
		int64_t s = node_score(k, node);

		json_array_append_new(zones, zone_json(k, &k->zones[z]));
		if (first_of_node(k, z))
			json_array_append_new(nodes,
					      json_pack("{s:i, s:o}", "node", (int)node, "score",
							s < 0 ? json_null() : json_integer(s)));
	}
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (*whys[i])
			json_array_append_new(notes, json_string(whys[i]));
	json_t *o = json_pack(
		"{s:s, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:o}", "source", root, "pageblock_order",
		k->pageblock_order ? json_integer(k->pageblock_order) : json_null(), "nodes", nodes,
		"zones", zones, "compact", "success", number(e.success), "efficacy",
		number(e.efficacy), "failed", number(e.failed), "notes", notes);

	json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(o);
}

#define LABEL 20

static void print_counts(const char *label, const uint64_t *count, const bool *capped, unsigned nr)
{
	printf("  %-*s", LABEL, label);
	for (unsigned o = 0; o < nr; o++)
		printf(" %s%*" PRIu64, capped && capped[o] ? ">" : "", capped && capped[o] ? 6 : 7,
		       count[o]);
	putchar('\n');
}

static void print_types(const struct kfrag *k, const struct kfrag_zone *z)
{
	char label[32];

	for (unsigned t = 0; z->has_types && t < k->nr_types; t++) {
		snprintf(label, sizeof(label), "free %s", k->types[t]);
		print_counts(label, z->by_type[t], z->capped[t], z->nr_orders);
	}
	for (unsigned t = 0; z->has_blocks && t < k->nr_types; t++)
		printf("%s %s %" PRIu64, t ? "," : "  pageblocks:", k->types[t], z->pageblocks[t]);
	if (z->has_blocks)
		putchar('\n');
	for (unsigned t = 0; z->has_mixed && t < k->nr_types; t++)
		printf("%s %s %" PRIu64, t ? "," : "  polluted:", k->types[t], z->mixed[t]);
	if (z->has_mixed)
		putchar('\n');
}

static void print_zone(const struct kfrag *k, const struct kfrag_zone *z)
{
	const struct wl_frag *f = &z->free;
	int64_t s = score(k, z);

	printf("\nNode %u, zone %s   %" PRIu64 " free frames in %" PRIu64 " blocks", z->node,
	       z->name, wl_frag_frames(f), wl_frag_nr_blocks(f));
	if (wl_frag_frames(f))
		printf(", largest %.4f, squares %.4f", wl_frag_largest(f), wl_frag_squares(f));
	if (s >= 0)
		printf(", score %" PRId64, s);
	printf("\n  %-*s", LABEL, "order");
	for (unsigned o = 0; o < z->nr_orders; o++)
		printf(" %7u", o);
	putchar('\n');
	print_counts("free blocks", f->blocks, NULL, z->nr_orders);
	printf("  %-*s", LABEL, "Fu");
	for (unsigned o = 0; o < z->nr_orders; o++)
		printf(" %7.3f", wl_frag_fu(f, o) / 1000.0);
	printf("\n  %-*s", LABEL, "Fi");
	for (unsigned o = 0; o < z->nr_orders; o++)
		printf(" %7.3f", wl_frag_fi(f, o) / 1000.0);
	printf("\n  %-*s", LABEL, "FMFI");
	for (unsigned o = 0; o < z->nr_orders; o++)
		if (wl_frag_nr_blocks(f))
			printf(" %7.3f", wl_frag_fmfi(f, o));
		else
			printf(" %7s", "-");
	putchar('\n');
	print_types(k, z);
}

static void print_tables(const struct kfrag *k, const char *root)
{
	const char *const whys[] = { k->why_types, k->why_present, k->why_stats };
	const struct efficacy e = efficacy(k);
	const struct {
		const char *what;
		double value;
	} shares[] = {
		{ "direct compactions after which the request was served", e.success },
		{ "frames migrated, of those scanned", e.efficacy },
		{ "frames that did not let migrate", e.failed },
	};

	printf("Fragmentation of free memory, from %s   Fu: 0 none, 1 all useless for the order; "
	       "Fi: -1 would be served, to 0 lack of memory, to 1 fragmentation\n",
	       root);
	for (unsigned z = 0; z < k->nr_zones; z++)
		print_zone(k, &k->zones[z]);
	putchar('\n');
	for (unsigned z = 0; z < k->nr_zones; z++) {
		unsigned node = k->zones[z].node;

		if (first_of_node(k, z) && node_score(k, node) >= 0)
			printf("Node %u: score %" PRId64 " for proactive compaction\n", node,
			       node_score(k, node));
	}
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (!isnan(shares[i].value))
			printf("%s since boot: %.1f %%\n", shares[i].what, shares[i].value);
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (*whys[i])
			printf("note: %s\n", whys[i]);
	printf("note: %s\n", unseen);
}

int cmd_kernel_frag(int argc, char **argv)
{
	struct frag_opts o = { .root = "/proc" };
	struct kfrag k;
	char err[768];
	int rc = opt_parse(&opt_kernel_frag, argc, argv, &o, NULL);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	rc = kfrag_read(&k, o.root, err, sizeof(err));
	if (rc)
		bench_err("kernel-frag: %s", err);
	else if (o.json)
		print_json(&k, o.root);
	else
		print_tables(&k, o.root);
	kfrag_free(&k);
	if (!rc && (fflush(stdout) || ferror(stdout))) {
		bench_err("kernel-frag: cannot write to standard output");
		rc = -EIO;
	}
	return rc ? EXIT_FAILED : EXIT_OK;
}
