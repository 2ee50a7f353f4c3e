/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces: the format both ways, what is refused, text, and the plan of a replay. */
#include "core/pga.h"
#include "harness/engine/engine.h"
#include "harness/trace/trace_bits.h"
#include "harness/trace/trace_file.h"
#include "harness/trace/trace_info.h"
#include "harness/trace/trace_load.h"
#include "harness/trace/trace_text.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_ledger.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS 30000u /* several parts of a file */

static char why[512];

/* A file in memory. */
struct bytes {
	char *data;
	size_t len;
};

static FILE *reading(const struct bytes *b)
{
	return fmemopen(b->data, b->len, "r");
}

/* Event number i of a series that has every kind and field. */
static struct trace_event made(struct rng *rng, uint64_t i)
{
	struct trace_event e = { .kind = (uint8_t)(i % TRACE_NR_KINDS),
				 .ns = i * 1000 + rng_below(rng, 1000),
				 .cpu = (uint16_t)rng_below(rng, 3),
				 .pid = rng_below(rng, 4) * 1000000,
				 .type = TRACE_TYPE_UNKNOWN };
	unsigned has = trace_kinds[e.kind].has;

	if (has & TRACE_HAS_PFN)
		e.pfn = e.kind == TRACE_ALLOC && i % 70 == 0 ? TRACE_NO_PFN
							     : rng_next(rng) & TRACE_MAX_PFN;
	if (has & TRACE_HAS_ORDER)
		e.order = (uint8_t)rng_below(rng, TRACE_MAX_ORDER + 1);
	if (has & TRACE_HAS_TYPE)
		e.type = (uint8_t)rng_below(rng, 5);
	if (has & TRACE_HAS_GFP)
		e.gfp = (uint16_t)rng_below(rng, 3);
	for (unsigned k = 0; k < trace_nr_args(e.kind); k++)
		e.arg[k] = (int64_t)(rng_next(rng) >> rng_below(rng, 64)) - 1000;
	return e;
}

static void write_made(struct bytes *b, uint64_t nr)
{
	FILE *f = open_memstream(&b->data, &b->len);
	struct trace_writer *w = trace_create(f, "kernel=6.1\ncpus=3\n");
	struct rng rng;

	rng_seed(&rng, t_seed(), 0);
	cr_assert_not_null(w);
	cr_assert_eq(trace_intern(w, "GFP_KERNEL"), 0);
	cr_assert_eq(trace_intern(w, "GFP_USER|__GFP_ZERO"), 1);
	cr_assert_eq(trace_intern(w, "GFP_KERNEL"), 0);
	cr_assert_eq(trace_intern(w, "none"), 2);
	for (uint64_t i = 0; i < nr; i++) {
		struct trace_event e = made(&rng, i);

		cr_assert_eq(trace_write(w, &e), 0);
	}
	cr_assert_eq(trace_finish(w, &(struct trace_totals){ .lost = 7, .skipped = 3 }), 0);
	trace_discard(w);
	fclose(f);
}

/* Reads to the end or the first refusal; returns what trace_next said last. */
static int read_all(const struct bytes *b, uint64_t *nr)
{
	struct trace_reader *r;
	struct trace_event e;
	int rc = trace_open(&r, reading(b), "memory", why, sizeof(why));

	*nr = 0;
	while (!rc && (rc = trace_next(r, &e, why, sizeof(why))) > 0) {
		++*nr;
		rc = 0;
	}
	if (r)
		trace_close(r);
	return rc;
}

