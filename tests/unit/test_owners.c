/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Owners of frames under scripted calls of their hooks.  The allocator's lists
 * are replaced by notes of what it was told, so that each answer of lru_del
 * and each moment of a hook can be chosen.
 */
#include "tests/support/t_owners.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct t_owned t;
static struct pga_ops ops;
static char why[200];
static char *frames; /* backing */

/* What the allocator was told, by frame. */
static struct note {
	int list; /* enum pga_lru, -1 none */
	bool dirty, was_dirtied;
	unsigned accessed;
} notes[16384];
static bool lru_busy; /* the next lru_del finds the frame isolated */
static int over_limit;

static void s_add(struct pga *self, pga_pfn_t pfn, enum pga_lru list, unsigned cpu)
{
	(void)self;
	(void)cpu;
	notes[pfn].list = (int)list;
}

static int s_del(struct pga *self, pga_pfn_t pfn, unsigned cpu)
{
	(void)self;
	(void)cpu;
	if (lru_busy)
		return -EBUSY;
	notes[pfn].list = -1;
	return 0;
}

static void s_accessed(struct pga *self, pga_pfn_t pfn)
{
	(void)self;
	notes[pfn].accessed++;
}

static int s_dirty(struct pga *self, pga_pfn_t pfn, bool dirty)
{
	(void)self;
	notes[pfn].dirty = dirty;
	notes[pfn].was_dirtied |= dirty;
	return dirty ? over_limit : 0;
}

static void up(void)
{
	cr_assert_eq(t_owned_up(&t, "linux-3.10", "one"), 0, "%s", t.in.why);
	ops = *t.in.ops;
	ops.lru_add = s_add;
	ops.lru_del = s_del;
	ops.mark_accessed = s_accessed;
	ops.set_dirty = s_dirty;
	own_attach(t.own, &ops, t.in.pga);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		notes[i] = (struct note){ .list = -1 };
	t_drive(&t.in, 0);
}

static void begin(void)
{
	t_owned_defaults(&t);
	lru_busy = false;
	over_limit = 0;
}

static void check(void)
{
	cr_assert_eq(own_check(t.own, why, sizeof(why)), 0, "%s", why);
}

/* Everything goes back, and the allocator has no frame in use any more. */
static void end(void)
{
	struct pga_zone_snap snap = { 0 };
	struct pga_zone_info info = { 0 };

	check();
	own_free_all(t.own, 0);
	cr_assert_eq(own_frames(t.own), 0);
	cr_assert_eq(own_swapped(t.own), 0);
	t_drain_all(&t.in);
	t.in.ops->zone_snap(t.in.pga, 0, &snap);
	t.in.ops->zone_info(t.in.pga, 0, &info);
	cr_assert_eq(snap.nr_free_exact, info.managed, "%llu of %u frames are free",
		     (unsigned long long)snap.nr_free_exact, info.managed);
	t_owned_down(&t);
	free(frames);
	frames = NULL;
}

static uint32_t get(enum own_kind kind, unsigned group, unsigned order)
{
	struct own_req req = {
		.kind = (uint8_t)kind, .order = (uint8_t)order, .node = -1, .group = (uint16_t)group
	};
	uint32_t h;
	struct pga_res res = own_alloc(t.own, &req, &h);

	cr_assert_eq(res.err, 0);
	cr_assert_neq(h, OWN_NONE);
	cr_assert_eq(own_pfn(t.own, h), res.pfn);
	return h;
}

/* A frame that the allocator has taken for itself, as a target or from an owner. */
static pga_pfn_t spare(void)
{
	struct pga_res res = t_alloc(&t.in, 0, -1, 0, PGA_GFP_USER_MOVABLE);

	cr_assert_eq(res.err, 0);
	return res.pfn;
}

static int migrate(pga_pfn_t from, pga_pfn_t to)
{
	return t.host.migrate(t.host.data, from, to, 0);
}

static int evict(pga_pfn_t pfn)
{
	return t.host.evict(t.host.data, pfn);
}

