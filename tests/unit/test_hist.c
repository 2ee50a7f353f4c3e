/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms of durations: their buckets, their percentiles, adding them up. */
#include "results/hist.h"
#include "results/record.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 100000u
#define SEED 1234u

static struct hist h, other, sum;

Test(hist, each_bucket_ends_where_the_next_starts)
{
	for (unsigned b = 0; b < HIST_BUCKETS; b++) {
		uint64_t low = hist_units(hist_low(b)), end = hist_units(hist_low(b + 1));

		cr_assert_lt(low, end, "bucket %u", b);
		cr_assert_eq(hist_bucket(low), b);
		cr_assert_eq(hist_bucket(end - 1), b);
		cr_assert(low < 2 * HIST_SUB ? end == low + 1 : (end - low) * HIST_SUB <= low,
			  "bucket %u is wider than the bound allows", b);
	}
	cr_assert_eq(hist_bucket(HIST_TOP - 1), HIST_BUCKETS - 1);
	cr_assert_eq(hist_bucket(HIST_TOP), HIST_BUCKETS);
	cr_assert_eq(hist_bucket(UINT64_MAX), HIST_BUCKETS);
}

/* Nanoseconds from a random number above 0 and up to 1. */
static double constant(double u)
{
	return u > 0 ? 17.3 : 0;
}

static double uniform(double u)
{
	return 1000 * u;
}

static double exponential(double u)
{
	return -50 * log(u);
}

static double heavy_tail(double u)
{
	return 10 / pow(u, 1.5);
}

static double two_paths(double u)
{
	return u < 0.985 ? 8 + u : 20000 * u;
}

static double almost_nothing(double u)
{
	return 3 * u;
}

static const struct {
	const char *name;
	double (*ns)(double u);
} kinds[] = {
	{ "constant", constant },	{ "uniform", uniform },
	{ "exponential", exponential }, { "heavy tail", heavy_tail },
	{ "two paths", two_paths },	{ "almost nothing", almost_nothing },
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double next(struct rng *rng)
{
	return ((double)(rng_next(rng) >> 11) + 1) / 9007199254740992.0;
}

static uint64_t in_buckets(const struct hist *of)
{
	uint64_t n = of->over;

	for (unsigned b = 0; b < HIST_BUCKETS; b++)
		n += of->count[b];
	return n;
}

/* By nearest rank, as the histogram has it, of sorted values. */
static double exact(const double *v, uint64_t one_in)
{
	return v[N - N / one_in - 1];
}

Test(hist, percentiles_are_right_within_the_bound)
{
	static double v[N];

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct rng rng;

		memset(&h, 0, sizeof(h));
		rng_seed(&rng, SEED, (unsigned)k);
		for (unsigned i = 0; i < N; i++) {
			v[i] = kinds[k].ns(next(&rng));
			hist_add(&h, hist_units(v[i]));
		}
		qsort(v, N, sizeof(v[0]), by_value);
		cr_assert_eq(h.n, N);
		cr_assert_eq(in_buckets(&h), N, "%s: each is in one bucket", kinds[k].name);
		for (unsigned l = 0; l < HIST_NR_LEVELS; l++) {
			double want = exact(v, hist_levels[l].one_in);
			double got = hist_quantile(&h, hist_levels[l].one_in);
			double bound = want * HIST_ERROR > HIST_ERROR_NS ? want * HIST_ERROR
									 : HIST_ERROR_NS;

			if (want >= hist_low(HIST_BUCKETS))
				cr_assert_eq(got, hist_max(&h));
			else
				cr_assert(fabs(got - want) <= bound * (1 + 1e-9),
					  "%s (seed %u), %s: %.6g, exact %.6g", kinds[k].name, SEED,
					  hist_levels[l].name, got, want);
		}
		cr_assert_float_eq(hist_max(&h), v[N - 1], HIST_ERROR_NS * (1 + 1e-9));
	}
}

Test(hist, what_is_too_long_is_counted_and_the_longest_is_kept)
{
	for (unsigned i = 0; i < 99; i++)
		hist_add(&h, 40);
	cr_assert_eq(h.over, 0);
	hist_add(&h, HIST_TOP);
	hist_add(&h, 5 * HIST_TOP + 1);
	cr_assert_eq(h.over, 2);
	cr_assert_eq(h.n, 101);
	cr_assert_eq(in_buckets(&h), h.n);
	cr_assert_eq(hist_quantile(&h, 10), 10);
	cr_assert_eq(hist_quantile(&h, 100), hist_max(&h));
	cr_assert_eq(hist_max(&h), (5.0 * HIST_TOP + 1) / HIST_PER_NS);
	cr_assert(isnan(hist_max(&other)) && isnan(hist_quantile(&other, 2)));
}

Test(hist, parts_add_up_to_the_whole)
{
	struct rng rng;

	rng_seed(&rng, SEED, 0);
	for (unsigned i = 0; i < N; i++) {
		uint64_t units = hist_units(heavy_tail(next(&rng)));

		hist_add(&h, units);
		hist_add(i % 3 ? &sum : &other, units);
	}
	hist_merge(&sum, &other);
	cr_assert_eq(memcmp(&sum, &h, sizeof(h)), 0, "seed %u", SEED);
}

/*
 * One sample in which 3 % of the operations stall, one without: over both 1.5 %
 * do, so the 99th percentile is a stall.  The mean of both is no operation's.
 */