Test(trace, what_was_written_is_read)
{
	struct bytes b;
	struct trace_reader *r;
	struct trace_event e;
	struct rng rng;
	char value[32];

	write_made(&b, EVENTS);
	cr_assert_gt(b.len, 3 * TRACE_MAX_PAYLOAD, "several parts");
	cr_assert_eq(trace_open(&r, reading(&b), "memory", why, sizeof(why)), 0, "%s", why);
	trace_fact(r, "cpus", value, sizeof(value));
	cr_assert_str_eq(value, "3");
	trace_fact(r, "cpu", value, sizeof(value));
	cr_assert_str_eq(value, "", "a key is a whole word");
	rng_seed(&rng, t_seed(), 0);
	for (uint64_t i = 0; i < EVENTS; i++) {
		struct trace_event want = made(&rng, i);

		cr_assert_eq(trace_next(r, &e, why, sizeof(why)), 1, "%s", why);
		cr_assert_eq(memcmp(&e, &want, sizeof(e)), 0, "event %lu", i);
	}
	cr_assert_eq(trace_next(r, &e, why, sizeof(why)), 0);
	cr_assert_eq(trace_next(r, &e, why, sizeof(why)), 0, "the end stays the end");
	cr_assert_eq(trace_end(r)->events, EVENTS);
	cr_assert_eq(trace_end(r)->lost, 7);
	cr_assert_eq(trace_end(r)->skipped, 3);
	cr_assert_str_eq(trace_set(r, 1), "GFP_USER|__GFP_ZERO");
	trace_close(r);
	free(b.data);
}

/* Each byte matters: with any one changed, the file is refused by name and place. */
Test(trace, every_changed_byte_is_refused)
{
	struct bytes b;
	uint64_t nr;

	write_made(&b, 200);
	for (size_t i = 0; i < b.len; i++) {
		for (unsigned bit = 0; bit < 8; bit += 3) {
			b.data[i] ^= (char)(1 << bit);
			cr_assert_eq(read_all(&b, &nr), -EBADMSG, "byte %zu bit %u", i, bit);
			cr_assert(strstr(why, "memory: byte "), "%s", why);
			b.data[i] ^= (char)(1 << bit);
		}
	}
	cr_assert_eq(read_all(&b, &nr), 0);
	free(b.data);
}

Test(trace, every_shorter_and_longer_file_is_refused)
{
	struct bytes b, cut;
	uint64_t nr;

	write_made(&b, 200);
	for (cut = b; cut.len > 0; cut.len--)
		if (cut.len < b.len)
			cr_assert_eq(read_all(&cut, &nr), -EBADMSG, "%zu bytes", cut.len);
	cut.data = realloc(b.data, b.len + 1);
	cut.data[b.len] = 'x';
	cut.len = b.len + 1;
	cr_assert_eq(read_all(&cut, &nr), -EBADMSG);
	cr_assert(strstr(why, "after the end"), "%s", why);
	free(cut.data);
}

/* Parts with right checksums and wrong contents. */
static void refused_part(char kind, uint32_t items, const char *payload, size_t len,
			 const char *reason)
{
	struct bytes b;
	FILE *f = open_memstream(&b.data, &b.len);
	struct trace_writer *w = trace_create(f, "kernel=6.1\n");
	uint8_t head[TRACE_PART_HEAD], crc[4];
	uint64_t nr;

	head[0] = (uint8_t)kind;
	trace_put32(head + 1, (uint32_t)len);
	trace_put32(head + 5, items);
	trace_put32(crc, trace_crc(trace_crc(0, head, sizeof(head)), payload, len));
	fwrite(head, 1, sizeof(head), f);
	fwrite(payload, 1, len, f);
	fwrite(crc, 1, 4, f);
	trace_discard(w);
	fclose(f);
	cr_expect_eq(read_all(&b, &nr), -EBADMSG, "%s", reason);
	cr_expect(strstr(why, reason), "%s: wanted %s", why, reason);
	free(b.data);
}

