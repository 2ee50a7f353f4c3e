/* SPDX-License-Identifier: GPL-2.0-only */
/* The histograms of a sample, kept sparsely, and as JSON. */
#include "results/record.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

bool rec_hist_put(struct rec_hists *all, const char *name, const struct hist *h)
{
	struct rec_hist *to = &all->of[all->nr];
	unsigned at = all->nr_buckets;

	if (all->nr == REC_MAX_HISTS)
		return false;
	for (unsigned b = 0; b < HIST_BUCKETS; b++) {
		if (!h->count[b])
			continue;
		if (at == REC_MAX_BUCKETS)
			return false;
		all->bucket[at] = (uint16_t)b;
		all->count[at++] = h->count[b];
	}
	*to = (struct rec_hist){
		.n = h->n,
		.over = h->over,
		.max = h->max,
		.first = all->nr_buckets,
		.nr = at - all->nr_buckets,
	};
	snprintf(to->name, sizeof(to->name), "%s", name);
	all->nr_buckets = at;
	all->nr++;
	return true;
}

static void add_to(struct hist *sum, const struct rec_hists *all, const struct rec_hist *h)
{
	sum->n += h->n;
	sum->over += h->over;
	sum->max = h->max > sum->max ? h->max : sum->max;
	for (unsigned i = h->first; i < h->first + h->nr; i++)
		sum->count[all->bucket[i]] += all->count[i];
}

/* A class of allocations, or all of these. */
static bool is_of(const char *name, const char *wanted)
{
	return strcmp(wanted, REC_HIST_ALLOC) != 0 ? !strcmp(name, wanted)
						   : strcmp(name, REC_HIST_FREE) != 0;
}

bool rec_hist_add(struct hist *sum, const struct rec_hists *all, const char *name)
{
	bool any = false;

	for (unsigned i = 0; i < all->nr; i++) {
		if (!is_of(all->of[i].name, name))
			continue;
		add_to(sum, all, &all->of[i]);
		any = true;
	}
	return any;
}

void rec_hists_copy(struct rec_hists *to, const struct rec_hists *from)
{
	to->nr = from->nr;
	to->nr_buckets = from->nr_buckets;
	memcpy(to->of, from->of, from->nr * sizeof(from->of[0]));
	memcpy(to->bucket, from->bucket, from->nr_buckets * sizeof(from->bucket[0]));
	memcpy(to->count, from->count, from->nr_buckets * sizeof(from->count[0]));
}

static json_t *hist_json(const struct rec_hists *all, const struct rec_hist *h)
{
	json_t *buckets = json_array();

	for (unsigned i = h->first; i < h->first + h->nr; i++) {
		json_array_append_new(buckets, json_integer(all->bucket[i]));
		json_array_append_new(buckets, json_integer((json_int_t)all->count[i]));
	}
	return json_pack("{s:I, s:I, s:f, s:o}", "n", (json_int_t)h->n, "over", (json_int_t)h->over,
			 "max", (double)h->max / HIST_PER_NS, "buckets", buckets);
}

json_t *rec_hists_json(const struct rec_hists *all)
{
	json_t *of = json_object();

	for (unsigned i = 0; i < all->nr; i++)
		json_object_set_new(of, all->of[i].name, hist_json(all, &all->of[i]));
	return json_pack("{s:f, s:i, s:o}", "unit_ns", 1.0 / HIST_PER_NS, "sub_buckets",
			 (int)HIST_SUB, "of", of);
}

static int refuse(char *err, size_t len, const char *what)
{
	snprintf(err, len, "field 'histograms' %s", what);
	return -EINVAL;
}

static bool count_of(const json_t *j, uint64_t *out)
{
	*out = json_is_integer(j) && json_integer_value(j) >= 0 ? (uint64_t)json_integer_value(j)
								: 0;
	return json_is_integer(j) && json_integer_value(j) >= 0;
}

/* Numbers of buckets, upwards, and how many durations each holds. */
static int read_buckets(struct hist *h, const json_t *j, char *err, size_t len)
{
	uint64_t bucket, sum = h->over, next = 0;

	if (!json_is_array(j) || json_array_size(j) % 2)
		return refuse(err, len, "must have pairs of a bucket and a count");
	for (size_t i = 0; i < json_array_size(j); i += 2) {
		uint64_t count;

		if (!count_of(json_array_get(j, i), &bucket) || bucket >= HIST_BUCKETS ||
		    bucket < next || !count_of(json_array_get(j, i + 1), &count) || !count)
			return refuse(err, len, "must have buckets in their order, none empty");
		h->count[bucket] = count;
		sum += count;
		next = bucket + 1;
	}
	return sum == h->n ? 0 : refuse(err, len, "must have n durations in the buckets");
}

static int read_one(struct rec_hists *all, const char *name, const json_t *j, char *err, size_t len)
{
	const json_t *max = json_object_get(j, "max");
	struct hist h = { 0 };

	if (json_object_size(j) != 4 || !count_of(json_object_get(j, "n"), &h.n) ||
	    !count_of(json_object_get(j, "over"), &h.over) || !json_is_number(max) ||
	    !(json_number_value(max) >= 0 && json_number_value(max) < 1e18))
		return refuse(err, len, "must have n, over, max and buckets of each");
	h.max = (uint64_t)(json_number_value(max) * HIST_PER_NS);
	int rc = read_buckets(&h, json_object_get(j, "buckets"), err, len);

	if (rc)
		return rc;
	if (strlen(name) >= sizeof(all->of[0].name) || !rec_hist_put(all, name, &h))
		return refuse(err, len, "must have at most 24, of names below 24 bytes");
	return 0;
}

int rec_hists_read(struct rec_hists *all, json_t *j, char *err, size_t len)
{
	const json_t *unit = json_object_get(j, "unit_ns"),
		     *sub = json_object_get(j, "sub_buckets");
	json_t *of = json_object_get(j, "of"), *value;
	const char *name;
	int rc = 0;

	all->nr = all->nr_buckets = 0;
	if (json_object_size(j) != 3 || !json_is_object(of))
		return refuse(err, len, "must have unit_ns, sub_buckets and of");
	if (json_integer_value(sub) != HIST_SUB || json_number_value(unit) < 1.0 / HIST_PER_NS ||
	    json_number_value(unit) > 1.0 / HIST_PER_NS)
		return refuse(err, len, "must have buckets of 0.25 ns, 32 for each power of two");
	json_object_foreach(of, name, value)
	{
		rc = rc ? rc : read_one(all, name, value, err, len);
	}
	return rc;
}
