/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/kernel/kernel_frag.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COUNT ((uint64_t)1 << 40) /* frames or blocks of a zone: 4 PiB of 4 KiB */
#define MAX_ZONES 8192u

const char *const kfrag_stat_names[KFRAG_NR_STATS] = {
#define X(name, help) #name,
	KFRAG_STATS(X)
#undef X
};

/* A file that is read line by line. */
struct lines {
	FILE *f;
	char path[600];
	unsigned nr;
	char *line;
	size_t room;
	char *err;
	size_t len;
};

static int refuse(const struct lines *in, const char *what)
{
	snprintf(in->err, in->len, "%s:%u: %s", in->path, in->nr, what);
	return -EINVAL;
}

static int open_file(struct lines *in, const char *dir, const char *name, char *err, size_t len)
{
	*in = (struct lines){ .err = err, .len = len };
	snprintf(in->path, sizeof(in->path), "%s/%s", dir, name);
	in->f = fopen(in->path, "re");
	if (in->f)
		return 0;
	int rc = -errno;

	snprintf(err, len, "%s: %s", in->path, strerror(-rc));
	return rc;
}

static bool next_line(struct lines *in)
{
	if (getline(&in->line, &in->room, in->f) < 0)
		return false;
	in->nr++;
	in->line[strcspn(in->line, "\n")] = '\0';
	return true;
}

static void close_file(struct lines *in)
{
	fclose(in->f);
	free(in->line);
}

/* The next word of *at; "" at the end. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t,");
	size_t n = strcspn(word, " \t,");

	*at = word[n] ? word + n + 1 : word + n;
	word[n] = '\0';
	return word;
}

static bool read_count(const char *word, uint64_t *count, bool *capped)
{
	char *end;

	*capped = word[0] == '>';
	word += *capped;
	errno = 0;
	*count = strtoull(word, &end, 10);
	return isdigit((unsigned char)word[0]) && !*end && !errno && *count <= MAX_COUNT;
}

/* "Node 0, zone Normal"; *at is what follows. */
static bool read_place(char **at, unsigned *node, char *name, size_t len)
{
	uint64_t n;
	bool capped;

	if (strcmp(next_word(at), "Node") != 0 || !read_count(next_word(at), &n, &capped) ||
	    capped || n >= MAX_ZONES || strcmp(next_word(at), "zone") != 0)
		return false;
	*node = (unsigned)n;
	const char *word = next_word(at);

	snprintf(name, len, "%s", word);
	return word[0] && strlen(word) < len;
}

static struct kfrag_zone *find_zone(const struct kfrag *k, unsigned node, const char *name)
{
	for (unsigned z = 0; z < k->nr_zones; z++)
		if (k->zones[z].node == node && !strcmp(k->zones[z].name, name))
			return &k->zones[z];
	return NULL;
}

static struct kfrag_zone *add_zone(struct kfrag *k)
{
	struct kfrag_zone *more = k->nr_zones < MAX_ZONES
					  ? realloc(k->zones, (k->nr_zones + 1) * sizeof(*more))
					  : NULL;

	if (!more)
		return NULL;
	k->zones = more;
	memset(&more[k->nr_zones], 0, sizeof(*more));
	return &more[k->nr_zones++];
}

static int buddy_line(struct kfrag *k, struct lines *in)
{
	struct kfrag_zone *z = add_zone(k);
	char *at = in->line;
	bool capped;

	if (!z)
		return -ENOMEM;
	if (!read_place(&at, &z->node, z->name, sizeof(z->name)))
		return refuse(in, "wants 'Node N, zone NAME' and the free blocks of each order");
	for (const char *word; *(word = next_word(&at)); z->nr_orders++) {
		if (z->nr_orders == PGA_MAX_ORDERS)
			return refuse(in, "has more than 16 orders");
		if (!read_count(word, &z->free.blocks[z->nr_orders], &capped) || capped)
			return refuse(in, "has a count that is no whole number below 2^40");
	}
	return z->nr_orders ? 0 : refuse(in, "has no counts");
}

static int read_buddyinfo(struct kfrag *k, const char *dir, char *err, size_t len)
{
	struct lines in;
	int rc = open_file(&in, dir, "buddyinfo", err, len);

	if (rc)
		return rc;
	while (!rc && next_line(&in))
		rc = in.line[0] ? buddy_line(k, &in) : 0;
	if (!rc && !k->nr_zones)
		rc = refuse(&in, "has no zones");
	if (rc == -ENOMEM)
		snprintf(err, len, "%s: no memory", in.path);
	close_file(&in);
	return rc;
}

static int type_of(struct kfrag *k, const char *name)
{
	for (unsigned t = 0; t < k->nr_types; t++)
		if (!strcmp(k->types[t], name))
			return (int)t;
	if (k->nr_types == KFRAG_MAX_TYPES || !name[0] || strlen(name) >= sizeof(k->types[0]))
		return -1;
	memcpy(k->types[k->nr_types], name, strlen(name) + 1);
	return (int)k->nr_types++;
}

/* "Node 0, zone Normal, type Movable 1 2 3" */
static int type_line(struct kfrag *k, struct lines *in, struct kfrag_zone *z, char *at)
{
	int t = type_of(k, next_word(&at));

	if (t < 0)
		return refuse(in, "has an unusable type");
	for (unsigned o = 0; o < z->nr_orders; o++)
		if (!read_count(next_word(&at), &z->by_type[t][o], &z->capped[t][o]))
			return refuse(in, "has not a count for each order of buddyinfo");
	z->has_types = true;
	return *next_word(&at) ? refuse(in, "has more orders than buddyinfo") : 0;
}

