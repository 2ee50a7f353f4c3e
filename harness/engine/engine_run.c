/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One pass: the threads of a workload, pinned, through its phases.
 *
 * Between phases every CPU is parked and all threads meet.  Thread 0 then adds
 * up what the others timed; two buffers alternate, so that it reads one while
 * the others fill the next.
 */
#include "harness/engine/daemons.h"
#include "harness/engine/engine.h"
#include "harness/engine/engine_barrier.h"
#include "harness/engine/engine_costs.h"
#include "harness/engine/engine_epochs.h"
#include "harness/engine/engine_frag.h"
#include "harness/engine/engine_owners.h"
#include "harness/engine/placement.h"
#include "harness/kernel/events.h"
#include "harness/matrix/sizing.h"
#include "harness/measure/clock.h"
#include "harness/measure/frag.h"
#include "harness/measure/latency.h"
#include "harness/measure/stretch.h"
#include "workloads/fragindex.h"
#include "workloads/step.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* What a thread timed in one phase of one round. */
struct interval {
	uint64_t begin_ns, end_ns;
	double ns, tsc; /* clock cost subtracted */
	uint64_t ops;
};

struct worker {
	struct pass_run *pr;
	struct wl_thread *t;
	unsigned real; /* logical CPU of the topology */
	pthread_t thread;
	struct cnt_set *counters;
	struct cnt_package_set *packages; /* thread 0; NULL: the group has none */
	char cnt_why[96];		  /* as long as cnt_total.why */
	struct interval interval[2];
	uint32_t phases; /* begun, of all rounds */
	struct epochs epochs;
	struct stretches *stretches; /* NULL: not noted */
	struct eng_costs costs;	     /* COSTS */
	struct topo_pin_proof pin;   /* of the seat that it has now */
	bool strayed, moved; /* of a seat that it had: not pinned to it, or seen elsewhere */
	uint64_t migrations; /* on the seats that it had */
	int pin_rc;
	uint64_t switches;
	uint64_t timed_ns, cpu_ns; /* wall and CPU time of the timed phases */
} __attribute__((aligned(128)));

struct pass_run {
	struct engine *e;
	struct engine_pass *pass;
	struct wl_run run;
	struct pga_ops measuring; /* COSTS: e->ops, measured call by call */
	struct worker *workers;
	unsigned rounds;
	struct eng_gate gate;
	struct eng_barrier barrier;
	struct placement placement;
	struct follow *follow; /* NULL: pages stay */
	uint64_t *counts;      /* PATHS: counts_of() for each thread */
	pthread_mutex_t lock;  /* pass->counters, first_counters, cut */
	bool first_counters;
	struct clk begin;
};

enum { GATE_GO = 1, GATE_ABORT };

static uint64_t involuntary_switches(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) ? 0 : (uint64_t)u.ru_nivcsw;
}

/* Of a cell that is made slower on purpose: as much longer as its share says. */
static uint64_t plant(const struct worker *w, uint64_t from, uint64_t now)
{
	double share = w->pr->pass->kind == PASS_TIME ? w->pr->e->cell->plant : 0;
	uint64_t until = now + (uint64_t)((double)(now - from) * share);

	while (now < until)
		now = clk_ns();
	return now;
}

static void cut_short(struct pass_run *pr, unsigned phase)
{
	atomic_store(&pr->run.stop, true);
	pthread_mutex_lock(&pr->lock);
	if (!pr->pass->cut)
		snprintf(pr->pass->cut_phase, sizeof(pr->pass->cut_phase), "%s",
			 pr->run.wl->phases[phase].name);
	pr->pass->cut = true;
	pthread_mutex_unlock(&pr->lock);
}

/* Timed work of @ops operations, what the clock itself took subtracted. */
static void note_stretch(struct worker *w, double ns, uint64_t ops)
{
	if (w->stretches && ops)
		stretch_add(w->stretches, ns > 0 ? ns : 0, ops);
}

/* Batches of a phase, and what followed the last read of the clock. */
struct batches {
	uint64_t reads, last_ns, since;
};

/*
 * All batches of a phase.  The clock is read once for WL_BATCH operations, for
 * the epochs and the time bound; the number of such reads is returned.
 */
static struct batches run_batches(struct worker *w, unsigned phase, uint64_t begin_ns)
{
	uint64_t (*step)(struct wl_thread *, unsigned) = w->pr->run.wl->step;
	struct wl_thread *t = w->t;
	uint64_t since = 0, reads = 0, last = begin_ns, n;
	struct latency *latency = w->pr->e->latency;
	bool samples = w->pr->e->frag && !t->index, timed = w->pr->run.wl->phases[phase].timed;

