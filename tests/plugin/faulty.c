/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The skeleton with a fault at the n-th allocation of an instance, so that
 * tests can see a cell fail while the others go on:
 *   fault=none   no fault
 *   fault=crash  a real SIGSEGV, also under a sanitizer
 *   fault=hang   sleeps for ever
 *   fault=oom    takes memory, 16 MiB at a time, up to fault.mib, then hangs;
 *                refused memory ends the process with SIGABRT
 *   fault=leak   one frame is handed out that nobody gets
 */
#define pga_skeleton skeleton_base
#include "core/skeleton.c"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum fault { FAULT_NONE, FAULT_CRASH, FAULT_HANG, FAULT_OOM, FAULT_LEAK, FAULT_NR };
static const char *const fault_words[] = { "none", "crash", "hang", "oom", "leak", NULL };

#define CHUNK ((size_t)16 << 20)

enum { TUN_FAULT, TUN_AFTER, TUN_MIB };
static const struct pga_tunable faulty_tunables[] = {
	[TUN_FAULT] = { .name = "fault",
			.type = PGA_TUN_WORD,
			.max = FAULT_NR - 1,
			.words = fault_words,
			.unit = "",
			.help = "what goes wrong" },
	[TUN_AFTER] = { .name = "fault.after",
			.type = PGA_TUN_INT,
			.def = 1000,
			.min = 1,
			.max = INT64_MAX,
			.unit = "allocations",
			.help = "the allocation at which it goes wrong" },
	[TUN_MIB] = { .name = "fault.mib",
		      .type = PGA_TUN_INT,
		      .def = 65536,
		      .min = 16,
		      .max = 1 << 24,
		      .unit = "MiB",
		      .help = "memory that fault=oom takes" },
	{ .name = NULL },
};

/* One instance at a time: the process of a sample makes them in turn. */
static struct {
	enum fault fault;
	int64_t after, mib;
	_Atomic int64_t allocations;
	struct pga_conf conf;
} faulty;

static int faulty_init(struct pga **self, const struct pga_conf *conf, const struct pga_host *host,
		       void *base)
{
	static const int64_t policy[] = { [TUN_FALLBACK] = 1, [TUN_RESERVE] = 0 };

	faulty.fault = (enum fault)conf->policy[TUN_FAULT];
	faulty.after = conf->policy[TUN_AFTER];
	faulty.mib = conf->policy[TUN_MIB];
	faulty.allocations = 0;
	faulty.conf = *conf;
	faulty.conf.policy = policy;
	return skeleton_base.init(self, &faulty.conf, host, base);
}

static _Noreturn void sleep_for_ever(void)
{
	for (;;)
		pause();
}

static _Noreturn void eat_memory(void)
{
	for (int64_t mib = 0; mib < faulty.mib; mib += (int64_t)(CHUNK >> 20)) {
		void *chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				   -1, 0);

		if (chunk == MAP_FAILED)
			abort();
		memset(chunk, 0x5a, CHUNK);
	}
	sleep_for_ever();
}

static struct pga_res faulty_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	if (++faulty.allocations == faulty.after) {
		switch (faulty.fault) {
		case FAULT_CRASH:
			signal(SIGSEGV, SIG_DFL);
			raise(SIGSEGV);
			break;
		case FAULT_HANG:
			sleep_for_ever();
		case FAULT_OOM:
			eat_memory();
		case FAULT_LEAK:
			skeleton_base.alloc(self, req, ctx);
			break;
		default:
			break;
		}
	}
	return skeleton_base.alloc(self, req, ctx);
}

static int faulty_set(struct pga *self, unsigned idx, int64_t value)
{
	(void)self;
	(void)idx;
	(void)value;
	return -EPERM;
}

extern struct pga_ops pga_plugin_ops;
struct pga_ops pga_plugin_ops;

__attribute__((constructor)) static void derive(void)
{
	pga_plugin_ops = skeleton_base;
	pga_plugin_ops.name = "faulty";
	pga_plugin_ops.summary = "the skeleton with a fault at the n-th allocation";
	pga_plugin_ops.tunables = faulty_tunables;
	pga_plugin_ops.init = faulty_init;
	pga_plugin_ops.alloc = faulty_alloc;
	pga_plugin_ops.set = faulty_set;
}