static int writeback(pga_pfn_t pfn)
{
	return t.host.writeback(t.host.data, pfn);
}

static void give_back(pga_pfn_t pfn)
{
	t_free(&t.in, 0, pfn, 0);
}

static uint64_t count(enum own_stat stat)
{
	return t_owned_stat(&t, stat);
}

Test(owners, each_kind_lies_where_it_belongs)
{
	begin();
	up();
	uint32_t anon = get(OWN_ANON, 1, 0), file = get(OWN_FILE, 2, 0);
	uint32_t kernel = get(OWN_KERNEL, 0, 3), slab = get(OWN_SLAB, 0, 1);
	uint32_t big = get(OWN_ANON, 1, 9), locked;
	struct own_req req = { .kind = OWN_ANON, .node = -1, .mlocked = true };

	cr_assert_eq(own_alloc(t.own, &req, &locked).err, 0);
	cr_assert_eq(notes[own_pfn(t.own, anon)].list, PGA_LRU_ACTIVE_ANON);
	cr_assert_eq(notes[own_pfn(t.own, file)].list, PGA_LRU_INACTIVE_FILE);
	cr_assert_eq(notes[own_pfn(t.own, locked)].list, PGA_LRU_UNEVICTABLE);
	cr_assert_eq(notes[own_pfn(t.own, kernel)].list, -1);
	cr_assert_eq(notes[own_pfn(t.own, slab)].list, -1);
	cr_assert_eq(notes[own_pfn(t.own, big)].list, -1, "only frames of order 0 are listed");
	cr_assert_eq(own_task_frames(t.own, 1), 513);
	cr_assert_eq(own_file_frames(t.own, 2), 1);
	cr_assert_eq(own_frames(t.own), 1 + 1 + 8 + 2 + 512 + 1);
	cr_assert_eq(t.host.shrinkable(t.host.data, 0), 2);
	cr_assert_eq(own_touch(t.own, file), 0);
	cr_assert_eq(notes[own_pfn(t.own, file)].accessed, 1);
	own_free(t.own, kernel, 0);
	own_free(t.own, big, 0);
	cr_assert_eq(own_frames(t.own), 5);
	end();
}

Test(owners, no_handle_left_is_said)
{
	struct own_req req = { .kind = OWN_KERNEL, .node = -1 };
	uint32_t h;
	unsigned nr = 0;
	int err;

	begin();
	t.conf.nr_handles = 10;
	up();
	while (!(err = own_alloc(t.own, &req, &h).err))
		nr++;
	cr_assert_eq(err, -ENFILE);
	cr_assert_eq(h, OWN_NONE);
	cr_assert_geq(nr, 10);
	end();
}

/* By the way that contents are kept. */
struct backing {
	bool backed;
	enum own_content content;
};

ParameterizedTestParameters(owners, contents_move_with_the_frame)
{
	static struct backing ways[] = { { false, OWN_LINE },
					 { true, OWN_LINE },
					 { true, OWN_PAGE } };

	return cr_make_param_array(struct backing, ways, 3);
}

ParameterizedTest(struct backing *way, owners, contents_move_with_the_frame)
{
	begin();
	if (way->backed)
		cr_assert(frames = calloc(16384, 4096));
	t.conf.backing = frames;
	t.conf.content = way->content;
	up();
	uint32_t h = get(OWN_ANON, 0, 0), big = get(OWN_FILE, 0, 2);
	pga_pfn_t from = own_pfn(t.own, h), to = spare();

	cr_assert_eq(own_dirty(t.own, h), 0);
	cr_assert_eq(migrate(from, to), 0);
	cr_assert_eq(own_pfn(t.own, h), to);
	if (way->backed)
		memset(frames + (size_t)from * 4096, 0xff, 4096);
	give_back(from);
	cr_assert_eq(own_touch(t.own, h), 0);
	check();
	if (way->backed) {
		size_t last = way->content == OWN_PAGE ? 4095 : 63;

		frames[(size_t)to * 4096 + last] ^= 1;
		cr_assert_eq(own_touch(t.own, h), -EBADMSG, "one wrong bit is found");
		cr_assert_eq(own_check(t.own, why, sizeof(why)), -EUCLEAN);
		frames[(size_t)to * 4096 + last] ^= 1;
		cr_assert_eq(own_touch(t.own, h), 0);
	}
	cr_assert_eq(own_touch(t.own, big), 0);
	own_free_all(t.own, 0);
	t_owned_down(&t);
	free(frames);
	frames = NULL;
}

