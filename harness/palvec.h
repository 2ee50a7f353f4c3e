/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conformance vectors: text files that hold a machine, its state after boot, a
 * sequence of operations with the answer to each, and checks of the state.
 * A file is user input: whatever it holds, the answer is a message.
 */
#ifndef HARNESS_PALVEC_H
#define HARNESS_PALVEC_H

#include "core/variants.h"

#include <stdio.h>

enum bench_pv_outcome { PV_OK, PV_SKIPPED, PV_FAILED };

struct bench_pv_result {
	enum bench_pv_outcome outcome;
	uint64_t ops; /* replayed */
	char *text;   /* reason of a skip, or what went wrong; malloc'ed, NULL if OK */
};

/**
 * bench_pv_verify - replay one file on the mechanism of its model
 * @record: NULL, or gets the file again with the answers that the mechanism
 *          gives; the file is then a script: header, BOOT, OPS, operations
 *          without answers (H, CHECK alone on their lines), END.  A comment
 *          "# lists" in the header asks for lists in the checks; the free of a
 *          block that was not to be had is left out.
 */
void bench_pv_verify(const char *path, FILE *record, struct bench_pv_result *result);

/* --- shared by harness/palvec*.c only --- */

#define PV_MAX_CPUS 4096u
#define PV_MAX_NODES PGA_MAX_NODES
#define PV_MAX_ZONES 255u
#define PV_MAX_RANGES 4096u
#define PV_MAX_GFPS 256u
#define PV_MAX_META (1ull << 30) /* bytes of metadata that a file may ask for */

/* A file, cut into lines in place. */
struct bench_pv_reader {
	const char *path;
	char *text, *next, *end;
	char *line;   /* the current one, NULL at the end */
	unsigned no;  /* its number, from 1 */
	char *cursor; /* behind the word read last */
	FILE *msg;    /* collects the message */
	bool skip;    /* msg is the reason of a skip */
};

enum bench_pv_set { PV_MEM, PV_RESERVED, PV_CMA, PV_BOOT, PV_NR_SETS };

struct bench_pv_gfp {
	const char *name; /* in the reader's text */
	uint32_t flags;
};

/* The header: what the file asks for. */
struct bench_pv_machine {
	const char *variant; /* row of core/variants.c */
	const char *model, *types, *vmstat, *zlc, *list_order, *compaction;
	uint32_t page_shift, max_order, block_order, hz, nr_cpus, nr_nodes, nr_zones, nr_gfps;
	uint32_t nr_range[PV_NR_SETS];
	uint16_t *cpu_node, *dist;
	struct pga_zone_conf *zone;
	struct pga_range *range[PV_NR_SETS];
	struct bench_pv_gfp *gfp;
	enum pga_type type[PGA_NR_TYPES]; /* of the letters */
	unsigned nr_types;
};

struct bench_pv_block {
	int64_t id;
	pga_pfn_t pfn;
	uint8_t order;
	bool live;
};

struct bench_pv_move {
	pga_pfn_t from, to;
};

/* A machine that runs. */
struct bench_pv_run {
	struct bench_pv_reader *r;
	struct bench_pv_machine *m;
	struct pga_variant variant;
	struct pga_conf conf;
	const struct pga_ops *ops;
	struct pga *self;
	void *meta;
	uint64_t clock; /* ticks */
	uint64_t nr_ops, live_blocks, live_frames;
	bool lists;	   /* the file shows lists in its checks */
	FILE *record;	   /* gets the file with the mechanism's answers; NULL: compare */
	char answer[80];   /* of the operation under way, when recording */
	const char *facts; /* key of the facts that follow the operation, or NULL */
	struct bench_pv_block *block; /* by ascending id */
	size_t nr_blocks, max_blocks;
	uint32_t *owner; /* by frame: 1 + index into block; NULL: nothing ever moves */
	uint64_t nr_owners;
	struct bench_pv_move *move; /* of the current operation */
	size_t nr_moves, max_moves;
};

struct bench_pv_hashes {
	uint64_t free, pcp;
};

/* Reader.  All return 0, or -1 after a message about the current line. */
bool bench_pv_line(struct bench_pv_reader *r); /* to the next one; skips comments */
int bench_pv_malformed(struct bench_pv_reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const char *bench_pv_word(struct bench_pv_reader *r); /* NULL at the end of the line */
int bench_pv_number(struct bench_pv_reader *r, const char *what, int64_t min, int64_t max,
		    int64_t *value);
int bench_pv_end(struct bench_pv_reader *r); /* nothing may follow on the line */
/** bench_pv_is - does the current line begin with this word? Steps behind it. */
bool bench_pv_is(struct bench_pv_reader *r, const char *word);

int bench_pv_header(struct bench_pv_reader *r, struct bench_pv_machine *m);
void bench_pv_header_free(struct bench_pv_machine *m);
int bench_pv_letter(const struct bench_pv_machine *m, char letter); /* index of types, or -1 */

/* State. */
void bench_pv_hash(struct bench_pv_run *run, struct bench_pv_hashes *h);
/** bench_pv_render - the lines of a check, without its first and last */
void bench_pv_render(struct bench_pv_run *run, FILE *f);
/** bench_pv_show - free lists and CPUs' lists of a zone (-1: all), shortened, for a reader */
void bench_pv_show(struct bench_pv_run *run, int zone, FILE *f);

/* Replay. */
int bench_pv_replay(struct bench_pv_run *run);
/** bench_pv_record - run a script: @header, then from OPS lines without answers */
int bench_pv_record(struct bench_pv_run *run, const char *header);
int bench_pv_diverged(struct bench_pv_run *run, int zone, const char *expected, const char *actual);
/**
 * bench_pv_answer - compare with what follows the equals sign, the rest of the
 * line; or keep it to be recorded.  @zone: to show when they differ, -1 all
 */
int bench_pv_answer(struct bench_pv_run *run, int zone, const char *got);
/* Arguments of operations; all return 0, or -1 after a message. */
int bench_pv_cpu(struct bench_pv_run *run, int64_t *cpu);
int bench_pv_zone(struct bench_pv_run *run, int64_t *zone);
int bench_pv_gfp(struct bench_pv_run *run, uint32_t *flags);
/** bench_pv_fact - compare the current line with the fact that its first word names */
int bench_pv_fact(struct bench_pv_run *run);
bool bench_pv_is_fact(struct bench_pv_reader *r);
/** bench_pv_facts - lines of the facts of one key, NULL: of all */
void bench_pv_facts(struct bench_pv_run *run, const char *key, FILE *f);

/* Compaction: owners of frames, their moves, and operations. */
int bench_pv_owners(struct bench_pv_run *run); /* prepare, if the file compacts */
void bench_pv_own(struct bench_pv_run *run, const struct bench_pv_block *block, uint32_t gfp,
		  unsigned cpu);
/** bench_pv_disown - before a free. Return: 0, or what lru_del says */
int bench_pv_disown(struct bench_pv_run *run, const struct bench_pv_block *block, unsigned cpu);
int bench_pv_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order); /* host hook */
/** bench_pv_moves - compare the lines that follow with the moves of the operation */
int bench_pv_moves(struct bench_pv_run *run);
void bench_pv_record_moves(struct bench_pv_run *run);
int bench_pv_compact_zone(struct bench_pv_run *run);
int bench_pv_compact_node(struct bench_pv_run *run);
int bench_pv_reset_node(struct bench_pv_run *run);
int bench_pv_direct(struct bench_pv_run *run);
void bench_pv_render_compact(struct bench_pv_run *run, unsigned zi, const struct pga_zone_snap *s,
			     FILE *f);

#endif
