/* SPDX-License-Identifier: GPL-2.0-only */
/* The oracle of the conformance suite finds the faults that it is there for. */
#include "tests/support/t_oracle.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct t_instance in;
static struct t_oracle o;

static void up(const char *variant, const char *machine)
{
	cr_assert_eq(t_up(&in, variant, machine), 0, "%s", in.why);
	cr_assert_eq(t_oracle_init(&o, &in), 0);
}

static void down(void)
{
	t_oracle_fini(&o);
	t_down(&in);
}

Test(oracle, null_gives_a_frame_twice)
{
	const struct pga_req req = { .gfp = PGA_GFP_KERNEL, .node = -1 };
	unsigned n = 0;

	up("null", "one");
	while (n <= in.end && t_oracle_took(&o, req, NULL, in.ops->alloc(in.pga, req, NULL)))
		n++;
	cr_assert(n <= in.end, "the null allocator never gave a frame twice");
	cr_assert(strstr(o.why, "in use"), "%s", o.why);
	down();
}

static struct pga_res answer(pga_pfn_t pfn, int node, unsigned zone)
{
	return (struct pga_res){
		.pfn = pfn, .path = PGA_PATH(BUDDY), .node = (int16_t)node, .zone = (uint16_t)zone
	};
}

/* Each wrong answer, and the words that the objection must contain. */
Test(oracle, objects_to_wrong_answers)
{
	static const uint64_t node1[PGA_MAX_NODES / 64] = { 2 };
	const struct pga_ctx only1 = { .nodemask = node1 };
	const struct {
		struct pga_req req;
		const struct pga_ctx *ctx;
		struct pga_res res;
		const char *words;
	} wrong[] = {
		{ { .order = 2 }, NULL, answer(8201, 0, 1), "not aligned" },
		{ { .order = 0 }, NULL, answer(8200, 1, 1), "node 1 for zone 1" },
		{ { .order = 0 }, NULL, answer(100, 0, 1), "not inside" },
		{ { .order = 9 }, NULL, answer(16383, 0, 1), "not inside" },
		{ { .order = 0 }, NULL, answer(8200, 0, 9), "zone 9 of" },
		{ { .gfp = PGA_GFP_DMA32 }, NULL, answer(8200, 0, 1), "may not serve" },
		{ { .gfp = PGA_GFP_THISNODE }, NULL, answer(20000, 1, 2), "may not serve" },
		{ { .order = 0 }, &only1, answer(8200, 0, 1), "may not serve" },
		{ { .order = 0 }, NULL, { .pfn = 8200, .zone = 1 }, "path" },
	};

	up("skeleton", "two");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_expect_not(t_oracle_took(&o, wrong[i].req, wrong[i].ctx, wrong[i].res),
			      "answer %zu was accepted", i);
		cr_expect(strstr(o.why, wrong[i].words), "answer %zu: %s", i, o.why);
	}
	cr_expect(t_oracle_agrees(&o, 0), "%s", o.why);
	down();
}

Test(oracle, absent_frames_are_never_given)
{
	const struct pga_req req = { .node = -1 };

	up("skeleton", "holes");
	cr_assert_not(t_oracle_took(&o, req, NULL, answer(1001, 0, 0)));
	cr_assert(strstr(o.why, "absent"), "%s", o.why);
	down();
}

Test(oracle, a_needless_failure_is_noticed)
{
	const struct pga_req req = { .gfp = PGA_GFP_KERNEL, .node = -1 };
	const struct pga_res fail = {
		.pfn = PGA_NIL, .node = -1, .path = PGA_PATH(FAIL), .err = -ENOMEM
	};

	up("skeleton", "one");
	cr_assert_not(t_oracle_refused(&o, req, NULL, fail));
	cr_assert(strstr(o.why, "refused"), "%s", o.why);
	down();
}

Test(oracle, a_leak_and_a_foreign_free_are_noticed)
{
	struct pga_res res;

	up("skeleton", "one");
	res = t_alloc(&in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_assert_not(t_oracle_agrees(&o, 0), "a frame that nobody noted");
	t_free(&in, 0, res.pfn, 0);
	cr_assert(t_oracle_agrees(&o, 0), "%s", o.why);
	res = t_alloc(&in, 0, -1, 0, PGA_GFP_KERNEL);
	cr_assert(t_oracle_took(&o, (struct pga_req){ .node = -1 }, NULL, res));
	t_free(&in, 0, res.pfn, 0);
	cr_assert_not(t_oracle_agrees(&o, 0), "a frame freed behind the owner's back");
	down();
}