Test(owners, what_is_pinned_or_busy_stays)
{
	begin();
	t.conf.no_device = false;
	t.conf.device.latency = 5;
	t.conf.swap_frames = 10;
	up();
	uint32_t h = get(OWN_FILE, 0, 0);
	pga_pfn_t pfn = own_pfn(t.own, h), to = spare();

	cr_assert_eq(own_pin(t.own, h), 0);
	cr_assert_eq(migrate(pfn, to), -EAGAIN, "pinned");
	cr_assert_eq(evict(pfn), -EAGAIN, "pinned");
	cr_assert(t.host.referenced(t.host.data, pfn), "pinned counts as used");
	own_unpin(t.own, h);
	cr_assert_eq(own_dirty(t.own, h), 0);
	cr_assert(notes[pfn].dirty);
	cr_assert_eq(writeback(pfn), -EINPROGRESS);
	cr_assert_eq(migrate(pfn, to), -EAGAIN, "being written");
	cr_assert_eq(migrate(to, pfn), -EAGAIN, "nobody's frame");
	cr_assert_eq(t.host.migrate(t.host.data, pfn, to, 1), -EAGAIN, "not of that order");
	cr_assert_eq(count(OWN_STAT_migrate_refused), 4);
	own_settle(t.own);
	cr_assert_eq(migrate(pfn, to), 0);
	give_back(pfn);
	end();
}

Test(owners, dirty_files_are_written_before_they_are_evicted)
{
	begin();
	t.conf.no_device = false;
	t.conf.device.latency = 3;
	up();
	uint32_t h = get(OWN_FILE, 1, 0);
	pga_pfn_t pfn = own_pfn(t.own, h);

	cr_assert_eq(own_dirty(t.own, h), 0);
	cr_assert_eq(evict(pfn), -EBUSY);
	cr_assert_eq(writeback(pfn), -EINPROGRESS);
	cr_assert_eq(writeback(pfn), -EINPROGRESS, "once is enough");
	cr_assert_eq(count(OWN_STAT_writes), 1);
	cr_assert_eq(evict(pfn), -EBUSY, "still being written");
	cr_assert_eq(t.host.wait(t.host.data, PGA_WAIT_CONGESTION, 3, 0), PGA_GO_ON);
	cr_assert(!notes[pfn].dirty, "the end of the write was told");
	cr_assert_eq(writeback(pfn), 0, "clean");
	cr_assert_eq(evict(pfn), 0);
	give_back(pfn);
	cr_assert_eq(own_touch(t.own, h), -ENOENT);
	cr_assert(!own_present(t.own, h));
	cr_assert_eq(evict(pfn), -EAGAIN, "it is nobody's now");
	cr_assert_eq(own_fault(t.own, h, 0).err, 0);
	cr_assert_eq(own_touch(t.own, h), 0);
	cr_assert_eq(count(OWN_STAT_refaults), 1);
	end();
}

Test(owners, a_frame_changed_during_its_write_stays_dirty)
{
	begin();
	t.conf.no_device = false;
	t.conf.device.latency = 3;
	up();
	uint32_t h = get(OWN_FILE, 1, 0);
	pga_pfn_t pfn = own_pfn(t.own, h);

	cr_assert_eq(own_dirty(t.own, h), 0);
	cr_assert_eq(writeback(pfn), -EINPROGRESS);
	cr_assert_eq(own_dirty(t.own, h), 0);
	own_settle(t.own);
	cr_assert(notes[pfn].dirty);
	cr_assert_eq(evict(pfn), -EBUSY);
	cr_assert_eq(own_flush(t.own, 10), 1, "the flusher finds it");
	own_settle(t.own);
	cr_assert(!notes[pfn].dirty);
	cr_assert_eq(evict(pfn), 0);
	give_back(pfn);
	end();
}

