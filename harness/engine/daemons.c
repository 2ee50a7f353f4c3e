/* SPDX-License-Identifier: GPL-2.0-only */
/* Daemons as threads, or stepped. */
#include "harness/engine/daemons.h"
#include "harness/measure/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000ull
/* Steps at a time in stepped mode; what is left has to wait for its next turn. */
#define STEPS_AT_A_TIME 32u

const struct bench_daemons_info bench_daemons[DAEMONS_NR] = {
	[DAEMONS_THREADED] = { "threaded", "a pinned thread for each daemon and node" },
	[DAEMONS_STEPPED] = { "stepped", "in between the operations, repeatable with one thread" },
	[DAEMONS_OFF] = { "off", "no daemon runs" },
};

struct seat {
	struct daemons *d;
	struct machine_daemon m;
	pthread_t thread;
	bool awake;   /* has work; atomic */
	bool running; /* under d->lock */
	uint64_t steps, wakes;
	bool placed; /* seen on the CPU that it was pinned to, which is of its node */
};

/*
 * Locking: lock guards running, hold and stopped, and is what sleeping daemons
 * (work) and the holder (idle) wait with.  Waiters of the slow path have a
 * lock of their own: a daemon's steps never hold either.
 */
struct daemons {
	struct daemons_conf conf;
	const struct pga_ops *ops;
	struct pga *pga;
	struct own *own;
	struct seat *seats; /* [conf.nr_seats] */
	unsigned nr_threads;
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	unsigned hold;
	bool stopped;	/* atomic */
	bool started;	/* atomic */
	bool stepping;	/* somebody runs stepped daemons; atomic */
	uint64_t start; /* ns: tick 0 */
	pthread_mutex_t wait_lock;
	pthread_cond_t progress;
	uint64_t done;	  /* pieces of work; under wait_lock */
	unsigned waiters; /* atomic */
};

#define load(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

static bool stopping(const struct daemons *d)
{
	return load(&d->stopped) || (d->conf.stop && atomic_load(d->conf.stop));
}

static uint64_t real_clock(void *data)
{
	const struct daemons *d = data;

	return (clk_ns() - d->start) / (NS_PER_S / d->conf.hz);
}

static struct timespec after(uint64_t ns)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns += (uint64_t)now.tv_nsec;
	return (struct timespec){ .tv_sec = now.tv_sec + (time_t)(ns / NS_PER_S),
				  .tv_nsec = (long)(ns % NS_PER_S) };
}

static void cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}

/* A piece of work is done: whoever waits may look again. */
static void tell_progress(struct daemons *d)
{
	if (!load(&d->waiters))
		return;
	pthread_mutex_lock(&d->wait_lock);
	d->done++;
	pthread_cond_broadcast(&d->progress);
	pthread_mutex_unlock(&d->wait_lock);
}

/* Until a daemon has done something, a write is due, or the ticks are over. */
static bool threaded_pause(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	struct daemons *d = data;
	uint64_t now = real_clock(d), next = own_next(d->own);
	int rc = 0;

	(void)kind;
	(void)cpu;
	if (stopping(d))
		return false;
	if (next < now + ticks)
		ticks = next > now ? (uint32_t)(next - now) : 0;
	if (!ticks)
		return true;
	struct timespec until = after(ticks * (NS_PER_S / d->conf.hz));

	__atomic_add_fetch(&d->waiters, 1u, __ATOMIC_ACQ_REL);
	pthread_mutex_lock(&d->wait_lock);
	for (uint64_t seen = d->done; rc != ETIMEDOUT && seen == d->done && !stopping(d);)
		rc = pthread_cond_timedwait(&d->progress, &d->wait_lock, &until);
	pthread_mutex_unlock(&d->wait_lock);
	__atomic_sub_fetch(&d->waiters, 1u, __ATOMIC_ACQ_REL);
	return !stopping(d);
}

/* One step of a daemon, whose CPU is unparked. true: it has more to do. */
static bool step(struct seat *s)
{
	struct daemons *d = s->d;
	bool more = d->ops->daemons[s->m.daemon].step(d->pga, s->m.node, s->m.cpu);

	s->steps++;
	own_poll(d->own);
	tell_progress(d);
	return more;
}

static void unpark(const struct seat *s)
{
	if (s->d->ops->unpark)
		s->d->ops->unpark(s->d->pga, s->m.cpu);
}

