/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/engine/follow.h"

#include "harness/measure/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 4096u /* frames looked up at the end */

const char *const bench_follow_words[FOLLOW_NR + 1] = {
	[FOLLOW_NO] = "no",
	[FOLLOW_FIRST] = "first-touch",
	[FOLLOW_NEXT] = "next-touch",
	[FOLLOW_USE] = "migrate-on-use",
};

/* Nodes are numbers above 0; 0 is nobody, or nowhere known. */
struct note {
	uint8_t first, last; /* node of the threads that touched it */
	uint8_t at;	     /* node of its page */
	uint32_t mark;	     /* of its last touch; FOLLOW_NEXT */
};

struct user {
	unsigned node;
	uint32_t mark;
	uint64_t moves, failed, ns;
	int err;
} __attribute__((aligned(128)));

struct follow {
	enum bench_follow how;
	const struct topo *topo;
	char *base;
	uint64_t nr_frames;
	unsigned nr_users;
	struct note *note; /* [nr_frames] */
	struct user *user; /* [nr_users] */
};

uint64_t follow_bytes(const struct machine_conf *m)
{
	return m->frames * sizeof(struct note);
}

static void note_places(struct follow *f, const struct machine_conf *m)
{
	for (unsigned n = 0; n < m->conf.nr_nodes; n++)
		for (uint64_t pfn = m->node_mem[n].start; pfn < m->node_mem[n].end; pfn++)
			f->note[pfn].at = (uint8_t)(n + 1);
}

struct follow *follow_new(enum bench_follow how, const struct topo *t, const struct machine_conf *m,
			  unsigned nr_threads, char *base, bool placed)
{
	struct follow *f = calloc(1, sizeof(*f));
	size_t bytes = nr_threads * sizeof(f->user[0]);

	if (!f)
		return NULL;
	*f = (struct follow){ .how = how, .topo = t, .base = base, .nr_frames = m->frames };
	f->nr_users = nr_threads;
	f->note = calloc(m->frames, sizeof(f->note[0]));
	f->user = aligned_alloc(_Alignof(struct user), bytes);
	if (!f->note || !f->user) {
		follow_free(f);
		return NULL;
	}
	memset(f->user, 0, bytes);
	for (unsigned i = 0; i < nr_threads; i++)
		f->user[i].node = machine_memory_node(m, m->cpu_node[m->threads[i].cpu]);
	if (placed)
		note_places(f, m);
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	free(f->note);
	free(f->user);
	free(f);
}

void follow_mark(struct follow *f, unsigned index, uint32_t mark)
{
	f->user[index].mark = mark;
}

static void *page_of(const struct follow *f, pga_pfn_t pfn)
{
	return f->base + ((size_t)pfn << MACHINE_PAGE_SHIFT);
}

static void move(struct follow *f, struct user *u, const pga_pfn_t *pfn, unsigned nr)
{
	void *page[TOPO_MOVE_MAX];
	int at[TOPO_MOVE_MAX];

	for (unsigned i = 0; i < nr; i++)
		page[i] = page_of(f, pfn[i]);
	uint64_t begin = clk_ns();
	int rc = topo_move(f->topo, page, nr, (int)u->node, at);

	u->ns += clk_ns() - begin;
	if (rc) {
		u->err = -rc;
		u->failed += nr;
		return;
	}
	for (unsigned i = 0; i < nr; i++) {
		bool moved = at[i] == (int)u->node;

		u->moves += moved;
		u->failed += !moved;
		f->note[pfn[i]].at = at[i] < 0 ? 0 : (uint8_t)(at[i] + 1);
	}
}

static bool must_move(const struct follow *f, struct note *n, const struct user *u)
{
	if (f->how == FOLLOW_FIRST || u->err)
		return false;
	if (f->how == FOLLOW_NEXT && n->mark == u->mark)
		return false;
	n->mark = u->mark;
	return n->at != u->node + 1;
}

void follow_touch(void *data, const struct wl_thread *t, pga_pfn_t pfn, unsigned nr)
{
	struct follow *f = data;
	struct user *u = &f->user[t->index];
	pga_pfn_t away[TOPO_MOVE_MAX];
	unsigned n = 0;

	for (pga_pfn_t end = pfn + nr; pfn < end; pfn++) {
		struct note *note = &f->note[pfn];

		note->last = (uint8_t)(u->node + 1);
		if (!note->first)
			note->first = note->last;
		if (must_move(f, note, u))
			away[n++] = pfn;
		if (n == TOPO_MOVE_MAX) {
			move(f, u, away, n);
			n = 0;
		}
	}
	if (n)
		move(f, u, away, n);
}

/* Where some of the touched frames' pages are. */
static void look_up(const struct follow *f, const pga_pfn_t *pfn, unsigned nr,
		    struct follow_sum *sum)
{
	void *page[TOPO_MOVE_MAX];
	int at[TOPO_MOVE_MAX];

	for (unsigned i = 0; i < nr; i++)
		page[i] = page_of(f, pfn[i]);
	int rc = topo_move(f->topo, page, nr, -1, at);

	if (rc && !sum->err)
		sum->err = -rc;
	for (unsigned i = 0; !rc && i < nr; i++) {
		const struct note *n = &f->note[pfn[i]];

		sum->sampled += at[i] >= 0;
		sum->on_first += at[i] + 1 == n->first;
		sum->on_last += at[i] + 1 == n->last;
	}
}

static void sample(const struct follow *f, struct follow_sum *sum)
{
	pga_pfn_t some[TOPO_MOVE_MAX];
	uint64_t touched = 0, seen = 0;
	unsigned n = 0;

	for (uint64_t pfn = 0; pfn < f->nr_frames; pfn++)
		touched += f->note[pfn].last > 0;
	uint64_t every = touched / SAMPLES + 1;

	for (uint64_t pfn = 0; pfn < f->nr_frames; pfn++) {
		if (!f->note[pfn].last || seen++ % every)
			continue;
		some[n++] = (pga_pfn_t)pfn;
		if (n == TOPO_MOVE_MAX) {
			look_up(f, some, n, sum);
			n = 0;
		}
	}
	if (n)
		look_up(f, some, n, sum);
}

void follow_gather(struct follow *f, struct follow_sum *sum)
{
	uint64_t ns = 0;

	*sum = (struct follow_sum){ .has = true };
	for (unsigned i = 0; i < f->nr_users; i++) {
		const struct user *u = &f->user[i];

		sum->moves += u->moves;
		sum->failed += u->failed;
		ns += u->ns;
		sum->err = sum->err ? sum->err : u->err;
	}
	uint64_t asked = sum->moves + sum->failed;

	sum->ns = asked ? (double)ns / (double)asked : NAN;
	sample(f, sum);
}
