/* SPDX-License-Identifier: GPL-2.0-only */
/* The backend that counts nothing: for runs without counters on purpose. */
#include "harness/counters/counter_backend.h"

#include <errno.h>

static int null_init(const char *arg, char *why, size_t len)
{
	(void)arg;
	snprintf(why, len, "counters are off: ZB_COUNTERS_BACKEND=null");
	return -ENOTSUP;
}

const struct cnt_backend cnt_null = {
	.name = "null",
	.summary = "counts nothing",
	.mark = "",
	.init = null_init,
};