Test(owners, a_failed_write_loses_nothing)
{
	begin();
	t.conf.no_device = false;
	t.conf.device.error_ppm = 1000000;
	up();
	uint32_t h = get(OWN_FILE, 1, 0);
	pga_pfn_t pfn = own_pfn(t.own, h);

	cr_assert_eq(own_dirty(t.own, h), 0);
	for (unsigned i = 0; i < 5; i++) {
		notes[pfn].was_dirtied = false;
		cr_assert_eq(writeback(pfn), -EINPROGRESS);
		own_settle(t.own);
		cr_assert(notes[pfn].was_dirtied, "the failure is told as dirty");
		cr_assert_eq(evict(pfn), -EBUSY);
	}
	cr_assert_eq(count(OWN_STAT_write_errors), 5);
	cr_assert_eq(own_touch(t.own, h), 0);
	end();
}

Test(owners, anonymous_frames_go_to_swap_within_its_budget)
{
	begin();
	t.conf.no_device = false;
	t.conf.device.latency = 1;
	t.conf.swap_frames = 1;
	up();
	uint32_t a = get(OWN_ANON, 0, 0), b = get(OWN_ANON, 1, 0);
	pga_pfn_t pa = own_pfn(t.own, a), pb = own_pfn(t.own, b);

	cr_assert_eq(t.host.swap_room(t.host.data), 1);
	cr_assert_eq(evict(pa), -EBUSY, "swap does not have it yet");
	cr_assert_eq(t.host.swap_room(t.host.data), 0);
	cr_assert_eq(evict(pb), -ENOSPC);
	cr_assert_eq(writeback(pa), -EINPROGRESS);
	own_settle(t.own);
	cr_assert_eq(evict(pa), 0);
	give_back(pa);
	cr_assert_eq(own_task_score(t.own, 0), 1, "swap counts");
	cr_assert_eq(own_fault(t.own, a, 0).err, 0);
	cr_assert_eq(own_touch(t.own, a), 0);
	own_free(t.own, a, 0);
	cr_assert_eq(t.host.swap_room(t.host.data), 1);
	cr_assert_eq(evict(pb), -EBUSY);
	end();
}

Test(owners, without_a_device_swap_takes_a_frame_at_once)
{
	begin();
	t.conf.swap_frames = 2;
	up();
	uint32_t a = get(OWN_ANON, 0, 0), locked;
	struct own_req req = { .kind = OWN_ANON, .node = -1, .mlocked = true };
	pga_pfn_t pfn = own_pfn(t.own, a);

	cr_assert_eq(own_alloc(t.own, &req, &locked).err, 0);
	cr_assert_eq(evict(own_pfn(t.own, locked)), -EAGAIN, "locked in memory");
	cr_assert_eq(own_touch(t.own, a), 0);
	cr_assert(t.host.referenced(t.host.data, pfn));
	cr_assert(!t.host.referenced(t.host.data, pfn), "asking clears the mark");
	cr_assert_eq(evict(pfn), 0);
	give_back(pfn);
	cr_assert_eq(own_fault(t.own, a, 0).err, 0);
	cr_assert_eq(own_dirty(t.own, a), 0);
	end();
}

Test(owners, a_frame_under_work_is_left_to_its_isolator)
{
	begin();
	up();
	uint32_t h = get(OWN_ANON, 0, 0);
	pga_pfn_t pfn = own_pfn(t.own, h), to = spare();

	lru_busy = true;
	own_free(t.own, h, 0);
	lru_busy = false;
	cr_assert_eq(count(OWN_STAT_orphans), 1);
	cr_assert_eq(count(OWN_STAT_frees), 0, "the isolator frees it");
	cr_assert_eq(migrate(pfn, to), -EAGAIN);
	cr_assert_eq(evict(pfn), -EAGAIN);
	cr_assert(!t.host.referenced(t.host.data, pfn));
	give_back(pfn);
	give_back(to);
	end();
}

