/* SPDX-License-Identifier: GPL-2.0-only */
/* The writeback device: when requests end, in which order, and which fail. */
#include "tests/support/t_seed.h"
#include "workloads/device.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_ENDED 4096u

struct ended {
	uint64_t token[MAX_ENDED];
	int err[MAX_ENDED];
	unsigned nr, failed;
};

static void note(void *data, uint64_t token, int err)
{
	struct ended *e = data;

	e->token[e->nr] = token;
	e->err[e->nr++] = err;
	e->failed += err != 0;
}

static struct dev *make(struct dev_conf conf)
{
	struct dev *dev = dev_new(&conf);

	cr_assert(dev);
	return dev;
}

Test(device, latency_and_bandwidth_decide_when_a_request_ends)
{
	struct dev *dev = make((struct dev_conf){ .latency = 10, .bandwidth = 2, .fd = -1 });
	struct ended e = { .nr = 0 };

	cr_assert_eq(dev_next(dev), UINT64_MAX);
	for (uint64_t i = 0; i < 6; i++)
		cr_assert_eq(dev_submit(dev, 100, i, 0, NULL), 0);
	cr_assert_eq(dev_busy(dev), 6);
	cr_assert_eq(dev_next(dev), 111);
	cr_assert_eq(dev_poll(dev, 110, note, &e), 0);
	cr_assert_eq(dev_poll(dev, 111, note, &e), 2, "two frames in each tick");
	cr_assert_eq(dev_poll(dev, 112, note, &e), 2);
	cr_assert_eq(dev_poll(dev, 1000, note, &e), 2);
	for (unsigned i = 0; i < 6; i++)
		cr_assert_eq(e.token[i], i, "in the order of submission");
	cr_assert_eq(dev_submit(dev, 2000, 7, 0, NULL), 0);
	cr_assert_eq(dev_next(dev), 2011, "a pipe that was idle starts anew");
	dev_free(dev);
}

Test(device, without_a_bound_only_latency_counts)
{
	struct dev *dev = make((struct dev_conf){ .latency = 3, .fd = -1 });
	struct ended e = { .nr = 0 };

	for (uint64_t i = 0; i < 50; i++)
		cr_assert_eq(dev_submit(dev, 5, i, 0, NULL), 0);
	cr_assert_eq(dev_poll(dev, 7, note, &e), 0);
	cr_assert_eq(dev_poll(dev, 8, note, &e), 50);
	dev_free(dev);
}

Test(device, a_full_queue_refuses)
{
	struct dev *dev = make((struct dev_conf){ .latency = 1, .depth = 4, .fd = -1 });
	struct ended e = { .nr = 0 };

	for (uint64_t i = 0; i < 4; i++)
		cr_assert_eq(dev_submit(dev, 0, i, 0, NULL), 0);
	cr_assert_eq(dev_submit(dev, 0, 4, 0, NULL), -EAGAIN);
	cr_assert_eq(dev_poll(dev, 1, note, &e), 4);
	cr_assert_eq(dev_submit(dev, 1, 5, 0, NULL), 0);
	dev_free(dev);
}

static unsigned failures(uint64_t seed, uint32_t ppm, struct ended *e)
{
	struct dev *dev = make(
		(struct dev_conf){ .error_ppm = ppm, .seed = seed, .depth = MAX_ENDED, .fd = -1 });

	memset(e, 0, sizeof(*e));
	for (uint64_t i = 0; i < MAX_ENDED; i++)
		cr_assert_eq(dev_submit(dev, 0, i, 0, NULL), 0);
	cr_assert_eq(dev_poll(dev, 0, note, e), MAX_ENDED);
	dev_free(dev);
	return e->failed;
}

Test(device, errors_are_seeded_and_as_frequent_as_asked)
{
	static struct ended a, b;
	unsigned nr = failures(t_seed(), 250000, &a);

	cr_assert_gt(nr, MAX_ENDED / 4 - 200, "%u of %u", nr, MAX_ENDED);
	cr_assert_lt(nr, MAX_ENDED / 4 + 200, "%u of %u", nr, MAX_ENDED);
	failures(t_seed(), 250000, &b);
	cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0, "the same seed, the same errors");
	failures(t_seed() + 1, 250000, &b);
	cr_assert_neq(memcmp(&a, &b, sizeof(a)), 0);
	cr_assert_eq(failures(t_seed(), 0, &a), 0);
	cr_assert_eq(failures(t_seed(), 1000000, &a), MAX_ENDED);
}

Test(device, a_file_gets_the_bytes_of_the_submission)
{
	FILE *f = tmpfile();
	char frame[4096], back[4096];

	cr_assert(f);
	struct dev *dev =
		make((struct dev_conf){ .latency = 1, .fd = fileno(f), .frame_bytes = 4096 });
	struct ended e = { .nr = 0 };

	memset(frame, 0x5a, sizeof(frame));
	cr_assert_eq(dev_submit(dev, 0, 1, 3, frame), 0);
	memset(frame, 0xa5, sizeof(frame));
	cr_assert_eq(dev_poll(dev, 1, note, &e), 1);
	cr_assert_eq(e.failed, 0);
	cr_assert_eq(dev_read(dev, 3, back), 0);
	memset(frame, 0x5a, sizeof(frame));
	cr_assert_eq(memcmp(frame, back, sizeof(back)), 0);
	cr_assert_eq(dev_read(dev, 4, back), -EIO, "never written");
	dev_free(dev);
	fclose(f);
}

Test(device, a_file_that_cannot_be_written_is_an_error)
{
	FILE *f = fopen("/dev/null", "r");
	char frame[4096] = { 0 };

	cr_assert(f);
	struct dev *dev = make((struct dev_conf){ .fd = fileno(f), .frame_bytes = 4096 });
	struct ended e = { .nr = 0 };

	cr_assert_eq(dev_submit(dev, 0, 1, 0, frame), 0);
	cr_assert_eq(dev_poll(dev, 0, note, &e), 1);
	cr_assert_eq(e.err[0], -EIO);
	dev_free(dev);
	fclose(f);
}