	while ((n = step(t, phase))) {
		t->done += n;
		since += n;
		if (samples)
			eng_frag_tick(w->pr->e, &w->pr->run, phase);
		if (latency)
			latency_tick(latency, t->index);
		if (since < WL_BATCH)
			continue;
		uint64_t now = clk_ns();

		reads++;
		if (timed)
			now = plant(w, last, now);
		epochs_add(&w->epochs, now - last, since);
		if (timed)
			note_stretch(w, (double)(now - last) - clk_cost()->read_ns, since);
		last = now;
		since = 0;
		if (atomic_load_explicit(&w->pr->run.stop, memory_order_relaxed))
			break;
		if (now - begin_ns > w->pr->pass->bound_ns)
			cut_short(w->pr, phase);
	}
	return (struct batches){ reads, last, since };
}

static double at_least_zero(double x)
{
	return x > 0 ? x : 0;
}

static void timed_phase(struct worker *w, unsigned phase, struct interval *out)
{
	const struct clk_cost *cost = clk_cost();
	uint64_t switches = involuntary_switches(), cpu = clk_thread_ns();
	struct clk a, b;

	if (w->pr->pass->kind == PASS_COSTS)
		eng_costs_start(&w->costs);
	if (w->counters && cnt_start(w->counters))
		snprintf(w->cnt_why, sizeof(w->cnt_why), "counting could not start");
	a = clk_read();
	struct batches done = run_batches(w, phase, a.ns);

	if (w->pr->e->cell->plant > 0)
		plant(w, done.last_ns, clk_ns());
	b = clk_read();
	if (w->pr->pass->kind == PASS_COSTS)
		eng_costs_stop(&w->costs);
	note_stretch(w, (double)(b.ns - done.last_ns) - cost->empty_ns, done.since);
	if (w->counters && cnt_stop(w->counters))
		snprintf(w->cnt_why, sizeof(w->cnt_why), "the kernel lost the events");
	w->cpu_ns += clk_thread_ns() - cpu;
	w->timed_ns += b.ns - a.ns;
	w->switches += involuntary_switches() - switches;
	*out = (struct interval){
		.begin_ns = a.ns,
		.end_ns = b.ns,
		.ns = at_least_zero((double)(b.ns - a.ns) - cost->empty_ns -
				    (double)done.reads * cost->read_ns),
		.tsc = at_least_zero((double)(b.tsc - a.tsc) - cost->empty_tsc -
				     (double)done.reads * cost->read_tsc),
		.ops = w->t->done,
	};
}

static unsigned mode_of(const struct pass_run *pr, const struct wl_thread *t, bool timed)
{
	return (timed && pr->pass->kind == PASS_PATHS ? WL_COUNT : 0) |
	       (t->nr_nodes ? WL_PLACED : 0) | (pr->run.touch != WL_TOUCH_NONE ? WL_TOUCH : 0);
}

static void run_phase(struct worker *w, unsigned phase, struct interval *out)
{
	const struct wl_phase *p = &w->pr->run.wl->phases[phase];
	const struct pga_ops *ops = w->pr->e->ops;
	struct wl_thread *t = w->t;

	if (p->single && t->index)
		return;
	if (w->pr->follow)
		follow_mark(w->pr->follow, t->index, w->phases);
	t->done = 0;
	t->mode = mode_of(w->pr, t, p->timed);
	epochs_start(&w->epochs, p->timed && (p->op == WL_OP_PAIR || p->op == WL_OP_HALF));
	if (ops->unpark)
		ops->unpark(w->pr->run.pga, t->req.cpu);
	if (w->pr->e->latency)
		latency_start(w->pr->e->latency, t->index, p->timed);
	if (p->timed)
		timed_phase(w, phase, out);
	else
		run_batches(w, phase, clk_ns());
	latency_stop();
	if (ops->park)
		ops->park(w->pr->run.pga, t->req.cpu);
}

/* By thread 0, while the others are parked or fill the other buffer. */
static void add_intervals(struct pass_run *pr, unsigned phase, unsigned buffer)
{
	struct engine_phase *sum = &pr->pass->phase[phase];
	uint64_t first = UINT64_MAX, last = 0;

	if (!pr->run.wl->phases[phase].timed)
		return;
	for (unsigned i = 0; i < pr->run.nr_threads; i++) {
		const struct interval *v = &pr->workers[i].interval[buffer];

		if (!v->end_ns)
			continue;
		sum->ops += v->ops;
		sum->ns += v->ns;
		sum->tsc += v->tsc;
		first = v->begin_ns < first ? v->begin_ns : first;
		last = v->end_ns > last ? v->end_ns : last;
	}
	if (last)
		sum->wall_ns += (double)(last - first);
}

