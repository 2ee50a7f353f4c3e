/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run directory: manifest.json (what was asked, where, by which binary) and
 * samples.jsonl (what came out; append-only, each line flushed and synced
 * before it counts).  A crash can leave one half line at the end: it is cut
 * off when the directory is opened for writing, and ignored with a warning
 * when it is read.  A defect anywhere else is an error that names the line.
 *
 * maps.jsonl beside them is written by the samples themselves (results/rec_map.h).
 *
 * Threads: one writer process (an advisory lock refuses a second), any number
 * of readers.  A forked child holds the writer's lock too, until it exits.
 *
 * Of the manifest's members results/ itself reads these, and no other:
 *   "env"              object of env_capture()
 *   "topology"         text, source of the topology ("this machine", ...)
 *   "simulated"        true when that is not this machine
 *   "counter_backend"  text, what counted ("PAPI 7.0", "none")
 *   "baseline"         text, name of the variant that others are compared with
 */
#ifndef RESULTS_STORE_H
#define RESULTS_STORE_H

#include "results/env.h"
#include "results/record.h"

#include <jansson.h>

struct store;

/**
 * store_create - open @dir for writing, making it when it is not there
 * Existing samples stay, byte for byte.
 * Return: 0; -EACCES, -ENOSPC, -EBUSY (another writer), -EINVAL (not a run
 * directory, or damaged) with one line in @err.
 */
int store_create(struct store **out, const char *dir, char *err, size_t len);
/**
 * store_append - add one record, synced to the disk before it returns
 * A file-size limit is an error here (-EFBIG), never a signal.
 * Return: 0; -ENOSPC, -EFBIG, -EIO with one line in @err: nothing was added.
 */
int store_append(struct store *s, const struct record *r, char *err, size_t len);
/** store_manifest_set - replace manifest.json atomically. */
int store_manifest_set(struct store *s, const json_t *manifest, char *err, size_t len);
void store_close(struct store *s);

struct run_data {
	char dir[512];
	json_t *manifest;	/* owned; NULL when absent */
	struct record *records; /* owned; in file order */
	size_t nr;
	char warning[256]; /* cut-off last line, "" */
};
/** store_read - load a run; 0 or -ENOENT, -EINVAL with line number in @err. */
int store_read(struct run_data *run, const char *dir, char *err, size_t len);
void store_release(struct run_data *run);

/**
 * store_latest - the records that count
 * A cell is resumed by adding records: of two with the same key and number the
 * later one counts, and of a cell whose hash has changed only the records with
 * the latest hash.
 * @out: room for run->nr pointers into run->records; gets them in file order
 * Return: how many count.
 */
size_t store_latest(const struct run_data *run, const struct record **out);

#endif