/* Its counters are folded, then others may drain its lists. */
static void park(const struct seat *s)
{
	if (s->d->ops->tick)
		s->d->ops->tick(s->d->pga, s->m.cpu);
	if (s->d->ops->park)
		s->d->ops->park(s->d->pga, s->m.cpu);
}

/*
 * Sleep until there is work; false: the end.  While writes are under way,
 * somebody must look whether they have ended: every tick.
 */
static bool sleep_until_woken(struct seat *s)
{
	struct daemons *d = s->d;
	bool woken;

	pthread_mutex_lock(&d->lock);
	s->running = false;
	pthread_cond_broadcast(&d->idle);
	while (!d->stopped && (d->hold || !load(&s->awake))) {
		if (own_next(d->own) == UINT64_MAX) {
			pthread_cond_wait(&d->work, &d->lock);
			continue;
		}
		struct timespec until = after(NS_PER_S / d->conf.hz);

		pthread_cond_timedwait(&d->work, &d->lock, &until);
		if (d->hold)
			continue;
		pthread_mutex_unlock(&d->lock);
		if (own_poll(d->own))
			tell_progress(d);
		pthread_mutex_lock(&d->lock);
	}
	woken = !d->stopped;
	s->running = woken;
	pthread_mutex_unlock(&d->lock);
	return woken;
}

static bool held(struct daemons *d)
{
	pthread_mutex_lock(&d->lock);
	/* Two plain loads would become one wide one, over who is stepping, too. */
	bool hold = load(&d->hold) || load(&d->stopped);

	pthread_mutex_unlock(&d->lock);
	return hold;
}

static void *daemon_main(void *arg)
{
	struct seat *s = arg;

	const struct topo *t = s->d->conf.topo;
	struct topo_pin_proof pin = { .asked = -1 };

	if (t && !topo_pin(t, s->m.real))
		topo_pin_begin(t, s->m.real, &pin);
	while (sleep_until_woken(s)) {
		bool more = true;

		store(&s->awake, false);
		unpark(s);
		while (more && !held(s->d))
			more = step(s);
		park(s);
		if (more)
			store(&s->awake, true);
	}
	if (pin.asked >= 0)
		topo_pin_end(&pin);
	s->placed = pin.asked >= 0 && !pin.moved && t->cpus[s->m.real].node == s->m.node;
	return NULL;
}

/* Stepped: all that are awake, in the order of their seats. */
static void run_awake(struct daemons *d)
{
	unsigned left = STEPS_AT_A_TIME;

	for (unsigned i = 0; i < d->conf.nr_seats; i++) {
		struct seat *s = &d->seats[i];
		bool more = true;

		if (!left || !load(&s->awake))
			continue;
		store(&s->awake, false);
		unpark(s);
		for (; more && left; left--)
			more = step(s);
		park(s);
		if (more)
			store(&s->awake, true);
	}
}

/* A step that waits, or a second thread, finds the daemons busy and goes on. */
static void stepped_breathe(void *data, unsigned cpu)
{
	struct daemons *d = data;
	bool any = false;

	(void)cpu;
	for (unsigned i = 0; i < d->conf.nr_seats; i++)
		any |= load(&d->seats[i].awake);
	if (!any || !load(&d->started) || __atomic_exchange_n(&d->stepping, true, __ATOMIC_ACQUIRE))
		return;
	if (!held(d))
		run_awake(d);
	store(&d->stepping, false);
}

static bool stepped_pause(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	(void)kind;
	(void)ticks;
	stepped_breathe(data, cpu);
	return !stopping(data);
}

static void wake(void *data, unsigned daemon, unsigned node)
{
	struct daemons *d = data;

	for (unsigned i = 0; i < d->conf.nr_seats; i++) {
		struct seat *s = &d->seats[i];

		if (s->m.daemon != daemon || s->m.node != node || load(&s->awake))
			continue;
		if (__atomic_exchange_n(&s->awake, true, __ATOMIC_ACQ_REL))
			continue;
		__atomic_add_fetch(&s->wakes, 1u, __ATOMIC_RELAXED);
		if (d->conf.mode != DAEMONS_THREADED)
			continue;
		pthread_mutex_lock(&d->lock);
		pthread_cond_broadcast(&d->work);
		pthread_mutex_unlock(&d->lock);
	}
}

