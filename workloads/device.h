/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A writeback device: a queue of bounded depth in front of a serial pipe with
 * latency, bandwidth and an error rate; optionally a real file behind it.
 *
 * Times are ticks of the caller's clock, real or virtual: the device itself
 * has none.  Requests complete in the order of submission, and only when
 * somebody polls.  A request that is drawn to fail does so at its normal time.
 *
 * Threads: all calls from any thread; a spin lock guards the queue, and no
 * callback and no system call runs under it.
 */
#ifndef WORKLOADS_DEVICE_H
#define WORKLOADS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dev_conf {
	uint32_t latency;     /* ticks from the pipe's end to completion */
	uint32_t bandwidth;   /* frames per tick; 0 = without bound */
	uint32_t depth;	      /* requests under way at most; 0 = DEV_DEPTH */
	uint32_t error_ppm;   /* of a million requests, how many fail */
	uint64_t seed;	      /* of the draw of failures */
	int fd;		      /* a file that frames are written to; -1 none */
	uint32_t frame_bytes; /* with fd: bytes of one request */
};
#define DEV_DEPTH 128u

struct dev; /* opaque */

/* A request has ended. err: 0 or -EIO; token as submitted. */
typedef void (*dev_done)(void *data, uint64_t token, int err);

/** dev_new - NULL with errno ENOMEM; the file stays the caller's. */
struct dev *dev_new(const struct dev_conf *conf);
void dev_free(struct dev *dev);

/**
 * dev_submit - queue a write of one frame
 * @now: tick; @slot: frame of the file, used with fd; @data: its bytes, copied, used with fd
 * Return: 0; -EAGAIN: the queue is full.
 */
int dev_submit(struct dev *dev, uint64_t now, uint64_t token, uint64_t slot, const void *data);

/** dev_poll - end the requests whose time has come; how many. done: for each, lock-free. */
unsigned dev_poll(struct dev *dev, uint64_t now, dev_done done, void *data);

/** dev_next - tick at which the oldest request ends; UINT64_MAX: none under way. */
uint64_t dev_next(struct dev *dev);

/** dev_busy - requests under way. */
unsigned dev_busy(struct dev *dev);

/** dev_read - read a frame back from the file: 0, -EIO, or -ENODEV without fd. */
int dev_read(struct dev *dev, uint64_t slot, void *data);

#endif
