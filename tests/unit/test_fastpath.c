/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fast paths take for granted: how requests, links and tables lie in memory. */
#include "core/layout.h"
#include "core/linux310_int.h"
#include "core/pcp.h"
#include "core/reqbits.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>

/* Each field comes out of the word that the request is passed in, the negative one too. */
Test(fastpath, fields_of_a_request)
{
	static const struct pga_req reqs[] = {
		{ .gfp = 0, .cpu = 0, .node = 0, .order = 0 },
		{ .gfp = 0x89abcdefu, .cpu = 0x1234, .node = 0x56, .order = 0x78 },
		{ .gfp = UINT32_MAX, .cpu = 0, .node = 0, .order = 0 },
		{ .gfp = 0, .cpu = UINT16_MAX, .node = -1, .order = 0 },
		{ .gfp = 0, .cpu = 0, .node = INT8_MIN, .order = UINT8_MAX },
	};

	for (size_t i = 0; i < sizeof(reqs) / sizeof(reqs[0]); i++) {
		const uint64_t bits = pga_req_bits(reqs[i]);

		cr_expect_eq(PGA_REQ_FIELD(bits, gfp), reqs[i].gfp, "request %zu", i);
		cr_expect_eq(PGA_REQ_FIELD(bits, cpu), reqs[i].cpu, "request %zu", i);
		cr_expect_eq((int8_t)PGA_REQ_FIELD(bits, node), reqs[i].node, "request %zu", i);
		cr_expect_eq(PGA_REQ_FIELD(bits, order), reqs[i].order, "request %zu", i);
	}
}

/* One store sets both links and nothing else; they grow together. */
Test(fastpath, links_by_one_store)
{
	struct pga_frame f = { 1, 2, 3, 4 };

	pga_list_point(&f, pga_links(0x01020304u, 0xfffffff0u));
	cr_expect_eq(f.next, 0x01020304u);
	cr_expect_eq(f.prev, 0xfffffff0u);
	cr_expect(f.flags == 3 && f.count == 4);
	pga_list_point(&f, pga_links(7, 0) | pga_links(0, 9));
	cr_expect(f.next == 7 && f.prev == 9);
	pga_list_point(&f, pga_links(7, 9) + pga_links(1, 1));
	cr_expect(f.next == 8 && f.prev == 10);
}

/* The one list with frames, whichever it is; no one when there are two or none. */
Test(fastpath, only_list)
{
	struct pga_frame unit[PGA_PCP_LISTS * 2];

	for (unsigned set = 0; set < 1u << PGA_PCP_LISTS; set++) {
		unsigned want = PGA_PCP_LISTS;

		for (pga_link_t i = 0; i < PGA_PCP_LISTS; i++) {
			pga_list_init(unit, i);
			if (set >> i & 1)
				pga_list_insert(unit, PGA_PCP_LISTS + i, i, i);
		}
		if (set && !(set & (set - 1)))
			want = (unsigned)__builtin_ctz(set);
		cr_expect_eq(pga_pcp_only(unit, 0), want, "lists %#x", set);
	}
}

/* The line of its page that an address lies in. */
static uintptr_t line_of(const void *at)
{
	return (uintptr_t)at % PGA_META_PAGE / PGA_LINE;
}

/* Frames with round numbers share no line number with what every request reads. */
Test(fastpath, round_frames_lie_apart)
{
	static struct t_instance in;

	cr_assert_eq(t_up(&in, "linux-3.10", "zone=0:Normal:0+65536 cpus=0"), 0, "%s", in.why);
	const struct pga *self = in.pga;
	const struct l310_cpu *c = self->cpu[0];
	const void *read[] = { self,
			       &self->frames,
			       c,
			       &c->local[0].pcp,
			       &c->local[0].event,
			       &self->zone[0]->nr_free };

	for (pga_pfn_t pfn = 0; pfn < 1024; pfn += 64)
		for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
			cr_expect_neq(line_of(&self->map.unit[pga_link(&self->map, pfn)]),
				      line_of(read[i]), "frame %u, address %zu", pfn, i);
	t_down(&in);
}
