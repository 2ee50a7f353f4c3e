/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of nodes as a user writes them. */
#include "numa/backend.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define LIST_MAX 128u /* characters */

/* Digits, ',' and '-', a digit first and last: what hwloc reads as a finite list. */
static bool is_list(const char *text)
{
	size_t n = strlen(text);

	return n && n < LIST_MAX && n == strspn(text, "0123456789,-") &&
	       isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[n - 1]) &&
	       !strstr(text, ",,") && !strstr(text, "--") && !strstr(text, ",-") &&
	       !strstr(text, "-,");
}

static int read_list(const char *text, const char *whole, hwloc_bitmap_t set, char *why, size_t len)
{
	if (is_list(text) && !hwloc_bitmap_list_sscanf(set, text) && !hwloc_bitmap_iszero(set))
		return 0;
	snprintf(why, len,
		 "nodes '%s': wants numbers as in 0,2-3, also with '!' (all but those) or '+' "
		 "(counted among the nodes with memory) before them, or all",
		 whole);
	return -EINVAL;
}

static unsigned usable_nodes(const struct topo_node_set *of)
{
	return (unsigned)__builtin_popcountll(of->usable);
}

/* The node that is number @rank of those with memory. */
static unsigned nth_usable(const struct topo_node_set *of, unsigned rank)
{
	uint64_t left = of->usable;

	while (rank--)
		left &= left - 1;
	return (unsigned)__builtin_ctzll(left);
}

static int take(const struct topo_node_set *of, hwloc_bitmap_t set, bool relative, uint64_t *mask,
		char *why, size_t len)
{
	unsigned nr = relative ? usable_nodes(of) : of->nr;
	int node;

	for (node = hwloc_bitmap_first(set); node >= 0; node = hwloc_bitmap_next(set, node)) {
		if ((unsigned)node >= nr) {
			snprintf(why, len, "node %s%d: the machine has nodes %s0 to %s%u",
				 relative ? "+" : "", node, relative ? "+" : "",
				 relative ? "+" : "", nr - 1);
			return -ERANGE;
		}
		*mask |= 1ull << (relative ? nth_usable(of, (unsigned)node) : (unsigned)node);
	}
	return 0;
}

int topo_parse_nodes(const char *text, const struct topo_node_set *of, uint64_t *mask, char *why,
		     size_t len)
{
	bool not = text[0] == '!', relative;
	const char *list = text + not ;
	hwloc_bitmap_t set;
	int rc;

	*mask = 0;
	relative = list[0] == '+';
	list += relative;
	if (!strcmp(text, "all")) {
		*mask = of->usable;
		return 0;
	}
	set = hwloc_bitmap_alloc();
	if (!set) {
		snprintf(why, len, "nodes '%s': out of memory", text);
		return -ENOMEM;
	}
	rc = read_list(list, text, set, why, len);
	if (!rc)
		rc = take(of, set, relative, mask, why, len);
	hwloc_bitmap_free(set);
	if (rc)
		return rc;
	if (not )
		*mask = of->usable & ~*mask;
	if (*mask & ~of->usable) {
		snprintf(why, len, "node %d has no memory", __builtin_ctzll(*mask & ~of->usable));
		return -ERANGE;
	}
	if (*mask)
		return 0;
	snprintf(why, len, "nodes '%s': no node with memory is left", text);
	return -ERANGE;
}
