/* SPDX-License-Identifier: GPL-2.0-only */
/* The writeback device: a ring of requests, oldest first. */
#include "workloads/device.h"
#include "workloads/spin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct request {
	uint64_t end; /* tick */
	uint64_t token, slot;
	bool fails;
};

/*
 * Invariants under the lock: nr <= depth; ends never fall from head on; pipe
 * is the moment that the pipe is free again, in 1 / bandwidth of a tick.
 */
struct dev {
	struct dev_conf conf;
	struct own_spin lock;
	bool polling; /* somebody ends the request at head */
	unsigned head, nr;
	uint64_t pipe, submitted;
	struct request *ring; /* [conf.depth] */
	char *bytes;	      /* with fd: [conf.depth * conf.frame_bytes] */
};

struct dev *dev_new(const struct dev_conf *conf)
{
	struct dev *dev = calloc(1, sizeof(*dev));

	if (!dev)
		return NULL;
	dev->conf = *conf;
	if (!dev->conf.depth)
		dev->conf.depth = DEV_DEPTH;
	dev->ring = calloc(dev->conf.depth, sizeof(*dev->ring));
	if (conf->fd >= 0)
		dev->bytes = malloc((size_t)dev->conf.depth * conf->frame_bytes);
	if (dev->ring && (dev->bytes || conf->fd < 0))
		return dev;
	dev_free(dev);
	errno = ENOMEM;
	return NULL;
}

void dev_free(struct dev *dev)
{
	if (!dev)
		return;
	free(dev->ring);
	free(dev->bytes);
	free(dev);
}

static uint64_t end_of_next(struct dev *dev, uint64_t now)
{
	uint32_t rate = dev->conf.bandwidth;

	if (!rate)
		return now + dev->conf.latency;
	if (dev->pipe < now * rate)
		dev->pipe = now * rate;
	dev->pipe++;
	return (dev->pipe + rate - 1) / rate + dev->conf.latency;
}

int dev_submit(struct dev *dev, uint64_t now, uint64_t token, uint64_t slot, const void *data)
{
	int rc = -EAGAIN;

	own_spin_lock(&dev->lock);
	if (dev->nr < dev->conf.depth) {
		unsigned at = (dev->head + dev->nr++) % dev->conf.depth;
		const struct request *last =
			&dev->ring[(at + dev->conf.depth - 1) % dev->conf.depth];
		uint64_t end = end_of_next(dev, now);

		/* The clocks of two threads may disagree a little. */
		if (dev->nr > 1 && end < last->end)
			end = last->end;
		dev->ring[at] = (struct request){
			.end = end,
			.token = token,
			.slot = slot,
			.fails = own_draw(dev->conf.seed, dev->submitted++, dev->conf.error_ppm),
		};
		if (dev->bytes)
			memcpy(dev->bytes + (size_t)at * dev->conf.frame_bytes, data,
			       dev->conf.frame_bytes);
		rc = 0;
	}
	own_spin_unlock(&dev->lock);
	return rc;
}

/* The request at head, whose time has come, stays there while it is written. */
static bool begin(struct dev *dev, uint64_t now, struct request *r, unsigned *at)
{
	bool due;

	own_spin_lock(&dev->lock);
	due = !dev->polling && dev->nr && dev->ring[dev->head].end <= now;
	if (due) {
		*at = dev->head;
		*r = dev->ring[dev->head];
		dev->polling = true;
	}
	own_spin_unlock(&dev->lock);
	return due;
}

static void end(struct dev *dev)
{
	own_spin_lock(&dev->lock);
	dev->head = (dev->head + 1) % dev->conf.depth;
	dev->nr--;
	dev->polling = false;
	own_spin_unlock(&dev->lock);
}

static bool store(struct dev *dev, const struct request *r, unsigned at)
{
	size_t bytes = dev->conf.frame_bytes;

	return !dev->bytes || pwrite(dev->conf.fd, dev->bytes + at * bytes, bytes,
				     (off_t)(r->slot * bytes)) == (ssize_t)bytes;
}

unsigned dev_poll(struct dev *dev, uint64_t now, dev_done done, void *data)
{
	struct request r;
	unsigned at, nr = 0;

	for (; begin(dev, now, &r, &at); nr++) {
		bool ok = !r.fails && store(dev, &r, at);

		end(dev);
		done(data, r.token, ok ? 0 : -EIO);
	}
	return nr;
}

uint64_t dev_next(struct dev *dev)
{
	uint64_t next;

	own_spin_lock(&dev->lock);
	next = dev->nr ? dev->ring[dev->head].end : UINT64_MAX;
	own_spin_unlock(&dev->lock);
	return next;
}

unsigned dev_busy(struct dev *dev)
{
	unsigned nr;

	own_spin_lock(&dev->lock);
	nr = dev->nr;
	own_spin_unlock(&dev->lock);
	return nr;
}

int dev_read(struct dev *dev, uint64_t slot, void *data)
{
	size_t bytes = dev->conf.frame_bytes;

	if (!dev->bytes)
		return -ENODEV;
	return pread(dev->conf.fd, data, bytes, (off_t)(slot * bytes)) == (ssize_t)bytes ? 0 : -EIO;
}