Test(trace, hostile_contents_are_refused)
{
	static const char forever[] = "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";

	refused_part('E', 1, "\x0f\x00", 2, "unknown kind");
	refused_part('E', 1, "\x00\x00\x02\x00", 4, "a set of flags that was not given");
	refused_part('E', 1, "\x81\x00", 2, "without its frame");
	refused_part('E', 1, "\x41\x00\x10\x02", 4, "an order is out of range");
	refused_part('E', 1, "\x11\x00\x80\x20\x02", 5, "a CPU is out of range");
	refused_part('E', 1, "\x01\x00\x01", 3, "a frame number is out of range");
	refused_part('E', 1, forever, sizeof(forever) - 1, "a time is out of range");
	refused_part('E', 2, "\x01\x00\x02", 3, "fewer events");
	refused_part('E', 1, "\x01\x00\x02\x00", 4, "bytes after the last event");
	refused_part('E', UINT32_MAX, "\x01\x00\x02", 3, "fewer events");
	refused_part('G', 1, "\x05none", 5, "longer than its part");
	refused_part('G', 1, "\x04no\x1bx", 5, "not a word");
	refused_part('Z', 0, "\x01\x00\x00", 3, "counts 1 events; there are 0");
	refused_part('Z', 0, "\x00\x00", 2, "not three numbers");
	refused_part('Q', 0, "", 0, "unknown kind 0x51");
}

Test(trace, the_writer_refuses_what_no_reader_takes)
{
	FILE *f = tmpfile();
	struct trace_writer *w = trace_create(f, "a=b\n");
	char longest[TRACE_MAX_NAMES + 1];
	struct trace_event e = { .kind = TRACE_FREE, .pfn = 5, .ns = 100 };

	memset(longest, 'A', sizeof(longest));
	longest[TRACE_MAX_NAMES] = '\0';
	cr_assert_eq(trace_intern(w, longest), -1);
	cr_assert_eq(trace_write(w, &e), 0);
	e.ns = 99;
	cr_assert_eq(trace_write(w, &e), -EINVAL, "time goes backwards");
	e.ns = 100;
	e.pfn = TRACE_MAX_PFN + 1;
	cr_assert_eq(trace_write(w, &e), -EINVAL);
	e = (struct trace_event){ .kind = TRACE_ALLOC, .pfn = 5, .ns = 100 };
	cr_assert_eq(trace_write(w, &e), -EINVAL, "a set that was not given");
	trace_discard(w);
	fclose(f);
}

Test(trace, flags_by_name)
{
	static const struct {
		const char *names;
		uint32_t flags;
		unsigned unknown;
	} rows[] = {
		{ "GFP_HIGHUSER_MOVABLE", PGA_GFP_USER_MOVABLE, 0 },
		{ "GFP_KERNEL|__GFP_ZERO", PGA_GFP_KERNEL | PGA_GFP_ZERO, 0 },
		{ "GFP_ATOMIC", PGA_GFP_HIGH, 0 },
		{ "GFP_NOWAIT|__GFP_COMP", PGA_GFP_NOWARN | PGA_GFP_COMP, 0 },
		{ "none", PGA_GFP_NO_KSWAPD, 0 },
		{ "GFP_WAIT|GFP_IO|GFP_FS", PGA_GFP_KERNEL, 0 },
		{ "GFP_KERNEL|GFP_NO_KSWAPD", PGA_GFP_KERNEL | PGA_GFP_NO_KSWAPD, 0 },
		{ "GFP_KERNEL|__GFP_NEWEST|0x4000000", PGA_GFP_KERNEL, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned unknown;

		cr_expect_eq(trace_gfp(rows[i].names, &unknown), rows[i].flags, "%s",
			     rows[i].names);
		cr_expect_eq(unknown, rows[i].unknown, "%s", rows[i].names);
	}
}

Test(trace, lines_of_three_tools)
{
	static const char *const lines[] = {
		/* perf script, trace-cmd report, the kernel's own file, and an older kernel */
		"cc1 plus 4711 [001]  1234.567890:  kmem:mm_page_alloc: page=0xffffea0004 "
		"pfn=0x1f order=2 migratetype=1 gfp_flags=GFP_KERNEL|__GFP_ZERO",
		"  cc1-4711  [001]  1234.567890: mm_page_alloc:        page=0x1f pfn=0x1f order=2 "
		"migratetype=1 gfp_flags=GFP_KERNEL|__GFP_ZERO",
		"  cc1-4711  ( 4700) [001] d..2.  1234.567890000: mm_page_alloc: page=00000000abc "
		"pfn=0x1f order=2 migratetype=1 gfp_flags=GFP_KERNEL|__GFP_ZERO",
		"cc1 4700/4711 [001] 1234.56789: kmem:mm_page_alloc: page=0xffffea00 pfn=31 "
		"order=2 "
		"migratetype=1 gfp_flags=GFP_KERNEL|__GFP_ZERO",
	};
	struct trace_text_counts counts = { 0 };
	struct trace_event e;
	char names[TRACE_MAX_NAMES];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		cr_assert(trace_text_line(lines[i], &e, names, &counts), "%s", lines[i]);
		cr_expect_eq(e.ns, 1234567890000u, "%lu", e.ns);
		cr_expect_eq(e.cpu, 1);
		cr_expect_eq(e.pid, 4711);
		cr_expect_eq(e.pfn, 31);
		cr_expect_eq(e.order, 2);
		cr_expect_eq(e.type, 1);
		cr_expect_str_eq(names, "GFP_KERNEL|__GFP_ZERO");
	}
}

