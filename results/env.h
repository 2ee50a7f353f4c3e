/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment of a measurement: what it was, whether two runs may be
 * compared, and what in it gives reason to doubt.
 *
 * Threads: any; nothing here is changed, on this machine or in the process.
 */
#ifndef RESULTS_ENV_H
#define RESULTS_ENV_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/**
 * env_capture - the environment of a run as a JSON object (new reference)
 * CPU model, kernel, virtual or not, governor, turbo, SMT, THP, NUMA
 * balancing, ASLR, isolcpus, load, perf_event_paranoid, memory per node,
 * compiler, build id, time.  Every key is always there; null when unreadable.
 */
json_t *env_capture(void);
/** env_capture_from - the same with /proc and /sys looked up under @root. */
json_t *env_capture_from(const char *root);

/** env_print - the keys in words, aligned, one a line. */
void env_print(const json_t *env, FILE *f);

/* One reason to doubt a measurement made in an environment. */
struct env_doubt {
	const char *key;  /* of env_capture() */
	const char *what; /* what is so, and what it does to a measurement */
	const char *cure; /* a command, or advice where none exists */
};
#define ENV_MAX_DOUBTS 16

/**
 * env_doubts - what in @env may disturb a measurement
 * @out: room for ENV_MAX_DOUBTS
 * Return: their number.
 */
unsigned env_doubts(const json_t *env, struct env_doubt *out);

/**
 * env_fingerprint - the keys that two comparable runs agree in
 * @manifest: of a run, see results/store.h; may be NULL
 * Return: a flat object (new reference): cpu_model, nr_cpus, nr_nodes, kernel
 * (major.minor), topology, counter_backend; null where the manifest lacks it.
 */
json_t *env_fingerprint(const json_t *manifest);

/**
 * env_fingerprint_diff - list the keys that differ
 * @text: gets "cpu_model: A / B; kernel: 6.1 / 6.8"; @len bytes
 * Return: how many differ.
 */
unsigned env_fingerprint_diff(const json_t *a, const json_t *b, char *text, size_t len);

#endif
