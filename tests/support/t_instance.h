/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine from one line of text, and an allocator instance on it.
 *
 * The text is a list of words:
 *   zone=NODE:TYPE:START+SPAN   in ascending order of node, then type
 *   hole=START+LEN              frames without RAM
 *   res=START+LEN               RAM kept back for ever
 *   cma=START+LEN               CMA area, whole pageblocks
 *   cpus=NODE,NODE,...          the node of each CPU
 *   dist=10,20/20,10            rows by '/'; default 10 local, 20 remote
 *   orders=N pageblock=N        default 11 and 9
 *   base=PFN                    block_base of all zones, default 0; a mechanism that
 *                               aligns blocks to zones gets each zone's start instead
 * What is neither hole nor reserved nor CMA is handed over at boot.
 */
#ifndef TESTS_T_INSTANCE_H
#define TESTS_T_INSTANCE_H

#include "core/variants.h"
#include "tests/support/t_seed.h"

#include <stdint.h>

#define T_MAX_ZONES 16
#define T_MAX_CPUS 16
#define T_MAX_NODES 8
#define T_MAX_RANGES 64

struct t_machine {
	const char *name, *text; /* NULL name ends the table */
	const char *what;
};
extern const struct t_machine t_machines[];

extern const struct pga_ops pga_skeleton;

/**
 * t_extra - the mechanism that is tested besides the rows of the table
 * The plug-in that $ZB_PLUGIN names, else the skeleton.  A plug-in that cannot
 * be loaded ends the process with the reason on stderr.
 */
const struct pga_ops *t_extra(void);
/** t_rows - the table of variants; empty when $ZB_PLUGIN asks for a plug-in alone. */
const struct pga_variant_row *t_rows(void);

struct t_instance {
	struct pga_conf conf;
	struct pga_variant variant;
	const struct pga_ops *ops;
	struct pga *pga;
	void *base;
	size_t bytes;
	pga_pfn_t end;	/* one above the last frame of all zones */
	int driver;	/* the CPU that is not parked, -1 none */
	uint64_t ticks; /* what the host's clock says */
	char why[256];	/* of the last failure */
	struct pga_zone_conf zones[T_MAX_ZONES];
	uint16_t cpu_node[T_MAX_CPUS], dist[T_MAX_NODES * T_MAX_NODES];
	struct pga_range mem[T_MAX_RANGES], reserved[T_MAX_RANGES], cma[T_MAX_RANGES],
		boot[T_MAX_RANGES];
};

/** t_knows_zone - may a machine for this mechanism have zones of a type? */
bool t_knows_zone(const struct pga_ops *ops, unsigned type);
/** t_serves - does the mechanism know all types of zones of a machine (as for t_up)? */
bool t_serves(const struct pga_ops *ops, const char *machine);

/** t_machine_find - text of a named machine; NULL if unknown. */
const char *t_machine_find(const char *name);

/**
 * t_conf - build in->conf from a machine's text
 * @in: must not move afterwards, conf points into it
 * Return: 0, or -EINVAL with in->why.
 */
int t_conf(struct t_instance *in, const char *text);

/**
 * t_up - build a machine and an instance of @variant on it
 * @variant: for pga_variant_parse, with t_extra()
 * @machine: a name of t_machines, or the text of a machine
 * Return: 0; -EOPNOTSUPP the mechanism cannot serve this machine; -EINVAL;
 * both with in->why.
 */
int t_up(struct t_instance *in, const char *variant, const char *machine);
/**
 * t_up_with - the same with another host
 * @make: fills in the host when conf and policy are there; 0, or in->why says why not
 */
typedef int (*t_host_fn)(struct t_instance *in, struct pga_host *host, void *data);
int t_up_with(struct t_instance *in, const char *variant, const char *machine, t_host_fn make,
	      void *data);
void t_down(struct t_instance *in);

/** t_drive - park the CPU driven so far and unpark @cpu; one thread only. */
void t_drive(struct t_instance *in, unsigned cpu);
/** t_drain_all - park all and empty the lists of every CPU. */
void t_drain_all(struct t_instance *in);

/** t_alloc - one request on @cpu, which becomes the one driven. */
struct pga_res t_alloc(struct t_instance *in, unsigned cpu, int node, unsigned order, uint32_t gfp);
void t_free(struct t_instance *in, unsigned cpu, pga_pfn_t pfn, unsigned order);

/** t_orders - orders that both the mechanism and the machine offer, a count. */
unsigned t_orders(const struct t_instance *in);
/** t_free_blocks - free blocks of a zone by order, all types together. */
void t_free_blocks(struct t_instance *in, unsigned zone, uint32_t *blocks);
/** t_pcp_frames - frames on all per-CPU lists of a zone. */
uint64_t t_pcp_frames(struct t_instance *in, unsigned zone);

#endif
