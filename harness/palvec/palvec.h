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

/* --- shared by harness/palvec/ only --- */

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

enum bench_pv_set { PV_MEM, PV_RESERVED, PV_CMA, PV_BOOT, PV_HOLE, PV_BOOTMAP, PV_NR_SETS };

struct bench_pv_gfp {
	const char *name; /* in the reader's text */
	uint32_t flags;
};

struct bench_pv_reader;
struct bench_pv_machine;
struct bench_pv_run;

/* One line of a header: a parser, or where its word or its number goes. */
struct bench_pv_key {
	const char *key; /* NULL ends the table */
	int (*parse)(struct bench_pv_reader *r, struct bench_pv_machine *m);
	size_t word, number; /* offsets into the machine, used without a parser; 0 = none */
	int64_t min, max;
};

/* One operation. */
struct bench_pv_op {
	const char *key; /* NULL ends the table */
	int (*run)(struct bench_pv_run *run);
	bool counts; /* as an operation */
};

/* What the lines of a fact are numbered by. */
enum bench_pv_index {
	PV_ALONE,      /* one line */
	PV_MANY,       /* any number of lines */
	PV_ZONE,       /* zone */
	PV_NODE_KIND,  /* node and kind of list, 0 or 1 */
	PV_NODE_CLASS, /* node and class of requests */
};

/* What a machine is like after boot. */
struct bench_pv_fact {
	const char *key; /* NULL ends the table */
	enum bench_pv_index index;
	/* Writes the line with indices a and b, no newline. false: there is none. */
	bool (*actual)(struct bench_pv_run *run, FILE *f, unsigned a, unsigned b);
	int (*compare)(struct bench_pv_run *run); /* with the current line; NULL: the usual way */
};

/* What differs between the kernels that vectors come from. */
struct bench_pv_model {
	const char *model;   /* as files name it */
	const char *variant; /* row of core/variants.c */
	const struct bench_pv_key *keys;
	/* All that is needed is there; derive what follows from it. */
	int (*complete)(struct bench_pv_reader *r, struct bench_pv_machine *m);
	/* Policy and conf of the run; prepare what its hooks need. */
	int (*set_up)(struct bench_pv_run *run);
	void (*host)(struct bench_pv_run *run, struct pga_host *host);
	int (*started)(struct bench_pv_run *run); /* after init; may be missing */
	void (*stop)(struct bench_pv_run *run);	  /* free what set_up took; may be missing */
	const struct bench_pv_op *ops;
	const struct bench_pv_fact *facts;
	/* The lines of a check without its first and last; those of a dump, if it has any. */
	void (*render)(struct bench_pv_run *run, FILE *f);
	void (*dump)(struct bench_pv_run *run, FILE *f);
	/* Free lists and CPUs' lists of a zone of conf (-1: all), shortened, for a reader. */
	void (*show)(struct bench_pv_run *run, int zone, FILE *f);
	/* First word of the lines that tell what an operation did besides its answer. */
	const char *effect;
	int (*effects)(struct bench_pv_run *run); /* compare them; at the end of each operation */
	void (*record_effects)(struct bench_pv_run *run);
};
extern const struct bench_pv_model bench_pv_linux310, bench_pv_linux24, bench_pv_linux26;

/* The header: what the file asks for. */
struct bench_pv_machine {
	const struct bench_pv_model *model;
	const char *types, *vmstat, *zlc, *list_order, *compaction, *variant;
	uint32_t page_shift, max_order, block_order, hz, nr_cpus, nr_nodes, nr_zones, nr_gfps;
	uint32_t nr_range[PV_NR_SETS];
	uint16_t *cpu_node, *dist;
	struct pga_zone_conf *zone;
	uint16_t zi[PV_MAX_ZONES]; /* the file's number of each zone */
	struct pga_range *range[PV_NR_SETS];
	struct bench_pv_gfp *gfp;
	enum pga_type type[PGA_NR_TYPES]; /* of the letters */
	unsigned nr_types;
	/* Kernels without mobility types. */
	uint32_t long_bits, pressure_floor, physpages, cpu_penalty, max_numnodes;
	uint32_t ratio[3], least[3], most[3]; /* of the marks, by type of zone */
	uint32_t retry_limit;		      /* sleeps of one request */
	bool retry_oom;			      /* then it goes on without marks; else it ends */
	int64_t set_min_free, set_protection; /* right after boot; -1: not */
	uint32_t present[PV_MAX_ZONES];
	uint16_t node_order[PV_MAX_NODES];
	uint32_t nr_node_order;
};

enum bench_pv_cached { PV_PLAIN, PV_CLEAN, PV_DIRTY, PV_ACTIVE };