Test(owners, a_handle_is_not_used_anew_while_the_device_has_it)
{
	begin();
	t.conf.no_device = false;
	t.conf.device.latency = 7;
	up();
	uint32_t h = get(OWN_FILE, 0, 0), others[200];

	cr_assert_eq(own_dirty(t.own, h), 0);
	cr_assert_eq(writeback(own_pfn(t.own, h)), -EINPROGRESS);
	own_free(t.own, h, 0);
	cr_assert_eq(own_frames(t.own), 0);
	for (unsigned i = 0; i < 200; i++) {
		others[i] = get(OWN_FILE, 0, 0);
		cr_assert_neq(others[i], h);
	}
	own_settle(t.own);
	for (unsigned i = 0; i < 200; i++)
		cr_assert_eq(own_touch(t.own, others[i]), 0);
	end();
}

Test(owners, caches_shrink_oldest_first_with_a_second_chance)
{
	uint32_t h[10];

	begin();
	up();
	for (unsigned i = 0; i < 10; i++)
		h[i] = get(OWN_SLAB, 0, 0);
	for (unsigned i = 0; i < 10; i += 2)
		cr_assert_eq(own_touch(t.own, h[i]), 0);
	cr_assert_eq(own_pin(t.own, h[9]), 0);
	cr_assert_eq(t.host.shrink(t.host.data, 0, 4, 0), 4);
	for (unsigned i = 0; i < 10; i++)
		cr_assert_eq(own_present(t.own, h[i]), i % 2 == 0 || i == 9, "%u", i);
	cr_assert_eq(t.host.shrink(t.host.data, 0, 100, 0), 5, "all but the pinned one");
	cr_assert_eq(t.host.shrink(t.host.data, 0, 100, 0), 0);
	cr_assert_eq(own_touch(t.own, h[1]), -ENOENT);
	cr_assert_eq(own_fault(t.own, h[1], 0).err, 0);
	cr_assert_eq(own_touch(t.own, h[1]), 0);
	own_unpin(t.own, h[9]);
	cr_assert_eq(count(OWN_STAT_shrunk), 9);
	own_free(t.own, h[2], 0);
	end();
}

Test(owners, injected_faults_refuse_and_lose_nothing)
{
	begin();
	t.conf.faults = (struct own_faults){ .migrate_ppm = 1000000,
					     .evict_ppm = 1000000,
					     .dead_shrinker = true };
	t.conf.swap_frames = 10;
	up();
	uint32_t h = get(OWN_ANON, 0, 0), slab = get(OWN_SLAB, 0, 0);
	pga_pfn_t to = spare();

	cr_assert_eq(migrate(own_pfn(t.own, h), to), -EAGAIN);
	cr_assert_eq(evict(own_pfn(t.own, h)), -EAGAIN);
	cr_assert_eq(t.host.shrink(t.host.data, 0, 10, 0), 0);
	cr_assert_eq(own_touch(t.own, h), 0);
	cr_assert_eq(own_touch(t.own, slab), 0);
	give_back(to);
	end();
}