static void look_at_target(struct pass_run *pr)
{
	const struct wl_ops *wl = pr->run.wl;
	struct wl_frag frag;

	if (pr->e->daemons)
		daemons_hold(pr->e->daemons);
	wl->target(&pr->run, &pr->pass->target);
	if (pr->e->ops->caps & PGA_CAP_REAL) {
		wl_frag_take(&frag, pr->e->ops, pr->run.pga, pr->run.conf);
		pr->pass->fu9 = wl_frag_fu(&frag, 9) / 1000.0;
	}
	if (pr->pass->kind == PASS_PATHS)
		eng_places_nodes(&pr->pass->places, pr->e);
	if (pr->e->daemons)
		daemons_release(pr->e->daemons);
}

static void look_again(struct pass_run *pr)
{
	if (pr->e->daemons)
		daemons_hold(pr->e->daemons);
	pr->run.wl->late(&pr->run, &pr->pass->target);
	if (pr->e->daemons)
		daemons_release(pr->e->daemons);
}

/* What is to be looked at after a phase of the last round; NULL: nothing. */
static void (*look_after(const struct wl_ops *wl, unsigned phase))(struct pass_run *pr)
{
	if (wl->target && phase == wl->target_phase)
		return look_at_target;
	return wl->late && phase == wl->late_phase ? look_again : NULL;
}

static void end_seat(struct worker *w)
{
	topo_pin_end(&w->pin);
	w->moved |= w->pin.moved;
	w->strayed |= w->pin.asked < 0 || w->pin.moved;
	w->migrations += w->pin.migrations > 0 ? (uint64_t)w->pin.migrations : 0;
}

/*
 * Between two rounds, all CPUs parked: the thread goes to the CPU that is its
 * own now.  Also in a run cut short, so that each CPU keeps one driver.
 */
static void take_seat(struct worker *w, unsigned round)
{
	struct pass_run *pr = w->pr;
	const struct machine_thread *seat;

	if (!round || !pr->run.wl->seat)
		return;
	seat = &pr->e->m->threads[pr->run.wl->seat(&pr->run, w->t->index, round)];
	end_seat(w);
	int rc = topo_pin(pr->e->topo, seat->real);

	w->pin_rc = w->pin_rc ? w->pin_rc : rc;
	w->t->req.cpu = seat->cpu;
	topo_pin_begin(pr->e->topo, seat->real, &w->pin);
}

static void run_rounds(struct worker *w)
{
	struct pass_run *pr = w->pr;
	const struct wl_ops *wl = pr->run.wl;
	unsigned buffer = 0;

	for (unsigned round = 0; round < pr->rounds; round++) {
		take_seat(w, round);
		for (unsigned phase = 0; wl->phases[phase].name; phase++, buffer ^= 1) {
			/* Without a barrier in between all threads must agree on
			   what follows, so a run cut short only skips the work. */
			w->interval[buffer] = (struct interval){ 0 };
			w->phases++;
			if (wl->phases[phase].timed)
				cnt_package_start(w->packages);
			if (!atomic_load(&pr->run.stop))
				run_phase(w, phase, &w->interval[buffer]);
			eng_barrier_wait(&pr->barrier);
			cnt_package_stop(w->packages);
			if (!w->t->index)
				add_intervals(pr, phase, buffer);
			if (pr->e->frag) {
				if (!w->t->index && !atomic_load(&pr->run.stop))
					eng_frag_phase(pr->e, &pr->run, phase,
						       round + 1 == pr->rounds);
				eng_barrier_wait(&pr->barrier);
			}
			if (round + 1 < pr->rounds || !look_after(wl, phase))
				continue;
			if (!w->t->index && !atomic_load(&pr->run.stop))
				look_after(wl, phase)(pr);
			eng_barrier_wait(&pr->barrier);
		}
	}
}

