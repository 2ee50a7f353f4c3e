/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Daemons that are woken, sleep, are held, make others wait no longer, and end.
 * The mechanism is a script: a daemon has as many steps to do as it was given.
 * Prints TAP.
 */
#include "tests/support/t_owners.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define NODES 2u
#define CPUS 4u /* two for daemons */

/* What the script was told; [node]. */
static atomic_uint todo[NODES], steps[NODES], wrong, unparked[CPUS];
static atomic_bool waits_inside;
static struct own *own;
static struct pga_host host;

static unsigned failed, done;

static void result(bool ok, const char *name)
{
	done++;
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", done, name);
}

static bool script_step(struct pga *self, unsigned node, unsigned cpu)
{
	(void)self;
	if (cpu != CPUS - NODES + node || atomic_load(&unparked[cpu]) != 1)
		atomic_fetch_add(&wrong, 1);
	if (atomic_load(&waits_inside))
		host.wait(host.data, PGA_WAIT_CONGESTION, 1, cpu);
	atomic_fetch_add(&steps[node], 1);
	unsigned left = atomic_load(&todo[node]);

	if (left && left != UINT32_MAX)
		atomic_fetch_sub(&todo[node], 1);
	return left > 1;
}

static void script_park(struct pga *self, unsigned cpu)
{
	(void)self;
	atomic_fetch_sub(&unparked[cpu], 1);
}

static void script_unpark(struct pga *self, unsigned cpu)
{
	(void)self;
	atomic_fetch_add(&unparked[cpu], 1);
}

static const struct pga_daemon script_daemons[] = {
	{ .name = "scriptd", .help = "does what it is told", .step = script_step },
	{ .name = NULL },
};
static const struct pga_ops script = {
	.name = "script",
	.park = script_park,
	.unpark = script_unpark,
	.daemons = script_daemons,
};

static struct t_instance machine;
static atomic_bool stop;
static const struct machine_daemon seats[NODES] = { { .cpu = 2, .node = 0 },
						    { .cpu = 3, .node = 1 } };

static struct daemons *begin(enum bench_daemons mode)
{
	struct daemons_conf conf = {
		.mode = mode, .seats = seats, .nr_seats = NODES, .hz = 1000, .stop = &stop
	};
	struct own_conf owners = {
		.nr_handles = 16, .nr_tasks = 1, .no_device = true, .conf = &machine.conf
	};
	char why[200];

	for (unsigned n = 0; n < NODES; n++) {
		atomic_store(&todo[n], 0);
		atomic_store(&steps[n], 0);
	}
	atomic_store(&wrong, 0);
	atomic_store(&waits_inside, false);
	atomic_store(&stop, false);
	if (t_conf(&machine, "zone=0:Normal:0+512 zone=1:Normal:512+512 cpus=0,1,0,1"))
		return NULL;
	struct daemons *d = daemons_new(&conf);

	daemons_env(d, &owners.env);
	own = own_new(&owners, why, sizeof(why));
	own_host(own, &host);
	own_attach(own, &script, NULL);
	return d;
}

static void end(struct daemons *d)
{
	daemons_free(d);
	own_delete(own);
}

/* The condition comes true sooner or later, or the test hangs: no time is assumed. */
static void until_steps(unsigned node, unsigned nr)
{
	while (atomic_load(&steps[node]) < nr)
		sched_yield();
}

static void wake(unsigned node, unsigned work)
{
	atomic_store(&todo[node], work);
	host.wake(host.data, 0, node);
}

static void woken_daemons_work(void)
{
	struct daemons *d = begin(DAEMONS_THREADED);

	wake(1, 3);
	daemons_start(d, &script, NULL, own);
	until_steps(1, 3);
	daemons_hold(d);
	result(atomic_load(&steps[0]) == 0 && atomic_load(&steps[1]) == 3,
	       "threaded: a wake before the start is remembered, and only for its node");
	wake(0, 1);
	wake(1, 2);
	result(atomic_load(&steps[0]) == 0 && atomic_load(&steps[1]) == 3,
	       "threaded: held daemons do not start");
	daemons_release(d);
	until_steps(0, 1);
	until_steps(1, 5);
	daemons_stop(d);
	result(atomic_load(&steps[0]) == 1 && atomic_load(&steps[1]) == 5 &&
		       daemons_steps(d) == 6 && daemons_wakes(d) == 3,
	       "threaded: each does the steps that it has, then sleeps");
	result(!atomic_load(&wrong), "threaded: each on its CPU, unparked");
	result(!atomic_load(&unparked[2]) && !atomic_load(&unparked[3]),
	       "threaded: their CPUs are parked in the end");
	end(d);
}

