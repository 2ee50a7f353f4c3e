/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[256], dir[300], file[320], err[512];
static const struct t_cell cell = { "null", "repeat", 0, 1, 10, 0.01, 1, NULL, NULL };

static void setup(void)
{
	t_scratch(base, sizeof(base));
	snprintf(dir, sizeof(dir), "%s/a/run", base);
	snprintf(file, sizeof(file), "%s/samples.jsonl", dir);
}

static void teardown(void)
{
	t_remove(base);
}

TestSuite(store, .init = setup, .fini = teardown);

static struct store *open_store(void)
{
	struct store *s;

	cr_assert_eq(store_create(&s, dir, err, sizeof(err)), 0, "%s", err);
	return s;
}

static void add(struct store *s, unsigned i)
{
	static struct record r;

	t_record(&r, &cell, i, 1);
	cr_assert_eq(store_append(s, &r, err, sizeof(err)), 0, "%s", err);
}

static size_t count(void)
{
	struct run_data run;

	cr_assert_eq(store_read(&run, dir, err, sizeof(err)), 0, "%s", err);
	size_t nr = run.nr;

	store_release(&run);
	return nr;
}

static off_t size(void)
{
	struct stat st;

	cr_assert_eq(stat(file, &st), 0);
	return st.st_size;
}

