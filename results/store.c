/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES "samples.jsonl"
#define MANIFEST "manifest.json"
#define MANIFEST_TMP "manifest.json.tmp"

struct store {
	char dir[512];
	int dirfd;
	int fd;	   /* samples.jsonl, holds the lock */
	off_t end; /* of the last whole line */
};

/* One line in err, and the negated error number to return. */
static int fail(char *err, size_t len, const char *dir, const char *what, int error)
{
	snprintf(err, len, "%s: %s: %s", dir, what, strerror(error));
	return -error;
}

/*
 * A file-size limit is reported by write() as EFBIG, as soon as its signal,
 * which would end the process, is held back.
 */
static void xfsz_block(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &set, old);
}

static void xfsz_restore(const sigset_t *old)
{
	const struct timespec now = { 0, 0 };
	sigset_t set;

	if (!sigismember(old, SIGXFSZ)) {
		sigemptyset(&set);
		sigaddset(&set, SIGXFSZ);
		while (sigtimedwait(&set, NULL, &now) > 0)
			;
	}
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

/* All of @text, or an error number. */
static int write_all(int fd, const char *text, size_t len)
{
	sigset_t old;
	int error = 0;

	xfsz_block(&old);
	while (len && !error) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR) {
			error = errno;
		} else if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	xfsz_restore(&old);
	return error;
}

/* mkdir -p; the error of the first component that cannot be. */
static int make_dirs(const char *dir)
{
	char path[512];

	snprintf(path, sizeof(path), "%s", dir);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(path, 0777) && errno != EEXIST)
			return errno;
		*p = '/';
	}
	return mkdir(path, 0777) && errno != EEXIST ? errno : 0;
}

/* A directory that holds other things only is somebody else's. */
static bool is_foreign(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool others = false, ours = false;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (!strcmp(e->d_name, SAMPLES) || !strcmp(e->d_name, MANIFEST) ||
		    !strcmp(e->d_name, MANIFEST_TMP))
			ours = true;
		else if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			others = true;
	}
	closedir(d);
	return others && !ours;
}

/*
 * Read all whole lines; @fn may be NULL.  *end gets the offset behind the last
 * newline, *torn how many bytes follow it.
 */
typedef int (*line_fn)(void *data, const struct record *r);
static int read_lines(FILE *f, const char *dir, line_fn fn, void *data, off_t *end, size_t *torn,
		      char *err, size_t len)
{
	struct record *r = malloc(sizeof(*r));
	char *line = NULL, why[256];
	size_t room = 0;
	unsigned long nr = 0;
	int rc = r ? 0 : -ENOMEM;

	*end = 0;
	*torn = 0;
	while (!rc) {
		ssize_t n = getline(&line, &room, f);

		if (n <= 0)
			break;
		nr++;
		if (line[n - 1] != '\n') {
			*torn = (size_t)n;
			break;
		}
		line[n - 1] = 0;
		snprintf(why, sizeof(why), "holds a NUL byte");
		if (strlen(line) != (size_t)n - 1)
			rc = -EINVAL;
		else
			rc = rec_from_json(r, line, why, sizeof(why));
		if (rc)
			snprintf(err, len, "%s/" SAMPLES ": line %lu: %s", dir, nr, why);
		else if (fn)
			rc = fn(data, r);
		*end += n;
	}
	if (!rc && ferror(f))
		rc = fail(err, len, dir, "cannot read " SAMPLES, EIO);
	else if (rc == -ENOMEM)
		snprintf(err, len, "%s: out of memory after %lu samples", dir, nr);
	free(line);
	free(r);
	return rc;
}

/* Damage is an error; a half line at the end is what a crash leaves: cut it. */
static int recover(struct store *s, char *err, size_t len)
{
	int fd = openat(s->dirfd, SAMPLES, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	size_t torn;

	if (!f) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return fail(err, len, s->dir, "cannot read " SAMPLES, error);
	}
	int rc = read_lines(f, s->dir, NULL, NULL, &s->end, &torn, err, len);

	fclose(f);
	if (rc)
		return rc;
	if (torn && (ftruncate(s->fd, s->end) || fsync(s->fd)))
		return fail(err, len, s->dir, "cannot cut the half line at the end of " SAMPLES,
			    errno);
	return 0;
}