Test(owners, the_largest_task_is_killed)
{
	uint32_t small, large[3], h;
	struct own_req req = { .kind = OWN_ANON, .node = -1, .group = 2 };

	begin();
	up();
	small = get(OWN_ANON, 1, 0);
	for (unsigned i = 0; i < 3; i++)
		large[i] = get(OWN_ANON, 2, i);
	cr_assert_eq(t.host.oom_kill(t.host.data, 0, 0, 0), 7);
	cr_assert(own_task_killed(t.own, 2));
	cr_assert_eq(count(OWN_STAT_kills), 1);
	cr_assert_eq(own_touch(t.own, small), 0);
	cr_assert_eq(own_touch(t.own, large[0]), -ESRCH);
	cr_assert_eq(own_dirty(t.own, large[1]), -ESRCH);
	cr_assert_eq(own_fault(t.own, large[2], 0).err, -ESRCH);
	cr_assert_eq(own_alloc(t.own, &req, &h).err, -ESRCH);
	own_free(t.own, large[0], 0);
	cr_assert_eq(own_task_exit(t.own, 2, 0), 0);
	cr_assert(!own_task_killed(t.own, 2));
	cr_assert_eq(own_alloc(t.own, &req, &h).err, 0);
	cr_assert_eq(own_task_exit(t.own, 2, 0), 1);
	cr_assert_eq(t.host.oom_kill(t.host.data, 0, 0, 0), 1, "the next largest");
	cr_assert_eq(t.host.oom_kill(t.host.data, 0, 0, 0), 0, "nobody is left");
	end();
}

Test(owners, files_drop_as_a_whole)
{
	begin();
	up();
	for (unsigned i = 0; i < 100; i++)
		get(OWN_FILE, i % 2, 0);
	cr_assert_eq(own_file_drop(t.own, 1, 0), 50);
	cr_assert_eq(own_file_frames(t.own, 0), 50);
	cr_assert_eq(own_file_frames(t.own, 1), 0);
	end();
}

Test(owners, waiting_lets_time_pass_and_gives_up_at_last)
{
	begin();
	t.conf.patience = 5;
	up();
	uint64_t then = own_now(t.own);
	unsigned waits = 0;

	while (t.host.wait(t.host.data, PGA_WAIT_YIELD, 10, 0) == PGA_GO_ON)
		cr_assert_lt(++waits, 100);
	cr_assert_eq(waits, 4);
	cr_assert_eq(own_now(t.own), then + 50);
	cr_assert_eq(t.host.clock(t.host.data), then + 50);
	cr_assert_eq(count(OWN_STAT_gave_up), 1);
	own_free(t.own, get(OWN_ANON, 0, 0), 0);
	cr_assert_eq(t.host.wait(t.host.data, PGA_WAIT_YIELD, 1, 0), PGA_GO_ON,
		     "a frame was freed: there is hope");
	end();
}

Test(owners, writers_above_the_limit_start_to_write)
{
	uint32_t h[8];

	begin();
	t.conf.no_device = false;
	t.conf.device.latency = 1;
	up();
	for (unsigned i = 0; i < 8; i++) {
		h[i] = get(OWN_FILE, 0, 0);
		over_limit = i < 7 ? 0 : -EAGAIN;
		cr_assert_eq(own_dirty(t.own, h[i]), 0);
	}
	cr_assert_eq(count(OWN_STAT_throttled), 1);
	cr_assert_eq(count(OWN_STAT_writes), 8);
	for (unsigned i = 0; i < 8; i++)
		cr_assert(!notes[own_pfn(t.own, h[i])].dirty, "%u", i);
	end();
}

Test(owners, evicted_bytes_come_back_from_the_file)
{
	FILE *f = tmpfile();

	cr_assert(f);
	begin();
	cr_assert(frames = calloc(16384, 4096));
	t.conf.backing = frames;
	t.conf.content = OWN_PAGE;
	t.conf.swap_frames = 10;
	t.conf.no_device = false;
	t.conf.device.fd = fileno(f);
	t.conf.device.frame_bytes = 4096;
	up();
	uint32_t h[2] = { get(OWN_FILE, 0, 0), get(OWN_ANON, 0, 0) };

	for (unsigned i = 0; i < 2; i++) {
		pga_pfn_t pfn = own_pfn(t.own, h[i]);

		cr_assert_eq(own_dirty(t.own, h[i]), 0);
		cr_assert_eq(evict(pfn), -EBUSY);
		cr_assert_eq(writeback(pfn), -EINPROGRESS);
		own_settle(t.own);
		cr_assert_eq(evict(pfn), 0);
		give_back(pfn);
		cr_assert_eq(own_fault(t.own, h[i], 0).err, 0);
		cr_assert_eq(own_touch(t.own, h[i]), 0);
		check();
	}
	/* Now the file is damaged behind the owners' back: that must be seen. */
	pga_pfn_t pfn = own_pfn(t.own, h[0]);

	cr_assert_eq(evict(pfn), 0);
	give_back(pfn);
	cr_assert_eq(pwrite(fileno(f), "x", 1, (off_t)h[0] * 4096 + 4000), 1);
	cr_assert_eq(own_fault(t.own, h[0], 0).err, 0);
	cr_assert_eq(count(OWN_STAT_corrupt), 1);
	own_free_all(t.own, 0);
	t_owned_down(&t);
	free(frames);
	fclose(f);
}