Test(trace, other_lines_are_counted_by_what_they_are)
{
	static const char *const lines[] = {
		"# a comment",
		"",
		"CPU:1 [LOST 12 EVENTS]",
		"a-1 [000] 1.5: mm_page_free_batched: page=0x1 pfn=0x1 order=0 cold=0",
		"a-1 [000] 1.5: sched_switch: prev_comm=a",
		"nonsense",
		"a-1 [000] 1.5: mm_page_free: page=0x1 order=0",
		"a-1 [000] 1.5: mm_page_free: page=0x1 pfn=0x1 order=99",
		"a-1 [9999] 1.5: mm_page_free: page=0x1 pfn=0x1 order=0",
		"a-1 [000] x: mm_page_free: page=0x1 pfn=0x1 order=0",
	};
	struct trace_text_counts c = { 0 };
	struct trace_event e;
	char names[TRACE_MAX_NAMES];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect(!trace_text_line(lines[i], &e, names, &c), "%s", lines[i]);
	cr_expect_eq(c.lost, 12);
	cr_expect_eq(c.batched, 1);
	cr_expect_eq(c.other, 1);
	cr_expect_eq(c.unread, 5);
	cr_expect_eq(c.events, 0);
}

/* A trace of a few lines, loaded. */
static struct wl_trace *load_text(const char *text)
{
	struct bytes b;
	FILE *in = fmemopen((void *)text, strlen(text), "r"),
	     *out = open_memstream(&b.data, &b.len);
	struct trace_text_counts counts;
	struct wl_trace *t;

	cr_assert_eq(trace_text_convert(in, "text", out, &counts, why, sizeof(why)), 0, "%s", why);
	fclose(in);
	fclose(out);
	cr_assert_eq(trace_load(&t, reading(&b), "memory", why, sizeof(why)), 0, "%s", why);
	free(b.data);
	return t;
}

#define ALLOC(cpu, time, pfn, order)                                                   \
	"a-1 [00" #cpu "] " time ": mm_page_alloc: page=0x1 pfn=" pfn " order=" #order \
	" migratetype=1 gfp_flags=GFP_KERNEL\n"
#define FREE(cpu, time, pfn, order) \
	"a-1 [00" #cpu "] " time ": mm_page_free: page=0x1 pfn=" pfn " order=" #order "\n"