Test(hist, percentiles_of_samples_come_from_all_their_operations)
{
	static struct record a, b;

	for (unsigned i = 0; i < 10000; i++) {
		hist_add(&h, i % 100 < 3 ? 4000 : 40);
		hist_add(&other, 40);
	}
	rec_init(&a);
	rec_init(&b);
	cr_assert(rec_hist_put(&a.hists, "pcp_hit", &h));
	cr_assert(rec_hist_put(&b.hists, "pcp_hit", &other));
	cr_assert(rec_hist_add(&sum, &a.hists, REC_HIST_ALLOC));
	cr_assert(rec_hist_add(&sum, &b.hists, REC_HIST_ALLOC));
	double of_a = hist_quantile(&h, 100), of_b = hist_quantile(&other, 100);
	double of_both = hist_quantile(&sum, 100);

	cr_assert_eq(of_both, of_a);
	cr_assert(fabs(of_both - (of_a + of_b) / 2) > of_both / 3, "%g of %g and %g", of_both, of_a,
		  of_b);
	cr_assert_eq(hist_quantile(&sum, 2), 10);
}

Test(hist, a_record_keeps_them)
{
	static struct record a, b, c;
	char err[200];

	hist_add(&h, 43);
	hist_add(&h, 43);
	hist_add(&h, 325);
	hist_add(&h, 3 * HIST_TOP);
	hist_add(&other, 7);
	rec_init(&a);
	cr_assert(rec_hist_put(&a.hists, "split", &h));
	cr_assert(rec_hist_put(&a.hists, REC_HIST_FREE, &other));
	rec_copy(&b, &a);
	char *line = rec_to_json(&b);

	cr_assert_eq(rec_from_json(&c, line, err, sizeof(err)), 0, "%s", err);
	free(line);
	cr_assert(rec_hist_add(&sum, &c.hists, "split"));
	cr_assert_eq(memcmp(&sum, &h, sizeof(h)), 0);
	memset(&sum, 0, sizeof(sum));
	cr_assert(rec_hist_add(&sum, &c.hists, REC_HIST_FREE));
	cr_assert_eq(memcmp(&sum, &other, sizeof(other)), 0);
	memset(&sum, 0, sizeof(sum));
	cr_assert(rec_hist_add(&sum, &c.hists, REC_HIST_ALLOC));
	cr_assert_eq(memcmp(&sum, &h, sizeof(h)), 0, "a free is no allocation");
	cr_assert_not(rec_hist_add(&sum, &c.hists, "reclaim"));
}

Test(hist, a_record_says_when_there_is_no_room)
{
	static struct record r;
	unsigned kept = 0;

	for (unsigned b = 0; b < HIST_BUCKETS; b++)
		hist_add(&h, hist_units(hist_low(b)));
	rec_init(&r);
	while (rec_hist_put(&r.hists, "any", &h))
		kept++;
	cr_assert_eq(kept, REC_MAX_BUCKETS / HIST_BUCKETS);
	cr_assert_eq(r.hists.nr, kept, "what did not fit left nothing behind");
	cr_assert_eq(r.hists.nr_buckets, kept * HIST_BUCKETS);
}

static const struct {
	const char *json, *words;
} damaged[] = {
	{ "1", "unit_ns, sub_buckets and of" },
	{ "{\"unit_ns\":1,\"sub_buckets\":32,\"of\":{}}", "0.25 ns" },
	{ "{\"unit_ns\":0.25,\"sub_buckets\":32,\"of\":{\"a\":1}}", "n, over, max" },
	{ "{\"unit_ns\":0.25,\"sub_buckets\":32,\"of\":{\"a\":{\"n\":1,\"over\":0,\"max\":1,"
	  "\"buckets\":[4]}}}",
	  "pairs" },
	{ "{\"unit_ns\":0.25,\"sub_buckets\":32,\"of\":{\"a\":{\"n\":1,\"over\":0,\"max\":1,"
	  "\"buckets\":[896,1]}}}",
	  "in their order" },
	{ "{\"unit_ns\":0.25,\"sub_buckets\":32,\"of\":{\"a\":{\"n\":2,\"over\":0,\"max\":1,"
	  "\"buckets\":[4,1,4,1]}}}",
	  "in their order" },
	{ "{\"unit_ns\":0.25,\"sub_buckets\":32,\"of\":{\"a\":{\"n\":3,\"over\":0,\"max\":1,"
	  "\"buckets\":[4,1,5,1]}}}",
	  "n durations" },
	{ "{\"unit_ns\":0.25,\"sub_buckets\":32,\"of\":{\"a name that is too long for "
	  "it\":{\"n\":1,"
	  "\"over\":0,\"max\":1,\"buckets\":[4,1]}}}",
	  "names" },
};

Test(hist, damaged_ones_are_refused)
{
	static struct rec_hists all;
	char err[200];

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		json_t *j = json_loads(damaged[i].json, JSON_DECODE_ANY, NULL);

		cr_assert_not_null(j, "%s", damaged[i].json);
		cr_expect_eq(rec_hists_read(&all, j, err, sizeof(err)), -EINVAL, "%s",
			     damaged[i].json);
		cr_expect_not_null(strstr(err, damaged[i].words), "%s: %s", damaged[i].json, err);
		json_decref(j);
	}
}