static void a_busy_daemon_can_be_held_and_stopped(void)
{
	struct daemons *d = begin(DAEMONS_THREADED);

	daemons_start(d, &script, NULL, own);
	wake(0, UINT32_MAX);
	until_steps(0, 10);
	daemons_hold(d);
	unsigned at = atomic_load(&steps[0]);

	for (unsigned i = 0; i < 1000; i++)
		sched_yield();
	bool still = atomic_load(&steps[0]) == at && !atomic_load(&unparked[2]);

	daemons_release(d);
	until_steps(0, at + 10);
	result(still, "threaded: a daemon that never ends is held between two steps, and goes on");
	daemons_stop(d);
	result(!atomic_load(&unparked[2]), "threaded: it is stopped between two steps");
	end(d);
}

static void *waiter(void *arg)
{
	enum pga_answer *answer = arg;

	/* Longer than any test may take: only an event can end it. */
	*answer = host.wait(host.data, PGA_WAIT_KSWAPD, 100000000, 0);
	return NULL;
}

static void waits_end(void)
{
	struct daemons *d = begin(DAEMONS_THREADED);
	enum pga_answer answer = PGA_NOW_MEMALLOC;
	pthread_t t;

	daemons_start(d, &script, NULL, own);
	wake(0, UINT32_MAX);
	pthread_create(&t, NULL, waiter, &answer);
	pthread_join(t, NULL);
	result(answer == PGA_GO_ON, "threaded: a step of a daemon ends a wait");
	end(d);
	d = begin(DAEMONS_THREADED);
	daemons_start(d, &script, NULL, own);
	pthread_create(&t, NULL, waiter, &answer);
	daemons_stop(d);
	pthread_join(t, NULL);
	result(answer == PGA_GIVE_UP, "threaded: stopping ends a wait, which gives up");
	end(d);
}

static void stopping_makes_waits_give_up(void)
{
	struct daemons *d = begin(DAEMONS_THREADED);
	enum pga_answer answer;

	daemons_start(d, &script, NULL, own);
	atomic_store(&stop, true);
	answer = host.wait(host.data, PGA_WAIT_CONGESTION, 100000000, 0);
	result(answer == PGA_GIVE_UP, "threaded: the end of the run makes waits give up");
	end(d);
}

static void stepped_daemons(void)
{
	struct daemons *d = begin(DAEMONS_STEPPED);

	daemons_start(d, &script, NULL, own);
	wake(0, 5);
	bool lazy = !atomic_load(&steps[0]);

	host.wait(host.data, PGA_WAIT_KSWAPD, 10, 0);
	result(lazy && atomic_load(&steps[0]) == 5 && !atomic_load(&steps[1]),
	       "stepped: they run in the next wait");
	result(own_now(own) == 10, "stepped: a wait takes virtual time");
	wake(1, UINT32_MAX);
	host.wait(host.data, PGA_WAIT_KSWAPD, 1, 0);
	unsigned first = atomic_load(&steps[1]);

	host.wait(host.data, PGA_WAIT_KSWAPD, 1, 0);
	result(first > 0 && atomic_load(&steps[1]) == 2 * first,
	       "stepped: a bounded number of steps at a time, the rest later");
	atomic_store(&todo[1], 0);
	host.wait(host.data, PGA_WAIT_KSWAPD, 1, 0);
	first = atomic_load(&steps[1]);
	atomic_store(&waits_inside, true);
	wake(1, 3);
	host.wait(host.data, PGA_WAIT_KSWAPD, 1, 0);
	result(atomic_load(&steps[1]) == first + 3, "stepped: a step that waits runs no daemon");
	result(!atomic_load(&wrong) && !atomic_load(&unparked[2]) && !atomic_load(&unparked[3]),
	       "stepped: each on its own CPU, parked in the end");
	end(d);
}

static void daemons_that_are_off(void)
{
	struct daemons *d = begin(DAEMONS_OFF);

	daemons_start(d, &script, NULL, own);
	wake(0, 5);
	result(host.wait(host.data, PGA_WAIT_CONGESTION, 1, 0) == PGA_GO_ON &&
		       !atomic_load(&steps[0]),
	       "off: nobody answers, waits end by time");
	end(d);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	woken_daemons_work();
	a_busy_daemon_can_be_held_and_stopped();
	waits_end();
	stopping_makes_waits_give_up();
	stepped_daemons();
	daemons_that_are_off();
	printf("1..%u\n%u passed, %u failed\n", done, done - failed, failed);
	return failed != 0;
}