Test(trace, blocks_are_followed_from_allocation_to_free)
{
	struct wl_trace *t = load_text(FREE(0, "1.000", "0x500", 1) /* from before */
				       ALLOC(0, "1.001", "0x100", 0) ALLOC(3, "1.002", "0x200", 2)
					       FREE(3, "1.003", "0x200", 1)
						       FREE(0, "1.004", "0x202", 1) /* in pieces */
				       ALLOC(3, "1.005", "0x100", 0) /* its free is missing */
				       ALLOC(3, "1.006", "0", 0)     /* failed */
				       FREE(0, "1.007", "0x100", 0));

	cr_assert_eq(t->nr_ops, 7);
	cr_expect_eq(t->op[0].kind, WL_TRACE_FREE_PRIOR);
	cr_expect_eq(t->op[3].kind, WL_TRACE_FREE);
	cr_expect_eq(t->op[3].order, 2, "a block is freed whole, with its last piece");
	cr_expect_eq(t->op[4].kind, WL_TRACE_FREE);
	cr_expect_eq(t->op[4].life, t->op[1].life);
	cr_expect_eq(t->op[6].life, t->op[5].life);
	cr_expect_eq(t->op[6].ns, 7000000);
	cr_expect_eq(t->nr_cpus, 2, "CPUs 0 and 3");
	cr_expect_eq(t->op[2].cpu, 1);
	cr_expect_eq(t->failed, 1);
	cr_expect_eq(t->frees_assumed, 1);
	cr_expect_eq(t->peak_frames, 5);
	cr_expect_eq(t->prior_frames, 2);
	cr_expect_eq(t->gfp[t->op[1].gfp], PGA_GFP_KERNEL);
	trace_unload(t);
}

/* What a plan does, by a machine of one counter per slot. */
static uint64_t run_plan(const struct wl_trace_plan *p, uint64_t *ops)
{
	uint64_t live = 0, most = 0;
	size_t *at = calloc(p->nr_lanes, sizeof(*at));
	char *passed = calloc(p->nr_cross + 1, 1);
	bool moved = true;

	*ops = 0;
	while (moved) {
		moved = false;
		for (unsigned i = 0; i < p->nr_lanes; i++) {
			const struct wl_replay_lane *l = &p->lane[i];

			if (at[i] == l->nr)
				continue;
			const struct wl_replay_op *op = &l->op[at[i]];

			if (op->kind == WL_REPLAY_FREE_CROSS && !passed[op->slot])
				continue;
			if (op->kind == WL_REPLAY_ALLOC_CROSS)
				passed[op->slot] = 1;
			live += op->kind == WL_REPLAY_ALLOC || op->kind == WL_REPLAY_ALLOC_CROSS
					? (uint64_t)1 << op->order
					: -((uint64_t)1 << op->order);
			most = live > most ? live : most;
			at[i]++;
			++*ops;
			moved = true;
		}
	}
	for (unsigned i = 0; i < p->nr_lanes; i++)
		cr_assert_eq(at[i], p->lane[i].nr, "lane %u waits for ever", i);
	free(at);
	free(passed);
	return most;
}

/* Delivered traces with every way to fit them, on 1 to 3 threads. */
Test(trace, plans_end_and_keep_within_the_limit)
{
	const struct wl_trace *t = trace_get(0, why, sizeof(why));

	cr_assert_not_null(t, "%s", why);
	for (unsigned i = 0; i < 24; i++) {
		struct wl_trace_plan_conf c = {
			.nr_threads = 1 + i % 3,
			.nr_orders = i & 4 ? 1 : 11,
			.limit_frames = i & 8 ? 1000 : 1u << 20,
			.max_ops = i & 16 ? 5000 : UINT64_MAX,
			.seed = t_seed(),
			.fit = i & 2 ? WL_TRACE_THIN : WL_TRACE_CLIP,
			.fill_prior = i & 1,
		};
		struct wl_trace_plan *p = wl_trace_plan_new(t, &c), *q = wl_trace_plan_new(t, &c);
		uint64_t ops, most = run_plan(p, &ops);

		cr_expect_leq(p->peak_frames, c.limit_frames);
		if (c.nr_threads == 1)
			cr_expect_eq(most, p->peak_frames);
		cr_expect_leq(p->nr_ops, c.max_ops);
		cr_expect_gt(p->nr_ops, 1000);
		for (unsigned k = 0; k < c.nr_threads; k++) {
			cr_expect_leq(p->lane[k].nr_slots, wl_trace_plan_slots(t));
			cr_expect_leq(p->lane[k].peak, p->lane[k].nr);
			ops -= p->lane[k].nr_prior;
			cr_assert_eq(p->lane[k].nr, q->lane[k].nr);
			cr_expect_eq(memcmp(p->lane[k].op, q->lane[k].op,
					    p->lane[k].nr * sizeof(*p->lane[k].op)),
				     0, "the same plan twice");
		}
		cr_expect_eq(ops, p->nr_ops);
		if (c.limit_frames > 1000 && c.nr_orders > 1 && c.max_ops > 5000)
			cr_expect_eq(p->nr_ops + p->dropped.prior, t->nr_ops, "nothing is dropped");
		if (c.limit_frames == 1000 && c.max_ops > 5000)
			cr_expect_gt(p->dropped.clip + p->dropped.thin, 0);
		wl_trace_plan_free(p);
		wl_trace_plan_free(q);
	}
}

