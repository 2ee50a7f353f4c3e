/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A matrix file as text: its fixed part loaded by libcyaml, its workload
 * entries (whose keys depend on the workload) as libyaml's document tree, and
 * the line of every value, for messages.  What the texts mean is the business
 * of matrix_parse.c.
 */
#ifndef HARNESS_MATRIX_FILE_H
#define HARNESS_MATRIX_FILE_H

#include <stddef.h>
#include <yaml.h>

/* NULL or 0 = not given. */
struct matrix_fixed_memory {
	char *per_node, *backing, *hugepages, *touch, *follow, *zones, *metapages;
};
struct matrix_fixed_samples {
	char *min, *max, *until, *budget;
};
struct matrix_fixed_device {
	char *latency, *bandwidth, *errors, *file;
};
struct matrix_fixed {
	char *name;
	char **variants, **threads, **placement, **counters;
	unsigned variants_count, threads_count, placement_count, counters_count;
	struct matrix_fixed_memory memory;
	struct matrix_fixed_samples samples;
	struct matrix_fixed_device device;
	char *baseline, *seed, *max_ops, *time_limit, *daemons;
};

struct matrix_file {
	const char *path; /* for messages; the caller's */
	struct matrix_fixed *fixed;
	yaml_document_t doc;
	yaml_node_t *workloads; /* sequence of mappings, in doc */
};

/**
 * matrix_file_load - read and check the structure of a matrix file
 * @path: the file; stays referenced
 * @err: "FILE:LINE: key 'KEY': what is wrong", with the nearest valid key
 * Return: 0, -ENOENT or another errno of open, -EINVAL.  On success the caller
 * calls matrix_file_free().
 */
int matrix_file_load(struct matrix_file *f, const char *path, char *err, size_t len);
void matrix_file_free(struct matrix_file *f);

/**
 * matrix_file_line - line of a value of the fixed part
 * @key: "seed" or "memory.per-node"; @index: entry of a list
 * Return: the line, from 1; that of the parent when the value is not given.
 */
unsigned matrix_file_line(struct matrix_file *f, const char *key, unsigned index);

/** matrix_node_line - line of a node, from 1. */
unsigned matrix_node_line(const yaml_node_t *node);
/** matrix_node_text - text of a scalar node, NULL for anything else. */
const char *matrix_node_text(const yaml_node_t *node);

#endif