/* Which columns of a table of pageblocks are which types. */
struct block_table {
	bool mixed; /* of those with frames of several types */
	unsigned nr;
	unsigned type[KFRAG_MAX_TYPES];
};

static int block_head(struct kfrag *k, struct lines *in, struct block_table *b, char *at)
{
	b->nr = 0;
	for (const char *word; *(word = next_word(&at)); b->nr++) {
		int t = type_of(k, word);

		if (t < 0 || b->nr == KFRAG_MAX_TYPES)
			return refuse(in, "has too many types, or an unusable one");
		b->type[b->nr] = (unsigned)t;
	}
	return 0;
}

static int block_line(struct lines *in, const struct block_table *b, struct kfrag_zone *z, char *at)
{
	uint64_t *to = b->mixed ? z->mixed : z->pageblocks;
	bool capped;

	for (unsigned i = 0; i < b->nr; i++)
		if (!read_count(next_word(&at), &to[b->type[i]], &capped) || capped)
			return refuse(in, "has not a count for each type of its heading");
	*(b->mixed ? &z->has_mixed : &z->has_blocks) = true;
	return 0;
}

static int type_info_line(struct kfrag *k, struct lines *in, struct block_table *b)
{
	static const char order[] = "Page block order:", blocks[] = "Number of blocks type",
			  mixed[] = "Number of mixed blocks";
	unsigned node;
	char name[16], *at = in->line;

	if (!strncmp(at, order, sizeof(order) - 1)) {
		k->pageblock_order = (unsigned)strtoul(at + sizeof(order) - 1, NULL, 10) & 63;
		return 0;
	}
	b->mixed = !strncmp(at, mixed, sizeof(mixed) - 1) || (b->mixed && at[0] == 'N');
	if (!strncmp(at, blocks, sizeof(blocks) - 1))
		return block_head(k, in, b, at + sizeof(blocks) - 1);
	if (!strncmp(at, mixed, sizeof(mixed) - 1))
		return block_head(k, in, b, at + sizeof(mixed) - 1);
	if (strncmp(at, "Node", 4) != 0)
		return 0; /* headings */
	if (!read_place(&at, &node, name, sizeof(name)))
		return refuse(in, "wants 'Node N, zone NAME'");
	struct kfrag_zone *z = find_zone(k, node, name);

	if (!z) /* without memory: buddyinfo leaves it out */
		return 0;
	if (!strncmp(at + strspn(at, " "), "type ", 5)) {
		next_word(&at);
		return type_line(k, in, z, at);
	}
	return block_line(in, b, z, at);
}

static int read_pagetypeinfo(struct kfrag *k, const char *dir, char *err, size_t len)
{
	struct block_table b = { .nr = 0 };
	struct lines in;
	int rc = open_file(&in, dir, "pagetypeinfo", k->why_types, sizeof(k->why_types));

	if (rc)
		return 0;
	in.err = err;
	in.len = len;
	while (!rc && next_line(&in))
		rc = type_info_line(k, &in, &b);
	close_file(&in);
	return rc;
}

static int read_zoneinfo(struct kfrag *k, const char *dir, char *err, size_t len)
{
	struct kfrag_zone *z = NULL;
	char name[16], word[32];
	struct lines in;
	unsigned node;
	int rc = open_file(&in, dir, "zoneinfo", k->why_present, sizeof(k->why_present));

	if (rc)
		return 0;
	in.err = err;
	in.len = len;
	while (!rc && next_line(&in)) {
		char *at = in.line;
		uint64_t frames;

		if (!strncmp(at, "Node", 4)) {
			if (!read_place(&at, &node, name, sizeof(name)))
				rc = refuse(&in, "wants 'Node N, zone NAME'");
			else
				z = find_zone(k, node, name);
		} else if (z && sscanf(at, " %31s %" SCNu64, word, &frames) == 2 &&
			   !strcmp(word, "present") && frames <= MAX_COUNT) {
			z->present = frames;
			z->has_present = true;
		}
	}
	close_file(&in);
	return rc;
}

static void read_vmstat(struct kfrag *k, const char *dir)
{
	struct lines in;

	if (open_file(&in, dir, "vmstat", k->why_stats, sizeof(k->why_stats)))
		return;
	while (next_line(&in)) {
		char *at = in.line;
		const char *name = next_word(&at);

		for (unsigned s = 0; s < KFRAG_NR_STATS; s++)
			if (!strcmp(name, kfrag_stat_names[s]))
				k->has_stats[s] = sscanf(at, "%" SCNu64, &k->stats[s]) == 1;
	}
	close_file(&in);
}

int kfrag_read(struct kfrag *k, const char *dir, char *err, size_t len)
{
	*k = (struct kfrag){ .nr_zones = 0 };
	int rc = read_buddyinfo(k, dir, err, len);

	if (!rc)
		rc = read_pagetypeinfo(k, dir, err, len);
	if (!rc)
		rc = read_zoneinfo(k, dir, err, len);
	if (!rc)
		read_vmstat(k, dir);
	return rc;
}

void kfrag_free(struct kfrag *k)
{
	free(k->zones);
	k->zones = NULL;
	k->nr_zones = 0;
}

uint64_t kfrag_node_present(const struct kfrag *k, unsigned node)
{
	uint64_t sum = 0;

	for (unsigned z = 0; z < k->nr_zones; z++)
		if (k->zones[z].node == node && k->zones[z].has_present)
			sum += k->zones[z].present;
	return sum;
}
