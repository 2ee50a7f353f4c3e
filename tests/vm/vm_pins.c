/* SPDX-License-Identifier: GPL-2.0-only */
/* pins: threads stay on the CPU that they are pinned to, and it is on its node. */
#include "numa/topo.h"
#include "tests/vm/vm.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOKS 2000u /* times that a thread looks where it is */

struct pinned {
	const struct topo *t;
	unsigned logical, os, node; /* asked */
	int rc;
	unsigned elsewhere; /* looks that saw another CPU or node */
	bool only;	    /* the kernel allows this CPU alone */
	struct topo_pin_proof proof;
	pthread_t thread;
};

static atomic_bool stop;

/* Gives the scheduler a reason to move whoever may be moved. */
static void *disturb(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop))
		sched_yield();
	return NULL;
}

static void *stay(void *data)
{
	struct pinned *p = data;
	cpu_set_t set;

	p->rc = topo_pin(p->t, p->logical);
	topo_pin_begin(p->t, p->logical, &p->proof);
	for (unsigned i = 0; i < LOOKS; i++) {
		unsigned cpu = 0, node = 0;

		if (syscall(SYS_getcpu, &cpu, &node, NULL) || cpu != p->os || node != p->node)
			p->elsewhere++;
		sched_yield();
	}
	topo_pin_end(&p->proof);
	CPU_ZERO(&set);
	p->only = !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) == 1 &&
		  CPU_ISSET(p->os, &set);
	return NULL;
}

static void report(const struct pinned *p)
{
	char text[160];

	snprintf(text, sizeof(text), "rc %d, elsewhere %u times, alone %d, asked %d, moved %d",
		 p->rc, p->elsewhere, p->only, p->proof.asked, p->proof.moved);
	vm_check(!p->rc && !p->elsewhere && p->only && p->proof.asked == (int)p->os &&
			 !p->proof.moved,
		 text, "a thread stays on CPU %u of node %u", p->os, p->node);
}

void vm_prove_pins(const struct vm_shape *shape, int argc, char **argv)
{
	struct pinned pins[VM_MAX_CPUS] = { 0 };
	pthread_t noise[VM_MAX_CPUS];
	struct topo *t;
	char err[256];

	(void)argc;
	(void)argv;
	if (topo_load(&t, NULL, NULL, err, sizeof(err)))
		vm_die("%s", err);
	if (t->nr_cpus != shape->nr_cpus || t->nr_cpus > VM_MAX_CPUS)
		vm_die("%u CPUs found, %u given", t->nr_cpus, shape->nr_cpus);
	for (unsigned i = 0; i < t->nr_cpus; i++) {
		unsigned os = t->cpus[i].os_index;

		pins[i] = (struct pinned){
			.t = t, .logical = i, .os = os, .node = vm_node_of(shape, os)
		};
		if (pthread_create(&noise[i], NULL, disturb, NULL) ||
		    pthread_create(&pins[i].thread, NULL, stay, &pins[i]))
			vm_die("no thread");
	}
	for (unsigned i = 0; i < t->nr_cpus; i++)
		pthread_join(pins[i].thread, NULL);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < t->nr_cpus; i++) {
		pthread_join(noise[i], NULL);
		report(&pins[i]);
	}
	topo_free(t);
}
