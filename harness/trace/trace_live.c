/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open hash table with linear probing; a removal closes its gap.  The hash
 * is salted, so that no file can be written to make the probes long.
 */
#include "harness/trace/trace_live.h"
#include "harness/trace/trace_event.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define FIRST_SIZE 1024u

struct trace_live {
	struct trace_block *slot; /* [mask + 1]; left 0: empty */
	size_t mask, nr;
	uint64_t salt;
	uint64_t of_order[TRACE_MAX_ORDER + 1]; /* blocks */
};

static size_t place_of(const struct trace_live *l, uint64_t pfn)
{
	uint64_t x = pfn ^ l->salt;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return (size_t)(x ^ (x >> 31)) & l->mask;
}

struct trace_live *trace_live_new(void)
{
	struct trace_live *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (getrandom(&l->salt, sizeof(l->salt), GRND_NONBLOCK) != sizeof(l->salt))
		l->salt = (uint64_t)(uintptr_t)l;
	l->mask = FIRST_SIZE - 1;
	l->slot = calloc(FIRST_SIZE, sizeof(*l->slot));
	if (l->slot)
		return l;
	free(l);
	return NULL;
}

void trace_live_free(struct trace_live *l)
{
	if (l)
		free(l->slot);
	free(l);
}

static struct trace_block *find_head(struct trace_live *l, uint64_t pfn)
{
	for (size_t i = place_of(l, pfn); l->slot[i].left; i = (i + 1) & l->mask)
		if (l->slot[i].pfn == pfn)
			return &l->slot[i];
	return NULL;
}

struct trace_block *trace_live_find(struct trace_live *l, uint64_t pfn)
{
	for (unsigned order = 0; order <= TRACE_MAX_ORDER; order++) {
		uint64_t head = pfn >> order << order;

		if (order && !l->of_order[order])
			continue;
		struct trace_block *b = find_head(l, head);

		if (b && b->order >= order && pfn - b->pfn < (uint64_t)1 << b->order)
			return b;
	}
	return NULL;
}

static void put(struct trace_live *l, const struct trace_block *b)
{
	size_t i = place_of(l, b->pfn);

	while (l->slot[i].left)
		i = (i + 1) & l->mask;
	l->slot[i] = *b;
}

static int grow(struct trace_live *l)
{
	struct trace_block *old = l->slot;
	size_t nr = l->mask + 1;

	l->slot = calloc(2 * nr, sizeof(*l->slot));
	if (!l->slot) {
		l->slot = old;
		return -ENOMEM;
	}
	l->mask = 2 * nr - 1;
	for (size_t i = 0; i < nr; i++)
		if (old[i].left)
			put(l, &old[i]);
	free(old);
	return 0;
}

int trace_live_add(struct trace_live *l, const struct trace_block *b)
{
	if (l->nr >= l->mask / 2 && grow(l))
		return -ENOMEM;
	put(l, b);
	l->nr++;
	l->of_order[b->order]++;
	return 0;
}

void trace_live_del(struct trace_live *l, struct trace_block *b)
{
	size_t gap = (size_t)(b - l->slot), i = gap;

	l->nr--;
	l->of_order[b->order]--;
	for (;;) {
		i = (i + 1) & l->mask;
		if (!l->slot[i].left)
			break;
		/* A block may not move before the place that its hash names. */
		size_t home = place_of(l, l->slot[i].pfn);

		if (((i - home) & l->mask) < ((i - gap) & l->mask))
			continue;
		l->slot[gap] = l->slot[i];
		gap = i;
	}
	l->slot[gap].left = 0;
}

size_t trace_live_count(const struct trace_live *l)
{
	return l->nr;
}

void trace_live_each(const struct trace_live *l, void (*fn)(void *data, const struct trace_block *),
		     void *data)
{
	for (size_t i = 0; i <= l->mask; i++)
		if (l->slot[i].left)
			fn(data, &l->slot[i]);
}
