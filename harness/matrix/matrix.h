/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The matrix: what a matrix file asks for, and the cells that it means on a
 * given machine.  docs/MATRIX.md describes the file for users.
 *
 * Threads: nothing here is shared; one thread builds and uses a matrix.
 */
#ifndef HARNESS_MATRIX_H
#define HARNESS_MATRIX_H

#include "harness/matrix/cell.h"
#include "harness/opt.h"

#define MATRIX_MAX_VARIANTS 64
#define MATRIX_MAX_VALUES 32 /* of one axis */
#define MATRIX_MAX_WORKLOADS 64
#define MATRIX_MAX_CELLS 20000
#define MATRIX_MAX_SAMPLES 1000
#define MATRIX_MAX_THREADS 4096

struct matrix_values {
	unsigned nr; /* 0 = not given: the default */
	int64_t v[MATRIX_MAX_VALUES];
};

struct matrix_workload {
	const struct wl_ops *wl;
	struct matrix_values order;
	struct matrix_values param[WL_MAX_PARAMS]; /* order of wl->params */
};

/* A number of threads, or a word that becomes one on a machine. */
enum matrix_threads_word { THREADS_NUMBER, THREADS_CORES, THREADS_NODES, THREADS_SMT, THREADS_NR };
struct matrix_threads {
	enum matrix_threads_word word;
	unsigned nr; /* THREADS_NUMBER only */
};

struct matrix {
	char name[64];
	unsigned nr_swept; /* variants that sweeps added; the last ones */
	unsigned nr_variants, nr_threads, nr_placements, nr_groups, nr_workloads;
	struct pga_variant variants[MATRIX_MAX_VARIANTS];
	struct matrix_threads threads[MATRIX_MAX_VALUES];
	char placements[MATRIX_MAX_VALUES][PLACE_TEXT];
	char groups[CELL_MAX_GROUPS][32]; /* counter groups */
	struct matrix_workload workloads[MATRIX_MAX_WORKLOADS];
	struct bench_memory memory;
	enum bench_daemons daemons;
	struct bench_device device; /* file: device_file, or NULL */
	char device_file[256];
	unsigned samples_min, samples_max;
	double until;	    /* half of a ratio's interval, as a share; 0 = not asked for */
	uint64_t budget_ms; /* for the rounds that `until` adds */
	char baseline[128]; /* name of one of the variants */
	uint64_t seed;
	uint64_t max_ops;
	uint64_t time_limit_ms; /* of one sample */
};

/**
 * matrix_load - read a matrix file
 * @out: on the heap, freed with free()
 * @path: the file
 * @extra: the mechanism of a plug-in, or NULL
 * @err: one line with file, line, key, value, range and nearest valid name
 * Return: 0, -ENOMEM, -EINVAL, or the errno of the file.
 */
int matrix_load(struct matrix **out, const char *path, const struct pga_ops *extra, char *err,
		size_t len);

/**
 * matrix_value - a workload parameter from text
 * Its unit is demanded: 64MiB for bytes, 20% for a share, none for a count.
 * Return: 0 or -EINVAL with what is wrong, and the range, in @why.
 */
int matrix_value(const struct wl_param *p, const char *text, int64_t *value, char *why, size_t len);

/** matrix_value_text - the reverse of matrix_value. */
void matrix_value_text(const struct wl_param *p, int64_t value, char *text, size_t len);

/**
 * matrix_sweep - add variants with one tunable varied
 * @spec: "TUNABLE=A,B,C": for each variant whose mechanism has the tunable one
 *        more for each value; the variants of the file stay
 * Return: 0 or -EINVAL with one line in @err.
 */
int matrix_sweep(struct matrix *m, const char *spec, const struct pga_ops *extra, char *err,
		 size_t len);

/* One cell, its key in the results, and what it needs. */
struct matrix_cell {
	struct bench_cell cell;
	char params[REC_TEXT]; /* as in the record: parameters that are not default */
	char memory[REC_TEXT];
	char hash[24];		/* of everything that the result depends on */
	struct bench_need need; /* 0 when unsupported for another reason than memory */
	bool swept;		/* its variant comes from a sweep */
	bool supported;
	bool too_big;	       /* unsupported for lack of memory */
	unsigned group;	       /* cells that differ in the variant alone */
	char reason[REC_TEXT]; /* why unsupported */
};

struct matrix_cells {
	size_t nr;
	unsigned nr_groups; /* numbers beyond are not used; filters leave gaps */
	struct matrix_cell *cell;
};

/* What the command line adds to a matrix. */
struct matrix_limits {
	bool oversubscribe;   /* more threads than CPUs are allowed */
	uint64_t spendable;   /* bytes that this process may still touch */
	const char *bound;    /* which bound set it: "meminfo", ... */
	uint64_t plugin_hash; /* of the plug-in's file, 0 = none */
	const char *build_id; /* of this binary */
	unsigned passes;      /* of struct bench_cell */
	uint64_t frag_every;  /* the same */
};

/**
 * matrix_expand - the cells of a matrix on a machine
 * Workloads, parameters, orders, threads and placements are nested in this
 * order; variants are innermost.  A cell that cannot be served stays, with
 * supported = false and the reason.
 * Return: 0, -E2BIG (more than MATRIX_MAX_CELLS), -ENOMEM, with @err.
 */
int matrix_expand(struct matrix_cells *out, const struct matrix *m, const struct topo *t,
		  const struct matrix_limits *limits, char *err, size_t len);
void matrix_cells_free(struct matrix_cells *cells);

/** matrix_key - a fresh record with the key fields and the hash of a cell. */
void matrix_key(const struct matrix_cell *mc, struct record *r);

/**
 * matrix_filter - keep the cells that all filters allow
 * @list: "KEY=VALUE" where KEY is a key field of the record; several values
 *           of one key are alternatives; a variant's name also stands for
 *           what a sweep derived from it
 * Return: 0, or -EINVAL (unknown key, or no cell left) with @err.
 */
int matrix_filter(struct matrix_cells *cells, const struct opt_list *list, char *err, size_t len);

/** matrix_size_text - "64MiB": the largest binary unit that divides @bytes. */
void matrix_size_text(uint64_t bytes, char *text, size_t len);

#endif