struct daemons *daemons_new(const struct daemons_conf *conf)
{
	struct daemons *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->conf = *conf;
	if (conf->mode == DAEMONS_OFF)
		d->conf.nr_seats = 0;
	d->seats = calloc(conf->nr_seats + 1u, sizeof(*d->seats));
	if (!d->seats) {
		free(d);
		return NULL;
	}
	for (unsigned i = 0; i < d->conf.nr_seats; i++)
		d->seats[i] = (struct seat){ .d = d, .m = conf->seats[i] };
	d->start = clk_ns();
	pthread_mutex_init(&d->lock, NULL);
	pthread_mutex_init(&d->wait_lock, NULL);
	cond_init(&d->work);
	cond_init(&d->idle);
	cond_init(&d->progress);
	return d;
}

void daemons_env(struct daemons *d, struct own_env *env)
{
	bool stepped = d->conf.mode == DAEMONS_STEPPED;

	env->data = d;
	env->clock = stepped ? NULL : real_clock;
	env->wake = wake;
	env->pause = stepped ? stepped_pause : threaded_pause;
	env->breathe = stepped ? stepped_breathe : NULL;
}

int daemons_start(struct daemons *d, const struct pga_ops *ops, struct pga *pga, struct own *own)
{
	d->ops = ops;
	d->pga = pga;
	d->own = own;
	store(&d->started, true);
	if (d->conf.mode != DAEMONS_THREADED)
		return 0;
	for (; d->nr_threads < d->conf.nr_seats; d->nr_threads++) {
		struct seat *s = &d->seats[d->nr_threads];

		s->running = true;
		if (pthread_create(&s->thread, NULL, daemon_main, s)) {
			daemons_stop(d);
			return -EAGAIN;
		}
	}
	return 0;
}

void daemons_hold(struct daemons *d)
{
	bool busy = true;

	pthread_mutex_lock(&d->lock);
	d->hold++;
	while (busy) {
		busy = false;
		for (unsigned i = 0; i < d->nr_threads; i++)
			busy |= d->seats[i].running;
		if (busy)
			pthread_cond_wait(&d->idle, &d->lock);
	}
	pthread_mutex_unlock(&d->lock);
}

void daemons_release(struct daemons *d)
{
	pthread_mutex_lock(&d->lock);
	d->hold--;
	pthread_cond_broadcast(&d->work);
	pthread_mutex_unlock(&d->lock);
}

void daemons_stop(struct daemons *d)
{
	pthread_mutex_lock(&d->lock);
	store(&d->stopped, true);
	pthread_cond_broadcast(&d->work);
	pthread_mutex_unlock(&d->lock);
	pthread_mutex_lock(&d->wait_lock);
	pthread_cond_broadcast(&d->progress);
	pthread_mutex_unlock(&d->wait_lock);
	for (; d->nr_threads; d->nr_threads--)
		pthread_join(d->seats[d->nr_threads - 1].thread, NULL);
}

void daemons_free(struct daemons *d)
{
	if (!d)
		return;
	daemons_stop(d);
	pthread_cond_destroy(&d->work);
	pthread_cond_destroy(&d->idle);
	pthread_cond_destroy(&d->progress);
	pthread_mutex_destroy(&d->lock);
	pthread_mutex_destroy(&d->wait_lock);
	free(d->seats);
	free(d);
}

uint64_t daemons_steps(const struct daemons *d)
{
	uint64_t steps = 0;

	for (unsigned i = 0; i < d->conf.nr_seats; i++)
		steps += d->seats[i].steps;
	return steps;
}

unsigned daemons_placed(const struct daemons *d, unsigned *nr)
{
	unsigned placed = 0;

	bool real = d->conf.topo && !d->conf.topo->simulated;

	*nr = real && d->conf.mode == DAEMONS_THREADED ? d->conf.nr_seats : 0;
	for (unsigned i = 0; i < *nr; i++)
		placed += d->seats[i].placed;
	return placed;
}

uint64_t daemons_wakes(const struct daemons *d)
{
	uint64_t wakes = 0;

	for (unsigned i = 0; i < d->conf.nr_seats; i++)
		wakes += __atomic_load_n(&d->seats[i].wakes, __ATOMIC_RELAXED);
	return wakes;
}