/* With the real lists: nothing can be evicted, shrunk or killed, and all ends. */
Test(owners, memory_full_of_kernel_objects_ends_every_request)
{
	struct own_req req = { .kind = OWN_KERNEL, .node = -1 };
	uint32_t h;
	int err;

	begin();
	cr_assert_eq(t_owned_up(&t, "linux-3.10", "one"), 0, "%s", t.in.why);
	t_drive(&t.in, 0);
	while (!(err = own_alloc(t.own, &req, &h).err))
		;
	cr_assert_eq(err, -ENOMEM);
	cr_assert_gt(own_frames(t.own), 15000);
	req.gfp = PGA_GFP_KERNEL | PGA_GFP_NOFAIL;
	err = own_alloc(t.own, &req, &h).err;
	cr_assert(err == 0 || err == -ENOMEM);
	while (!(err = own_alloc(t.own, &req, &h).err))
		;
	cr_assert_eq(err, -ENOMEM, "a request that may not fail gives up when its owner does");
	cr_assert_gt(count(OWN_STAT_gave_up), 0);
	cr_assert_eq(count(OWN_STAT_kills), 0);
	end();
}

/* The killer takes the task that asks; its request ends, and others go on. */
Test(owners, a_task_that_fills_memory_is_killed_and_its_request_ends)
{
	struct own_req req = { .kind = OWN_ANON, .node = -1, .group = 1 };
	uint32_t h, other;
	int err;

	begin();
	t.conf.nr_handles = 20000;
	cr_assert_eq(t_owned_up(&t, "linux-3.10", "one"), 0, "%s", t.in.why);
	t_drive(&t.in, 0);
	other = get(OWN_ANON, 0, 0);
	while (!(err = own_alloc(t.own, &req, &h).err))
		;
	cr_assert_eq(err, -ESRCH);
	cr_assert(own_task_killed(t.own, 1));
	cr_assert(!own_task_killed(t.own, 0));
	cr_assert_eq(own_task_frames(t.own, 1), 0);
	cr_assert_eq(own_touch(t.own, other), 0);
	cr_assert_eq(count(OWN_STAT_kills), 1);
	own_task_exit(t.own, 1, 0);
	cr_assert_eq(own_alloc(t.own, &req, &h).err, 0, "there is memory again");
	end();
}

Test(owners, a_configuration_out_of_range_is_refused)
{
	begin();
	t.conf.nr_handles = 0;
	cr_assert_eq(t_owned_up(&t, "linux-3.10", "one"), -EINVAL);
	cr_assert(strstr(t.in.why, "nr_handles"), "%s", t.in.why);
	begin();
	t.conf.nr_tasks = OWN_MAX_GROUPS + 1;
	cr_assert_eq(t_owned_up(&t, "linux-3.10", "one"), -EINVAL);
	cr_assert(strstr(t.in.why, "tasks"), "%s", t.in.why);
	begin();
	t.conf.no_device = false;
	t.conf.device.fd = 1;
	cr_assert_eq(t_owned_up(&t, "linux-3.10", "one"), -EINVAL);
	cr_assert(strstr(t.in.why, "file"), "%s", t.in.why);
}