struct bench_pv_block {
	int64_t id;
	pga_pfn_t pfn;
	uint8_t order;
	bool live;
	uint8_t cached; /* enum bench_pv_cached: the queue that it is in */
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
	bool lists;		  /* the file shows lists in its checks */
	FILE *record;		  /* gets the file with the mechanism's answers; NULL: compare */
	char answer[80];	  /* of the operation under way, when recording */
	const char *const *facts; /* keys of the facts that follow the operation, or NULL */
	struct bench_pv_block *block; /* by ascending id */
	size_t nr_blocks, max_blocks;
	uint32_t *owner; /* by frame: 1 + index into block; NULL: nothing ever moves */
	uint64_t nr_owners;
	struct bench_pv_move *move; /* of the current operation */
	size_t nr_moves, max_moves;
	struct bench_pv_legacy *legacy; /* of kernels without mobility types */
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
/* Parsers of lines that models share, for their tables of keys. */
int bench_pv_parse_nothing(struct bench_pv_reader *r, struct bench_pv_machine *m);
int bench_pv_parse_cpus(struct bench_pv_reader *r, struct bench_pv_machine *m);
int bench_pv_parse_cpu(struct bench_pv_reader *r, struct bench_pv_machine *m);
int bench_pv_parse_nodes(struct bench_pv_reader *r, struct bench_pv_machine *m);
int bench_pv_parse_dist(struct bench_pv_reader *r, struct bench_pv_machine *m);
int bench_pv_parse_range(struct bench_pv_reader *r, struct bench_pv_machine *m,
			 enum bench_pv_set set);
int bench_pv_parse_reserved(struct bench_pv_reader *r, struct bench_pv_machine *m);
int bench_pv_parse_gfp(struct bench_pv_reader *r, struct bench_pv_machine *m);
/* A line that a header must have; key NULL ends a table. */
struct bench_pv_need {
	const char *key;
	bool there;
};
int bench_pv_needs(struct bench_pv_reader *r, const struct bench_pv_need *needs);
/** bench_pv_add_zone - the rest of the line of zone @zi, from its node to its span */
int bench_pv_add_zone(struct bench_pv_reader *r, struct bench_pv_machine *m, unsigned zi);

/** bench_pv_conf - fill in the conf of the run with what all models share */
void bench_pv_conf(struct bench_pv_run *run);

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

/* Facts. */
enum { PV_NR_CLASSES = 3 };
struct bench_pv_class {
	const char *name;
	uint32_t gfp;
};
extern const struct bench_pv_class bench_pv_classes[PV_NR_CLASSES];
/** bench_pv_fact - compare the current line with the fact that its first word names */
int bench_pv_fact(struct bench_pv_run *run);
bool bench_pv_is_fact(struct bench_pv_run *run);
/** bench_pv_facts - lines of the facts of one key, NULL: of all */
void bench_pv_facts(struct bench_pv_run *run, const char *key, FILE *f);

/* Operations. */
#define PV_DROP 1 /* answer of an operation: record nothing for this line */
/* Arguments; all return 0, or -1 after a message. */
int bench_pv_cpu(struct bench_pv_run *run, int64_t *cpu);
/** bench_pv_zone - the file's number of a zone; @zone gets its index in conf */
int bench_pv_zone(struct bench_pv_run *run, int64_t *zone);
int bench_pv_gfp(struct bench_pv_run *run, uint32_t *flags);
/** bench_pv_request - ID CPU NODE ORDER CLASS of an allocation */
int bench_pv_request(struct bench_pv_run *run, struct pga_req *req, struct bench_pv_block **block);
struct bench_pv_block *bench_pv_find(struct bench_pv_run *run, int64_t id); /* NULL: none */
/** bench_pv_live - ID of a block that is allocated; PV_DROP: it never was, while recording */
int bench_pv_live(struct bench_pv_run *run, struct bench_pv_block **block);
void bench_pv_born(struct bench_pv_run *run, struct bench_pv_block *block, struct pga_req req,
		   struct pga_res res);
void bench_pv_died(struct bench_pv_run *run, struct bench_pv_block *block);
/** bench_pv_free - [cold] at the end of the line, then free the block on the CPU */
int bench_pv_free(struct bench_pv_run *run, struct bench_pv_block *block, unsigned cpu);
/** bench_pv_tune - values for run-time tunables from the line, @names ends with NULL */
int bench_pv_tune(struct bench_pv_run *run, const char *const *names);
/** bench_pv_step - a step of the mechanism by name. Return: its result; -ENOSYS */
int64_t bench_pv_step(struct bench_pv_run *run, const char *name, const struct pga_step_arg *arg);
int bench_pv_check(struct bench_pv_run *run); /* the operation CHECK */
int bench_pv_dump(struct bench_pv_run *run);  /* the operation DUMP */
int bench_pv_drain(struct bench_pv_run *run); /* the operation D */

/* linux-3.10. */
struct bench_pv_hashes {
	uint64_t free, pcp;
};
int bench_pv_letter(const struct bench_pv_machine *m, char letter); /* index of types, or -1 */
void bench_pv_hash(struct bench_pv_run *run, struct bench_pv_hashes *h);
void bench_pv_render(struct bench_pv_run *run, FILE *f);
void bench_pv_show(struct bench_pv_run *run, int zone, FILE *f);
extern const struct bench_pv_fact bench_pv_310_facts[];

/* Its compaction: owners of frames, their moves, and operations. */
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
