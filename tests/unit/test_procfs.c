/* SPDX-License-Identifier: GPL-2.0-only */
/* Our text against the formats' own words, and against the running kernel's. */
#include "harness/kernel/procfs.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct t_instance in;
static char text[65536];

static void print(bench_procfs_fn *fn)
{
	FILE *f = fmemopen(text, sizeof(text), "w");

	cr_assert(f);
	cr_assert_eq(fn(f, in.ops, in.pga, &in.conf), 0);
	fclose(f);
}

static void slurp(const char *file)
{
	FILE *f = fopen(file, "r");
	size_t n;

	if (!f)
		cr_skip_test("%s: %s", file, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if (!n)
		cr_skip_test("%s is empty here", file);
}

static void up(const char *variant, const char *machine)
{
	cr_assert_eq(t_up(&in, variant, machine), 0, "%s", in.why);
}

/* One line of buddyinfo; false when it is not laid out as the kernel does. */
static bool read_buddy_line(const char *line, unsigned *node, char *zone, unsigned long *blocks,
			    unsigned *nr)
{
	int at = 0, used;

	if (sscanf(line, "Node %u, zone %15s %n", node, zone, &at) != 2 || !at)
		return false;
	/* "Node 0, zone " then the name in 8 columns, right-aligned, a space */
	const char *name = strstr(line, ", zone ") + strlen(", zone ");
	size_t wide = strlen(zone) > 8 ? strlen(zone) : 8;

	if (name + wide > line + strlen(line) || name[wide] != ' ' ||
	    strncmp(name + wide - strlen(zone), zone, strlen(zone)))
		return false;
	const char *column = name + wide + 1;

	for (*nr = 0; *column && *column != '\n' && *nr < PGA_MAX_ORDERS; (*nr)++) {
		if (sscanf(column, "%lu%n", &blocks[*nr], &used) != 1 || used < 6 ||
		    column[used] != ' ')
			return false;
		column += used + 1;
	}
	return *column == '\n' || !*column;
}

static unsigned read_buddyinfo(unsigned long *sum)
{
	unsigned node, nr = 0, orders = 0, lines = 0;
	unsigned long blocks[PGA_MAX_ORDERS];
	char zone[16], *save = NULL, copy[sizeof(text)];

	strcpy(copy, text);
	*sum = 0;
	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save), lines++) {
		cr_assert(read_buddy_line(l, &node, zone, blocks, &nr), "line '%s'", l);
		cr_assert(!orders || nr == orders, "%u orders, then %u", orders, nr);
		orders = nr;
		for (unsigned o = 0; o < nr; o++)
			*sum += blocks[o] << o;
	}
	cr_assert_gt(lines, 0);
	return orders;
}

Test(procfs, buddyinfo_reads_as_the_kernels)
{
	unsigned long sum;

	up("skeleton", "x86");
	print(bench_print_buddyinfo);
	cr_expect_eq(read_buddyinfo(&sum), in.conf.nr_orders);
	cr_expect_eq(sum, 32767 - 100);
	cr_expect(!strncmp(text, "Node 0, zone      DMA   3995      0 ", 36), "%s", text);
	t_down(&in);
	slurp("/proc/buddyinfo");
	cr_expect_geq(read_buddyinfo(&sum), 10);
	cr_expect_gt(sum, 0);
}