/* One thread and one seed: the same requests and the same end, every time and pace. */
Test(trace, replays_are_the_same)
{
	uint64_t stream[3];

	for (unsigned i = 0; i < 3; i++) {
		struct engine_pass pass = { .kind = i ? PASS_TIME : PASS_PATHS };
		struct topo *topo = t_topo("", NULL);
		struct bench_cell cell;
		struct engine e;

		t_cell_make(&cell, "ledger", "trace");
		t_cell_param(&cell, "fit", WL_TRACE_THIN);
		t_cell_param(&cell, "prior", 1);
		t_cell_param(&cell, "pace", i == 2 ? 10000 : 0);
		cr_assert_eq(engine_open(&e, &cell, topo, t_seed(), NULL, why, sizeof(why)), 0);
		cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
		engine_close(&e);
		topo_free(topo);
		stream[i] = t_ledger_log.stream;
		cr_expect_eq(t_ledger_log.live, 0);
		cr_expect(pass.target.reached, "%s", pass.target.text);
	}
	cr_expect_eq(stream[0], stream[1]);
	cr_expect_eq(stream[0], stream[2]);
}

/* As many threads as lanes can have: frees wait for handles that another one passes on. */
static void owned_replay(unsigned threads, const char *variant)
{
	struct engine_pass pass = { .kind = PASS_PATHS };
	struct topo *topo = t_topo("synthetic:core:2 pu:1", NULL);
	struct bench_cell cell;
	struct engine e;

	t_cell_make(&cell, variant, "trace-owned");
	t_cell_param(&cell, "prior", 1);
	t_cell_param(&cell, "limit", 100);
	cell.threads = threads;
	cell.memory.per_node = 40u << 20;
	cell.max_ops = 1000000;
	cell.daemons = DAEMONS_STEPPED;
	cr_assert_eq(engine_open(&e, &cell, topo, t_seed(), NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
	cr_expect(pass.target.reached, "%s", pass.target.text);
	cr_expect_eq(pass.fails, 0, "%s", pass.target.text);
	cr_expect_gt(pass.own[OWN_STAT_allocs], 60000);
	cr_expect_eq(pass.own[OWN_STAT_evicted], 0, "nobody knows when they would be used again");
	cr_expect_eq(pass.own[OWN_STAT_corrupt] + pass.own[OWN_STAT_lost], 0);
	engine_close(&e);
	topo_free(topo);
}

Test(trace, owned_frames_are_not_evicted)
{
	owned_replay(1, "linux-3.10");
	owned_replay(2, "linux-3.10");
	owned_replay(1, "linux-2.6.9");
	owned_replay(1, "linux-2.4");
}

Test(trace, delivered_traces_are_whole)
{
	static const char *const names[] = { "compiler", "tree", "sqlite" };

	for (size_t i = 0; i < 3; i++) {
		int64_t number;

		cr_assert_eq(trace_number(names[i], &number, why, sizeof(why)), 0, "%s", why);
		const struct wl_trace *t = trace_get(number, why, sizeof(why));

		cr_expect_gt(t->nr_ops, 10000);
		cr_expect_eq(t->lost, 0);
		cr_expect_eq(t->nr_cpus, 2);
	}
	int64_t number;

	cr_expect_eq(trace_number("sqlit", &number, why, sizeof(why)), -ENOENT);
	cr_expect(strstr(why, "did you mean 'sqlite'"), "%s", why);
	cr_expect_eq(trace_number("./none.zbt", &number, why, sizeof(why)), -ENOENT);
}