static void add_counters(struct worker *w)
{
	struct pass_run *pr = w->pr;
	struct cnt_total *total = &pr->pass->counters;

	if (pr->pass->kind != PASS_COUNTERS)
		return;
	pthread_mutex_lock(&pr->lock);
	if (*w->cnt_why)
		cnt_total_refuse(total, pr->pass->group, w->cnt_why);
	else
		cnt_total_add(total, w->counters, pr->first_counters);
	pr->first_counters = false;
	pthread_mutex_unlock(&pr->lock);
	cnt_close(w->counters);
	if (w->t->index)
		return;
	cnt_package_total(w->packages, &pr->pass->packages);
	cnt_package_close(w->packages);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct pass_run *pr = w->pr;

	w->pin_rc = topo_pin(pr->e->topo, w->real);
	if (eng_gate_wait(&pr->gate) != GATE_GO)
		return NULL;
	clk_cost();
	if (pr->pass->kind == PASS_COUNTERS) {
		w->counters = cnt_open(pr->pass->group, w->cnt_why, sizeof(w->cnt_why));
		if (!w->counters && !*w->cnt_why)
			snprintf(w->cnt_why, sizeof(w->cnt_why), "no event can be counted");
		w->packages = w->t->index ? NULL : cnt_package_open(pr->pass->group);
	}
	if (pr->pass->kind == PASS_COSTS)
		eng_costs_open(&w->costs, pr->pass->group, pr->e->ops, pr->run.nr_threads,
			       pr->e->seed, w->t->index);
	topo_pin_begin(pr->e->topo, w->real, &w->pin);
	eng_barrier_wait(&pr->barrier);
	run_rounds(w);
	end_seat(w);
	add_counters(w);
	eng_costs_end(&w->costs);
	return NULL;
}

/* Of one thread: served[] and exhausted[]. */
static size_t counts_of(const struct engine *e)
{
	size_t nodes = e->m->conf.nr_nodes;

	return nodes * nodes + nodes;
}

static void prepare_threads(struct pass_run *pr)
{
	struct engine *e = pr->e;
	size_t page = (size_t)1 << MACHINE_PAGE_SHIFT, at = 0;

	for (unsigned i = 0; i < pr->run.nr_threads; i++) {
		struct wl_thread *t = &pr->run.threads[i];
		struct worker *w = &pr->workers[i];
		size_t bytes = e->nr_slots[i] * sizeof(uint32_t);

		t->nr_slots = e->nr_slots[i];
		t->slots = (uint32_t *)((char *)e->slots.addr + at);
		at += (bytes + page - 1) / page * page;
		t->req = (struct pga_req){
			.gfp = wl_type_gfp[pr->run.param[WL_P_TYPE]],
			.cpu = e->m->threads[i].cpu,
			.order = (uint8_t)pr->run.order,
		};
		placement_apply(&pr->placement, e->m, t);
		if (pr->counts) {
			t->served = pr->counts + i * counts_of(e);
			t->exhausted = t->served + counts_of(e) - e->m->conf.nr_nodes;
		}
		rng_seed(&t->rng, e->seed, i);
		w->pr = pr;
		w->stretches = pr->pass->stretches ? &pr->pass->stretches[i] : NULL;
		w->t = t;
		w->real = e->m->threads[i].real;
	}
}

static void prepare_run(struct pass_run *pr)
{
	struct engine *e = pr->e;

	sizing_run(&pr->run, e->cell, e->m);
	path_cost_wrap(&pr->measuring, e->ops);
	pr->run.ops = pr->pass->kind == PASS_COSTS ? &pr->measuring : e->ops;
	if (e->events)
		pr->run.ops = events_trace(e->events, e->ops);
	if (e->frag) {
		pr->run.ops = frag_wrap(e->frag, e->pga);
		pr->run.held = e->frag->held;
	}
	if (e->latency)
		pr->run.ops = latency_wrap(e->latency);
	pr->run.pga = e->pga;
	pr->run.own = e->own;
	pr->run.clock = clk_ns;
	pr->run.seed = e->seed;
	pr->run.touch = e->cell->memory.touch;
	pr->run.backing = pr->run.touch == WL_TOUCH_NONE ? NULL : e->frames.addr;
	if (pr->follow) {
		pr->run.before_touch = follow_touch;
		pr->run.touch_data = pr->follow;
	}
	pr->rounds = e->cell->wl->rounds ? e->cell->wl->rounds(&pr->run) : 1;
	pr->first_counters = true;
	pr->begin = clk_read();
	pthread_mutex_init(&pr->lock, NULL);
	eng_barrier_init(&pr->barrier, pr->run.nr_threads, !e->m->oversubscribed);
	prepare_threads(pr);
}

