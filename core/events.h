/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling the host what happened; costs one test when nobody listens. */
#ifndef CORE_EVENTS_H
#define CORE_EVENTS_H

#include "core/atomic.h"
#include "core/pga.h"

/** pga_emit - hand an event over, if the host wants events; no lock may be held */
#define pga_emit(host, ...)                                                                    \
	do {                                                                                   \
		if (pga_unlikely((host)->event != NULL))                                       \
			(host)->event((host)->data, &(const struct pga_event){ __VA_ARGS__ }); \
	} while (0)

#endif
