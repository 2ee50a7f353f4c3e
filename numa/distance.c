/* SPDX-License-Identifier: GPL-2.0-only */
/* Distances between nodes: the firmware's, the user's, or assumed. */
#include "numa/backend.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL 10u  /* the firmware's word for "the node itself" */
#define REMOTE 20u /* the kernel's guess where the firmware is silent */
#define LARGEST 255u

static int alloc_dist(struct topo *t)
{
	free(t->dist);
	t->dist = calloc((size_t)t->nr_nodes * t->nr_nodes, sizeof(t->dist[0]));
	return t->dist ? 0 : -ENOMEM;
}

int topo_dist_assume(struct topo *t)
{
	if (alloc_dist(t))
		return -ENOMEM;
	for (size_t i = 0; i < (size_t)t->nr_nodes * t->nr_nodes; i++)
		t->dist[i] = i % (t->nr_nodes + 1) ? REMOTE : LOCAL;
	t->dist_source = "assumed";
	return 0;
}

static bool usable(bool diagonal, uint64_t value)
{
	return diagonal ? value == LOCAL : value >= LOCAL && value <= LARGEST;
}

static int reject(const struct topo *t, char *err, size_t len, unsigned row, unsigned column,
		  const char *text)
{
	int width = (int)strcspn(text, ",/ \t\n");

	snprintf(err, len, "distances: row %u, column %u of %u x %u: '%.*s' is not %s", row + 1,
		 column + 1, t->nr_nodes, t->nr_nodes, width > 32 ? 32 : width, text,
		 row == column ? "10, as the diagonal must be" : "a whole number from 10 to 255");
	return -EINVAL;
}

/* What must follow a value: a comma within a row, a slash after it, then the end. */
static int check_separator(const struct topo *t, char *err, size_t len, unsigned row,
			   unsigned column, char found)
{
	bool last_column = column + 1 == t->nr_nodes, last_row = row + 1 == t->nr_nodes;
	char want = '\0';

	if (!last_column)
		want = ',';
	else if (!last_row)
		want = '/';
	if (found == want)
		return 0;
	if (found == ',' || (found != '/' && found != '\0'))
		snprintf(err, len,
			 "distances: row %u: '%c' after column %u; the machine has %u nodes",
			 row + 1, found, column + 1, t->nr_nodes);
	else if (!last_column)
		snprintf(err, len, "distances: row %u has %u of %u columns", row + 1, column + 1,
			 t->nr_nodes);
	else
		snprintf(err, len, "distances: %s rows than the machine's %u nodes",
			 last_row ? "more" : "fewer", t->nr_nodes);
	return -EINVAL;
}

int topo_dist_parse(struct topo *t, const char *text, char *err, size_t len)
{
	const char *at = text;

	if (alloc_dist(t)) {
		snprintf(err, len, "distances: out of memory");
		return -ENOMEM;
	}
	for (unsigned i = 0; i < t->nr_nodes * t->nr_nodes; i++) {
		unsigned row = i / t->nr_nodes, column = i % t->nr_nodes;
		char *end;

		at += strspn(at, " \t\n");
		unsigned long value = strtoul(at, &end, 10);

		if (!isdigit((unsigned char)*at) || !usable(row == column, value))
			return reject(t, err, len, row, column, at);
		end += strspn(end, " \t\n");
		int rc = check_separator(t, err, len, row, column, *end);

		if (rc)
			return rc;
		t->dist[i] = (uint16_t)value;
		at = end + 1;
	}
	t->dist_source = "given";
	return 0;
}

/* Copy hwloc's values; false when one is missing or no firmware distance. */
static bool copy_matrix(struct topo *t, const struct hwloc_distances_s *d)
{
	if (d->nbobjs != t->nr_nodes)
		return false;
	for (unsigned i = 0; i < d->nbobjs; i++) {
		for (unsigned j = 0; j < d->nbobjs; j++) {
			uint64_t value = d->values[i * d->nbobjs + j];
			unsigned row = topo_node_of_os(t, d->objs[i]->os_index);
			unsigned column = topo_node_of_os(t, d->objs[j]->os_index);

			if (row == t->nr_nodes || column == t->nr_nodes || !usable(i == j, value))
				return false;
			t->dist[(size_t)row * t->nr_nodes + column] = (uint16_t)value;
		}
	}
	return true;
}

int topo_dist_hwloc(struct topo *t, hwloc_topology_t hw)
{
	struct hwloc_distances_s *d = NULL;
	unsigned nr = 1;
	bool good = false;

	if (alloc_dist(t))
		return -ENOMEM;
	if (!hwloc_distances_get_by_name(hw, "NUMALatency", &nr, &d, 0) && nr && d) {
		good = copy_matrix(t, d);
		hwloc_distances_release(hw, d);
		if (!good)
			snprintf(t->note, sizeof(t->note),
				 "hwloc's distances do not run from 10 to 255 with 10 for the node "
				 "itself: not used");
	}
	t->dist_source = "firmware";
	return good ? 0 : topo_dist_assume(t);
}
