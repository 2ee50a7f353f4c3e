/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads on CPUs, and the proof of it. */
#include "numa/topo.h"
#include "tests/support/t_deny.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

static struct topo *topo;

static void load(const char *spec)
{
	char err[512];

	cr_assert_eq(topo_load(&topo, spec, NULL, err, sizeof(err)), 0, "%s", err);
}

static void setup(void)
{
	load(NULL);
}

static void teardown(void)
{
	topo_free(topo);
}

static void need_pinning(unsigned cpus)
{
	struct topo_abilities able;

	topo_try(topo, &able);
	if (able.pin)
		cr_skip_test("this machine does not pin: %s", strerror(able.pin));
	if (topo->nr_cpus < cpus)
		cr_skip_test("%u CPU is not enough", topo->nr_cpus);
}

static void need_filter(const char *spec)
{
	char err[256];

	if (t_deny(spec, err, sizeof(err)))
		cr_skip_test("%s", err);
}

/* Behind zonebench's back. */
static void move_to(unsigned os)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(os, &set);
	cr_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

TestSuite(pin, .init = setup, .fini = teardown);

Test(pin, asked_is_seen)
{
	need_pinning(1);
	for (unsigned i = 0; i < topo->nr_cpus; i++) {
		struct topo_pin_proof p;

		cr_assert_eq(topo_pin(topo, i), 0);
		topo_pin_begin(topo, i, &p);
		topo_pin_end(&p);
		cr_assert_eq(p.asked, (int)topo->cpus[i].os_index);
		cr_assert_eq(p.seen, p.asked);
		cr_assert_leq(p.migrations, 0);
		cr_assert_geq(p.switches, 0);
		cr_assert_not(p.moved);
	}
}

Test(pin, a_thread_that_moves_is_noticed)
{
	need_pinning(2);
	struct topo_pin_proof p;

	topo_pin(topo, 0);
	topo_pin_begin(topo, 0, &p);
	move_to(topo->cpus[1].os_index);
	topo_pin_end(&p);
	cr_assert_eq(p.asked, (int)topo->cpus[0].os_index);
	cr_assert_eq(p.seen, (int)topo->cpus[1].os_index);
	cr_assert(p.moved);
}

Test(pin, there_and_back_is_noticed)
{
	need_pinning(2);
	struct topo_pin_proof p;

	topo_pin(topo, 0);
	topo_pin_begin(topo, 0, &p);
	if (p.migrations_begin < 0)
		cr_skip_test("this kernel does not count migrations");
	move_to(topo->cpus[1].os_index);
	move_to(topo->cpus[0].os_index);
	topo_pin_end(&p);
	cr_assert_eq(p.seen, p.asked);
	cr_assert_geq(p.migrations, 2);
	cr_assert(p.moved);
}

Test(pin, on_the_wrong_cpu_from_the_start)
{
	need_pinning(2);
	struct topo_pin_proof p;

	topo_pin(topo, 1);
	topo_pin_begin(topo, 0, &p);
	topo_pin_end(&p);
	cr_assert_eq(p.asked, -1);
	cr_assert_eq(p.seen, (int)topo->cpus[1].os_index);
}

Test(pin, not_pinned_is_said)
{
	need_pinning(2);
	struct topo_pin_proof p;

	topo_pin_begin(topo, 0, &p);
	topo_pin_end(&p);
	cr_assert_eq(p.asked, -1);
}

Test(pin, no_such_cpu)
{
	cr_assert_eq(topo_pin(topo, topo->nr_cpus), -EINVAL);
}

Test(pin, trying_leaves_the_caller_alone)
{
	cpu_set_t before, after;
	struct topo_abilities able;

	CPU_ZERO(&before);
	CPU_ZERO(&after);
	cr_assert_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	topo_try(topo, &able);
	cr_assert_eq(sched_getaffinity(0, sizeof(after), &after), 0);
	cr_assert(CPU_EQUAL(&before, &after));
}

Test(pin, only_allowed_cpus_are_listed)
{
	need_pinning(2);
	unsigned os = topo->cpus[1].os_index;

	move_to(os);
	topo_free(topo);
	load(NULL);
	cr_assert_eq(topo->nr_cpus, 1);
	cr_assert_eq(topo->cpus[0].os_index, os);
	cr_assert_eq(topo->cpus[0].smt, 0);
	cr_assert_eq(topo->cpus[0].core, 0);
	cr_assert_eq(topo_pin(topo, 0), 0);
}

/* Simulated CPUs take turns on the real ones. */
Test(pin, simulated_is_modulo)
{
	need_pinning(1);
	unsigned real = topo->nr_cpus;
	unsigned first = topo->cpus[0].os_index;

	topo_free(topo);
	load("synthetic:numa:4 core:64 pu:1");
	for (unsigned cpu = 0; cpu < topo->nr_cpus; cpu += real) {
		struct topo_pin_proof p;

		cr_assert_eq(topo_pin(topo, cpu), 0);
		topo_pin_begin(topo, cpu, &p);
		topo_pin_end(&p);
		cr_assert_eq(p.asked, (int)first, "cpu %u on %d", cpu, p.asked);
		cr_assert_not(p.moved);
	}
}

Test(pin, flat_pins_without_hwloc)
{
	need_pinning(1);
	topo_free(topo);
	load("flat");
	struct topo_pin_proof p;

	cr_assert_eq(topo_pin(topo, topo->nr_cpus - 1), 0);
	topo_pin_begin(topo, topo->nr_cpus - 1, &p);
	topo_pin_end(&p);
	cr_assert_eq(p.seen, (int)topo->cpus[topo->nr_cpus - 1].os_index);
	cr_assert_not(p.moved);
}

static void check_refused(const char *spec, int why)
{
	struct topo_pin_proof p;

	need_filter(spec);
	cr_assert_eq(topo_pin(topo, 0), -why);
	topo_pin_begin(topo, 0, &p);
	topo_pin_end(&p);
	if (topo->nr_cpus > 1)
		cr_assert_eq(p.asked, -1);
	topo_free(topo);
	load(NULL);
	cr_assert_gt(topo->nr_cpus, 0);
}

Test(pin, refused_eperm)
{
	check_refused("sched_setaffinity:EPERM", EPERM);
}

Test(pin, refused_enosys)
{
	check_refused("sched_setaffinity:ENOSYS", ENOSYS);
}

Test(pin, refused_einval)
{
	check_refused("sched_setaffinity:EINVAL", EINVAL);
}
