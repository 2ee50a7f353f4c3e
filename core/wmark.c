/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/wmark.h"

static unsigned bits(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

uint64_t pga_root(uint64_t v)
{
	uint64_t r = 0;

	for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= v)
			r += bit;
	return r;
}

uint32_t pga_min_free_kbytes(uint64_t kbytes)
{
	uint64_t kb = pga_root(kbytes * 16);

	return kb < 128 ? 128 : kb > 65536 ? 65536 : (uint32_t)kb;
}

void pga_wmark_set(uint32_t mark[PGA_NR_WMARKS], uint64_t min_frames, uint64_t managed,
		   uint64_t total)
{
	uint64_t t = total ? min_frames * managed / total : 0;

	mark[PGA_WMARK_MIN] = (uint32_t)t;
	mark[PGA_WMARK_LOW] = (uint32_t)(t + t / 4);
	mark[PGA_WMARK_HIGH] = (uint32_t)(t + t / 2);
}

/* One less than a power of two: zones of even colouring then do not march in step. */
uint32_t pga_pcp_batch(uint32_t managed, unsigned page_shift, uint32_t *high)
{
	uint32_t b = managed / 1024, most = (512u << 10) >> page_shift, power = 1;

	b = (b > most ? most : b) / 4;
	b = b ? b : 1;
	while (2 * power <= b + b / 2)
		power *= 2;
	*high = 6 * (power - 1);
	return power > 1 ? power - 1 : 1;
}

uint32_t pga_pcp_fraction(uint32_t managed, uint32_t fraction, unsigned page_shift, uint32_t *high)
{
	uint32_t batch = managed / fraction / 4, most = page_shift * 8;

	*high = managed / fraction;
	return batch > most ? most : batch ? batch : 1;
}

uint32_t pga_stat_threshold(unsigned nr_cpus, uint32_t managed, unsigned page_shift)
{
	uint32_t t = 2 * bits(nr_cpus) * (1 + bits((uint64_t)managed << page_shift >> 27));

	return t > 125 ? 125 : t;
}