static int run_threads(struct pass_run *pr, char *why, size_t len)
{
	unsigned nr = 0;
	int rc = 0;

	for (; nr < pr->run.nr_threads && !rc; nr++) {
		rc = pthread_create(&pr->workers[nr].thread, NULL, worker_main, &pr->workers[nr]);
		if (rc)
			break;
	}
	eng_gate_open(&pr->gate, rc ? GATE_ABORT : GATE_GO);
	for (unsigned i = 0; i < nr; i++)
		pthread_join(pr->workers[i].thread, NULL);
	if (rc)
		snprintf(why, len, "thread %u of %u: %s", nr, pr->run.nr_threads, strerror(rc));
	return rc ? -EAGAIN : 0;
}

/* What only the workload can tell of a pass that is over. */
static void gather_told(struct pass_run *pr)
{
	static const unsigned parts[] = {
		[PASS_TIME] = WL_REPORT_TIME, [PASS_PATHS] = WL_REPORT_PATHS,
		[PASS_COUNTERS] = 0,	      [PASS_FRAG] = 0,
		[PASS_LATENCY] = 0,	      [PASS_COSTS] = 0,
	};
	const struct wl_ops *wl = pr->run.wl;

	for (unsigned i = 0; wl->cost && wl->phases[i].name; i++) {
		struct engine_phase *v = &pr->pass->phase[i];

		if (!wl->phases[i].timed)
			continue;
		wl->cost(&pr->run, i, &v->ops, &v->ns);
		v->tsc = NAN;
	}
	if (wl->report && parts[pr->pass->kind])
		wl->report(&pr->run, parts[pr->pass->kind], &pr->pass->report);
}

/* Of a workload without a target the end is the state that counts. */
static void gather_places(struct pass_run *pr)
{
	struct eng_places *p = &pr->pass->places;

	if (pr->pass->kind != PASS_PATHS)
		return;
	eng_places_gather(p, &pr->run);
	for (unsigned i = 0; i < pr->run.nr_threads; i++)
		p->has_turns |= placement_turns(&pr->placement, i);
	if (!p->has_nodes)
		eng_places_nodes(p, pr->e);
}

static void gather(struct pass_run *pr)
{
	struct engine_pass *p = pr->pass;
	struct clk end = clk_read();

	p->ns_per_tsc =
		clk_has_tsc() && end.tsc > pr->begin.tsc
			? (double)(end.ns - pr->begin.ns) / (double)(end.tsc - pr->begin.tsc)
			: NAN;
	p->spread = NAN;
	for (unsigned i = 0; i < pr->run.nr_threads; i++) {
		const struct worker *w = &pr->workers[i];
		double spread = epochs_spread(&w->epochs);
		double off = w->timed_ns > w->cpu_ns
				     ? (double)(w->timed_ns - w->cpu_ns) / (double)w->timed_ns
				     : 0;

		p->fails += w->t->fails;
		p->switches += w->switches;
		p->off_cpu = off > p->off_cpu ? off : p->off_cpu;
		p->spread = isnan(p->spread) || spread > p->spread ? spread : p->spread;
		p->pinned_ok += !w->pin_rc && !w->strayed;
		p->moved += w->moved;
		p->migrations += w->migrations;
		if (w->pin_rc && !p->pin_errno)
			p->pin_errno = -w->pin_rc;
		for (unsigned s = 0; s < PGA_NR_STAGES; s++) {
			p->path[s] += w->t->path[s];
			p->stage[s] += w->t->stage[s];
		}
	}
	gather_told(pr);
	gather_places(pr);
	if (pr->follow)
		follow_gather(pr->follow, &p->follow);
	pr->e->ops->stats(pr->e->pga, -1, p->stats);
}

static void teardown(struct pass_run *pr)
{
	const struct pga_ops *ops = pr->e->ops;

	for (unsigned i = 0; ops->unpark && i < pr->run.nr_threads; i++)
		ops->unpark(pr->run.pga, pr->run.threads[i].req.cpu);
	pr->run.wl->teardown(&pr->run);
	eng_owners_clear(pr->e);
	for (unsigned i = 0; ops->park && i < pr->run.nr_threads; i++)
		ops->park(pr->run.pga, pr->run.threads[i].req.cpu);
}