/* The text before the first number of a line, and where columns end. */
static const char *line_with(const char *words)
{
	const char *at = strstr(text, words);

	cr_assert(at, "no '%s' in:\n%s", words, text);
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

static size_t line_length(const char *words)
{
	return strcspn(line_with(words), "\n");
}

Test(procfs, pagetypeinfo_has_the_kernels_columns)
{
	size_t head, row, unit = 7;

	up("skeleton", "cma");
	print(bench_print_pagetypeinfo);
	cr_expect(!strncmp(text, "Page block order: 9\nPages per block:  512\n\nFree pages ", 52));
	head = line_length("Free pages count per migrate type at order");
	row = line_length("zone   Normal, type    Unmovable");
	cr_expect_eq(row, head, "header %zu, row %zu columns", head, row);
	cr_expect_eq(line_length("Number of blocks type"), 23 + 13 * PGA_NR_TYPES);
	line_with("Node    0, zone   Normal, type          CMA ");
	t_down(&in);

	up("skeleton", "one");
	print(bench_print_pagetypeinfo);
	cr_expect_null(strstr(text, "CMA"), "a CMA column without CMA areas");
	cr_expect_eq(line_length("Number of blocks type"), 23 + 13 * (PGA_NR_TYPES - 1));
	line_with("Node 0, zone   Normal           32 ");
	t_down(&in);

	slurp("/proc/pagetypeinfo");
	/* newer kernels may have more orders; each column is as wide */
	cr_expect_eq((line_length("Free pages count per migrate type at order") - head) % unit, 0);
	cr_expect_eq(line_length("type    Unmovable"),
		     line_length("Free pages count per migrate type at order"));
	cr_expect_eq((line_length("Number of blocks type") - 23) % 13, 0);
}

/* The label of a zoneinfo line: indent and words up to its value. */
static size_t label_length(const char *line)
{
	size_t n = strspn(line, " ");

	while (line[n] && line[n] != '\n' && !(line[n] >= '0' && line[n] <= '9') && line[n] != '(')
		n++;
	while (n && line[n - 1] == ' ')
		n--;
	return n;
}

static bool has_label(const char *all, const char *label, size_t n)
{
	for (const char *l = all; *l; l += strcspn(l, "\n") + 1) {
		if (label_length(l) == n && !strncmp(l, label, n))
			return true;
		if (!l[strcspn(l, "\n")])
			break;
	}
	return false;
}

Test(procfs, zoneinfo_labels_are_the_kernels)
{
	static char ours[sizeof(text)];

	up("skeleton", "two");
	print(bench_print_zoneinfo);
	strcpy(ours, text);
	t_down(&in);
	line_with("Node 1, zone   Normal\n");
	cr_expect(!strncmp(line_with("        protection:"), "        protection: (0, 0, 0, 0)\n",
			   32));
	slurp("/proc/zoneinfo");
	for (const char *l = ours; *l; l += strcspn(l, "\n") + 1) {
		/* newer kernels indent the counters by two more */
		const char *indent = strncmp(l, "    n", 5) ? "" : "  ";
		char label[80];
		size_t n = label_length(l);

		if (strncmp(l, "Node", 4) == 0)
			continue;
		snprintf(label, sizeof(label), "%s%.*s", indent, (int)n, l);
		if (has_label(text, label, strlen(label)) || strstr(label, "numa_"))
			continue; /* kernels without NUMA lack those counters */
		if (strstr(label, "nr_free_cma"))
			continue; /* and those without CMA this one */
		cr_expect(false, "the kernel has no line '%s'", label);
	}
}

Test(procfs, per_cpu_lists_are_shown)
{
	for (const struct pga_variant_row *r = pga_variants; r->name; r++) {
		if (!r->ops->pcp_count || !r->ops->zone_snap)
			continue;
		up(r->name, "one");
		t_free(&in, 1, t_alloc(&in, 1, -1, 0, PGA_GFP_KERNEL).pfn, 0);
		char count[40], *save;
		unsigned long shown = 0;

		print(bench_print_zoneinfo);
		for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
			if (sscanf(l, " count: %39s", count) == 1)
				shown += strtoul(count, NULL, 10);
		cr_expect_eq(shown, t_pcp_frames(&in, 0), "%s: %lu", r->name, shown);
		t_down(&in);
	}
}

Test(procfs, a_mechanism_without_zones_is_refused)
{
	up("null", "one");
	cr_expect_eq(bench_print_buddyinfo(stdout, in.ops, in.pga, &in.conf), -EOPNOTSUPP);
	cr_expect_eq(bench_print_zoneinfo(stdout, in.ops, in.pga, &in.conf), -EOPNOTSUPP);
	t_down(&in);
}