static int open_all(struct store *s, char *err, size_t len)
{
	int error = make_dirs(s->dir);

	if (!error) {
		s->dirfd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = s->dirfd < 0 ? errno : 0;
	}
	if (error) {
		fail(err, len, s->dir, "cannot make the run directory", error);
		return error == ENOTDIR ? -EINVAL : -error;
	}
	if (is_foreign(s->dirfd)) {
		snprintf(err, len,
			 "%s: not a run directory: holds files, but neither " SAMPLES
			 " nor " MANIFEST,
			 s->dir);
		return -EINVAL;
	}
	s->fd = openat(s->dirfd, SAMPLES, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (s->fd < 0)
		return fail(err, len, s->dir, "cannot write " SAMPLES, errno);
	if (flock(s->fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return fail(err, len, s->dir, "cannot lock " SAMPLES, errno);
		snprintf(err, len, "%s: another process is writing to this run", s->dir);
		return -EBUSY;
	}
	if (fsync(s->dirfd) && errno != EINVAL) /* EINVAL: a file system without it */
		return fail(err, len, s->dir, "cannot sync the run directory", errno);
	return recover(s, err, len);
}

int store_create(struct store **out, const char *dir, char *err, size_t len)
{
	struct store *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return fail(err, len, dir, "cannot open", ENOMEM);
	s->dirfd = s->fd = -1;
	int rc;

	if (!dir[0] || strlen(dir) >= sizeof(s->dir)) {
		snprintf(err, len,
			 "run directory '%.32s...': its name has %zu bytes, 1..%zu are possible",
			 dir, strlen(dir), sizeof(s->dir) - 1);
		rc = -EINVAL;
	} else {
		memcpy(s->dir, dir, strlen(dir) + 1);
		rc = open_all(s, err, len);
	}
	if (rc) {
		store_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

int store_append(struct store *s, const struct record *r, char *err, size_t len)
{
	char *line = rec_to_json(r);
	size_t n = line ? strlen(line) : 0;
	int error;

	if (!line)
		return fail(err, len, s->dir, "cannot format a sample", ENOMEM);
	line[n++] = '\n'; /* in the place of the NUL */
	error = write_all(s->fd, line, n);
	free(line);
	if (!error && fdatasync(s->fd))
		error = errno;
	if (!error) {
		s->end += (off_t)n;
		return 0;
	}
	fail(err, len, s->dir, "cannot add a sample to " SAMPLES, error);
	/* What a refused truncation leaves is cut by the next writer if it is
	   part of a line; a whole line is a true sample, and is superseded. */
	if (ftruncate(s->fd, s->end))
		snprintf(err, len,
			 "%s: cannot add a sample to " SAMPLES
			 ": %s, nor take the half line back: %s",
			 s->dir, strerror(error), strerror(errno));
	return -error;
}

static int replace_manifest(struct store *s, const char *text)
{
	int fd = openat(s->dirfd, MANIFEST_TMP, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int error = fd < 0 ? errno : write_all(fd, text, strlen(text));

	if (!error && fsync(fd))
		error = errno;
	if (fd >= 0 && close(fd) && !error)
		error = errno;
	if (!error && renameat(s->dirfd, MANIFEST_TMP, s->dirfd, MANIFEST))
		error = errno;
	if (error)
		unlinkat(s->dirfd, MANIFEST_TMP, 0);
	else if (fsync(s->dirfd) && errno != EINVAL)
		error = errno;
	return error;
}

int store_manifest_set(struct store *s, const json_t *manifest, char *err, size_t len)
{
	char *text = json_dumps(manifest, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
	int error = text ? replace_manifest(s, text) : ENOMEM;

	free(text);
	return error ? fail(err, len, s->dir, "cannot write " MANIFEST, error) : 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->dirfd >= 0)
		close(s->dirfd);
	free(s);
}

struct growing {
	struct run_data *run;
	size_t room;
};

static int keep(void *data, const struct record *r)
{
	struct growing *g = data;

	if (g->run->nr == g->room) {
		size_t room = g->room ? g->room * 2 : 64;
		struct record *bigger = reallocarray(g->run->records, room, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		g->run->records = bigger;
		g->room = room;
	}
	rec_copy(&g->run->records[g->run->nr++], r);
	return 0;
}

static int read_manifest(struct run_data *run, bool *found, char *err, size_t len)
{
	char path[600];
	json_error_t je;

	snprintf(path, sizeof(path), "%s/" MANIFEST, run->dir);
	*found = !access(path, F_OK);
	if (!*found)
		return 0;
	run->manifest = json_load_file(path, JSON_REJECT_DUPLICATES, &je);
	if (json_is_object(run->manifest)) /* false for NULL too */
		return 0;
	snprintf(err, len, "%s: line %d: %s", path, je.line,
		 run->manifest ? "not a JSON object" : je.text);
	return -EINVAL;
}

static int read_samples(struct run_data *run, bool has_manifest, char *err, size_t len)
{
	struct growing g = { .run = run };
	char path[600];
	size_t torn;
	off_t end;

	snprintf(path, sizeof(path), "%s/" SAMPLES, run->dir);
	FILE *f = fopen(path, "re");

	if (!f && errno == ENOENT && has_manifest)
		return 0;
	if (!f && (errno == ENOENT || errno == ENOTDIR)) {
		snprintf(err, len, "%s: not a run directory: it has no " SAMPLES, run->dir);
		return -ENOENT;
	}
	if (!f)
		return fail(err, len, run->dir, "cannot read " SAMPLES, errno);
	int rc = read_lines(f, run->dir, keep, &g, &end, &torn, err, len);

	fclose(f);
	if (!rc && torn)
		snprintf(run->warning, sizeof(run->warning),
			 "%.120s/" SAMPLES
			 ": a half line of %zu bytes after sample %zu was ignored",
			 run->dir, torn, run->nr);
	return rc;
}

int store_read(struct run_data *run, const char *dir, char *err, size_t len)
{
	bool has_manifest = false;
	int rc;

	memset(run, 0, sizeof(*run));
	if (snprintf(run->dir, sizeof(run->dir), "%s", dir) >= (int)sizeof(run->dir)) {
		snprintf(err, len, "run directory '%.32s...': the name is too long", dir);
		return -EINVAL;
	}
	rc = read_manifest(run, &has_manifest, err, len);
	if (!rc)
		rc = read_samples(run, has_manifest, err, len);
	if (rc)
		store_release(run);
	return rc;
}

void store_release(struct run_data *run)
{
	json_decref(run->manifest);
	free(run->records);
	memset(run, 0, sizeof(*run));
}

/* Key fields, then the sample's number, then the position in the file. */
static int same_sample(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;
	int order = rec_key_compare(x, y);

	if (!order)
		order = (x->sample > y->sample) - (x->sample < y->sample);
	return order ? order : (x > y) - (x < y);
}

static int by_address(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;

	return (x > y) - (x < y);
}

/* Of the records of one cell, [first, end): the hash that came last. */
static const char *last_hash(const struct record **r, size_t first, size_t end)
{
	const struct record *last = r[first];

	for (size_t i = first; i < end; i++)
		if (r[i] > last)
			last = r[i];
	return last->cell;
}

size_t store_latest(const struct run_data *run, const struct record **out)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->nr; i++)
		out[i] = &run->records[i];
	qsort(out, run->nr, sizeof(const struct record *), same_sample);
	for (size_t i = 0, end; i < run->nr; i = end) {
		for (end = i + 1; end < run->nr && !rec_key_compare(out[i], out[end]);)
			end++;
		const char *hash = last_hash(out, i, end);

		for (size_t j = i; j < end; j++) {
			bool current = !strcmp(out[j]->cell, hash);

			/* a stale record of the same number may lie between */
			for (size_t k = j + 1; current && k < end; k++) {
				if (out[k]->sample != out[j]->sample)
					break;
				if (!strcmp(out[k]->cell, hash))
					current = false;
			}
			if (current)
				out[kept++] = out[j];
		}
	}
	qsort(out, kept, sizeof(const struct record *), by_address);
	return kept;
}