static int gather_costs(struct pass_run *pr, char *why, size_t len)
{
	const struct path_cost **all;
	int rc = 0;

	if (pr->pass->kind != PASS_COSTS)
		return 0;
	all = calloc(pr->run.nr_threads, sizeof(struct path_cost *));
	for (unsigned i = 0; all && i < pr->run.nr_threads; i++) {
		all[i] = &pr->workers[i].costs.cost;
		rc = rc ? rc : pr->workers[i].costs.rc;
	}
	if (!all)
		rc = -ENOMEM;
	if (!rc)
		rc = path_result(&pr->pass->costs, all, pr->run.nr_threads);
	if (rc)
		snprintf(why, len, "no memory for the costs of paths");
	for (unsigned i = 0; i < pr->run.nr_threads; i++)
		eng_costs_free(&pr->workers[i].costs);
	free(all);
	return rc;
}

/* The phases, between an instance that was initialised and its end. */
static int run_phases(struct pass_run *pr, char *why, size_t len)
{
	int rc = eng_owners_start(pr->e, pr->run.ops, why, len), damage;
	char what[200] = "";

	if (!rc && pr->run.wl->setup)
		rc = pr->run.wl->setup(&pr->run, why, len);
	if (!rc)
		rc = run_threads(pr, why, len);
	int lost = gather_costs(pr, why, len);

	rc = rc ? rc : lost;
	damage = eng_owners_stop(pr->e, pr->pass, what, sizeof(what));
	if (!rc && damage) {
		snprintf(why, len, "%s", what);
		rc = damage;
	}
	if (!rc)
		gather(pr);
	teardown(pr);
	return rc ? rc : engine_verify(pr->e, why, len);
}

static int open_places(struct pass_run *pr, char *why, size_t len)
{
	if (pr->pass->kind == PASS_PATHS) {
		pr->counts = calloc(pr->e->cell->threads * counts_of(pr->e), sizeof(*pr->counts));
		if (!pr->counts) {
			snprintf(why, len, "no memory for counts of %u nodes",
				 pr->e->m->conf.nr_nodes);
			return -ENOMEM;
		}
	}
	return placement_make(&pr->placement, pr->e->cell->placement, pr->e->m, why, len);
}

static int open_follow(struct pass_run *pr, char *why, size_t len)
{
	struct engine *e = pr->e;
	enum bench_follow how = e->cell->memory.follow;

	if (how == FOLLOW_NO)
		return 0;
	engine_settle(e);
	pr->follow = follow_new(how, e->topo, e->m, e->cell->threads, e->frames.addr,
				how != FOLLOW_FIRST && !e->unbound);
	if (!pr->follow)
		snprintf(why, len, "no memory for notes of %llu frames",
			 (unsigned long long)e->m->frames);
	return pr->follow ? 0 : -ENOMEM;
}

static int run_pass(struct pass_run *pr, char *why, size_t len)
{
	int rc = open_places(pr, why, len);

	if (!rc)
		rc = open_follow(pr, why, len);
	if (!rc)
		rc = eng_owners_up(pr->e, &pr->run.stop, why, len);
	if (!rc)
		rc = engine_init(pr->e, why, len);
	if (!rc) {
		prepare_run(pr);
		rc = run_phases(pr, why, len);
		pr->e->ops->fini(pr->e->pga);
		pthread_mutex_destroy(&pr->lock);
	}
	eng_owners_down(pr->e);
	placement_free(&pr->placement);
	follow_free(pr->follow);
	free(pr->counts);
	return rc;
}

static uint64_t bound_of(const struct bench_cell *cell)
{
	return cell->bound_ns ? cell->bound_ns : ENGINE_PHASE_NS;
}

int engine_run(struct engine *e, struct engine_pass *pass, char *why, size_t len)
{
	unsigned nr = e->cell->threads;
	struct pass_run *pr = calloc(1, sizeof(*pr));
	size_t bytes = nr * sizeof(*pr->workers);
	int rc = -ENOMEM;

	snprintf(why, len, "no memory for %u threads", nr);
	*pass = (struct engine_pass){
		.kind = pass->kind,
		.group = pass->group,
		.stretches = pass->stretches,
		.bound_ns = pass->bound_ns ? pass->bound_ns : bound_of(e->cell),
		.fu9 = NAN,
	};
	if (pr) {
		pr->e = e;
		pr->pass = pass;
		pr->run.threads = sizing_threads(nr);
		pr->workers = aligned_alloc(_Alignof(struct worker), bytes);
	}
	if (pr && pr->run.threads && pr->workers) {
		memset(pr->workers, 0, bytes);
		rc = run_pass(pr, why, len);
	}
	if (pr) {
		free(pr->run.threads);
		free(pr->workers);
	}
	free(pr);
	return rc;
}