Test(store, samples_come_back_in_order)
{
	struct run_data run;
	struct store *s = open_store();

	for (unsigned i = 0; i < 100; i++)
		add(s, i);
	store_close(s);
	cr_assert_eq(store_read(&run, dir, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(run.nr, 100);
	for (unsigned i = 0; i < 100; i++)
		cr_assert_eq(run.records[i].sample, i);
	cr_assert_null(run.manifest);
	cr_assert_str_eq(run.warning, "");
	store_release(&run);
}

Test(store, opening_again_leaves_samples_byte_identical)
{
	struct store *s = open_store();

	add(s, 0);
	store_close(s);
	off_t before = size();
	char *one = malloc((size_t)before), *two = malloc((size_t)before);
	FILE *f = fopen(file, "r");

	cr_assert_eq(fread(one, 1, (size_t)before, f), (size_t)before);
	fclose(f);
	store_close(open_store());
	cr_assert_eq(size(), before);
	f = fopen(file, "r");
	cr_assert_eq(fread(two, 1, (size_t)before, f), (size_t)before);
	fclose(f);
	cr_assert_eq(memcmp(one, two, (size_t)before), 0);
	free(one);
	free(two);
}

Test(store, a_second_writer_is_refused_and_readers_are_not)
{
	struct store *s = open_store(), *second;

	add(s, 0);
	cr_assert_eq(store_create(&second, dir, err, sizeof(err)), -EBUSY);
	cr_assert_null(second);
	cr_assert_not_null(strstr(err, "another process"));
	cr_assert_eq(count(), 1);
	store_close(s);
	store_close(open_store());
}

/* A crash can stop a write after any byte. */
Test(store, a_half_line_is_cut_wherever_it_was_torn)
{
	struct store *s = open_store();

	add(s, 0);
	off_t whole = size();

	add(s, 1);
	store_close(s);
	off_t both = size();

	for (off_t cut = both - 1; cut > whole; cut -= 37) {
		struct run_data run;

		cr_assert_eq(truncate(file, cut), 0);
		cr_assert_eq(store_read(&run, dir, err, sizeof(err)), 0, "%s", err);
		cr_assert_eq(run.nr, 1);
		cr_assert_not_null(strstr(run.warning, "half line"));
		store_release(&run);
		cr_assert_eq(size(), cut, "reading changes nothing");
		s = open_store();
		cr_assert_eq(size(), whole);
		add(s, 1);
		store_close(s);
		cr_assert_eq(size(), both);
		cr_assert_eq(count(), 2);
	}
}

static void damage(off_t at, char byte)
{
	int fd = open(file, O_WRONLY);

	cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void expect_damage(const char *words)
{
	struct run_data run;
	struct store *s;

	cr_assert_eq(store_read(&run, dir, err, sizeof(err)), -EINVAL);
	cr_assert_not_null(strstr(err, words), "%s", err);
	cr_assert_eq(store_create(&s, dir, err, sizeof(err)), -EINVAL);
	cr_assert_not_null(strstr(err, words), "%s", err);
}

Test(store, damage_names_its_line)
{
	struct store *s = open_store();
	off_t two;

	add(s, 0);
	two = size();
	add(s, 1);
	add(s, 2);
	store_close(s);
	off_t before = size();

	damage(two + 1, '#');
	expect_damage("samples.jsonl: line 2: not JSON");
	damage(two + 1, 0);
	expect_damage("line 2: holds a NUL byte");
	cr_assert_eq(size(), before, "a damaged file is left as it is");
}

Test(store, a_file_size_limit_adds_nothing)
{
	struct store *s = open_store();
	static struct record r;

	add(s, 0);
	off_t before = size();
	struct rlimit limit = { (rlim_t)before + 100, (rlim_t)before + 100 };

	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	t_record(&r, &cell, 1, 1);
	cr_assert_eq(store_append(s, &r, err, sizeof(err)), -EFBIG);
	cr_assert_not_null(strstr(err, "samples.jsonl: File too large"), "%s", err);
	cr_assert_eq(size(), before);
	cr_assert_eq(store_append(s, &r, err, sizeof(err)), -EFBIG);
	cr_assert_eq(count(), 1);

	json_t *big = json_object();

	for (int i = 0; i < 4000; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%d", i);
		json_object_set_new(big, key, json_integer(i));
	}
	cr_assert_eq(store_manifest_set(s, big, err, sizeof(err)), -EFBIG);
	cr_assert_not_null(strstr(err, "manifest.json: File too large"), "%s", err);
	json_decref(big);
	store_close(s);
}

Test(store, a_manifest_is_replaced_whole)
{
	struct store *s = open_store();
	json_t *m = t_manifest();
	struct run_data run;
	char tmp[400];

	cr_assert_eq(store_manifest_set(s, m, err, sizeof(err)), 0, "%s", err);
	json_object_set_new(m, "pi", json_real(3.141592653589793));
	cr_assert_eq(store_manifest_set(s, m, err, sizeof(err)), 0, "%s", err);
	store_close(s);
	snprintf(tmp, sizeof(tmp), "%s/manifest.json.tmp", dir);
	cr_assert_neq(access(tmp, F_OK), 0);
	cr_assert_eq(store_read(&run, dir, err, sizeof(err)), 0, "%s", err);
	cr_assert(json_equal(run.manifest, m));
	store_release(&run);
	json_decref(m);
}

Test(store, a_damaged_manifest_names_its_line)
{
	struct run_data run;
	char path[400];

	store_close(open_store());
	snprintf(path, sizeof(path), "%s/manifest.json", dir);
	FILE *f = fopen(path, "w");

	fputs("{\n\"a\": 1,\n}\n", f);
	fclose(f);
	cr_assert_eq(store_read(&run, dir, err, sizeof(err)), -EINVAL);
	cr_assert_not_null(strstr(err, "manifest.json: line 3"), "%s", err);
}

Test(store, other_places_are_refused)
{
	struct run_data run;
	struct store *s;
	char path[400];

	cr_assert_eq(store_read(&run, dir, err, sizeof(err)), -ENOENT);
	cr_assert_eq(store_read(&run, base, err, sizeof(err)), -ENOENT);
	cr_assert_not_null(strstr(err, "not a run directory"));

	snprintf(path, sizeof(path), "%s/file", base);
	fclose(fopen(path, "w"));
	cr_assert_eq(store_create(&s, base, err, sizeof(err)), -EINVAL);
	cr_assert_not_null(strstr(err, "not a run directory"), "%s", err);
	cr_assert_eq(store_create(&s, path, err, sizeof(err)), -EINVAL);
	cr_assert_eq(store_create(&s, "", err, sizeof(err)), -EINVAL);
	cr_assert_neq(err[0], 0);
}

/* Root may write anywhere: another user tries. */
Test(store, a_directory_without_permission_is_one_line)
{
	int status;

	chmod(base, 0555);
	pid_t child = fork();

	if (child == 0) {
		struct store *s;

		if (getuid() == 0 && setuid(65534))
			_exit(3);
		if (store_create(&s, dir, err, sizeof(err)) != -EACCES)
			_exit(1);
		_exit(strstr(err, "Permission denied") && !strchr(err, '\n') ? 0 : 2);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	chmod(base, 0755);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
}

/* Writers killed at any moment lose no sample that was acknowledged. */
Test(store, a_killed_writer_loses_nothing)
{
	for (int round = 0; round < 10; round++) {
		int acks[2];
		char byte;
		size_t acked = 0, before = round ? count() : 0;

		cr_assert_eq(pipe(acks), 0);
		pid_t child = fork();

		if (child == 0) {
			struct store *s = open_store();

			for (unsigned i = 0;; i++) {
				add(s, i);
				if (write(acks[1], "x", 1) != 1)
					_exit(1);
			}
		}
		close(acks[1]);
		while (acked < (size_t)(1 + 7 * round) && read(acks[0], &byte, 1) == 1)
			acked++;
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(acks[0], &byte, 1) == 1)
			acked++;
		close(acks[0]);
		size_t now = count();

		cr_assert(now == before + acked || now == before + acked + 1,
			  "%zu before, %zu acknowledged, %zu read", before, acked, now);
	}
}

static void numbered(struct run_data *run, size_t i, unsigned order, unsigned sample,
		     const char *hash)
{
	struct record *r = &run->records[i];

	t_record(r, &cell, sample, 1);
	r->order = order;
	snprintf(r->cell, REC_TEXT, "%s", hash);
}

Test(store, the_latest_record_of_a_sample_counts)
{
	struct run_data run = { .nr = 8 };
	const struct record *out[8];

	run.records = calloc(8, sizeof(struct record));
	numbered(&run, 0, 0, 0, "old"); /* stale hash */
	numbered(&run, 1, 0, 1, "new"); /* repeated below */
	numbered(&run, 2, 1, 0, "one"); /* another cell */
	numbered(&run, 3, 0, 1, "old"); /* stale hash between */
	numbered(&run, 4, 0, 1, "new");
	numbered(&run, 5, 0, 2, "new");
	numbered(&run, 6, 1, 1, "one");
	numbered(&run, 7, 0, 0, "new");
	cr_assert_eq(store_latest(&run, out), 5);
	const size_t want[] = { 2, 4, 5, 6, 7 };

	for (size_t i = 0; i < 5; i++)
		cr_assert_eq((size_t)(out[i] - run.records), want[i]);
	free(run.records);
}
