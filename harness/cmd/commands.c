/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of subcommands. */
#include "harness/cmd/cmd.h"
#include "harness/cmd/cmd_compare.h"
#include "harness/cmd/cmd_counters.h"
#include "harness/cmd/cmd_docs.h"
#include "harness/cmd/cmd_env.h"
#include "harness/cmd/cmd_kernel_frag.h"
#include "harness/cmd/cmd_list.h"
#include "harness/cmd/cmd_places.h"
#include "harness/cmd/cmd_plan.h"
#include "harness/cmd/cmd_report.h"
#include "harness/cmd/cmd_run.h"
#include "harness/cmd/cmd_timeline.h"
#include "harness/cmd/cmd_topo.h"
#include "harness/cmd/cmd_trace.h"
#include "harness/cmd/cmd_verify.h"
#include "harness/cmd/cmd_watch.h"
#include "harness/opt.h"

#include <stddef.h>

const struct bench_cmd bench_cmds[] = {
	{ "run", "measure a matrix and compare", cmd_run },
	{ "plan", "show what a matrix means, takes and skips", cmd_plan },
	{ "watch", "show a running matrix, live", cmd_watch },
	{ "compare", "compare two runs, or the cells of one", cmd_compare },
	{ "timeline", "how the samples of a run went, along their requests", cmd_timeline },
	{ "places", "which nodes a run asked and which served, as heat maps", cmd_places },
	{ "report", "a run as one HTML page, its figures as SVG and PDF", cmd_report },
	{ "env", "what may disturb a measurement, and the command against it", cmd_env },
	{ "topo", "show nodes, CPUs, distances and usable memory", cmd_topo },
	{ "counters", "what this machine can count, what it costs, why not", cmd_counters },
	{ "list", "variants, workloads, counters, placements, sinks", cmd_list },
	{ "verify", "replay conformance vectors on their mechanism", cmd_verify },
	{ "kernel-frag", "the running kernel's own fragmentation, same metrics", cmd_kernel_frag },
	{ "trace", "record, convert and describe page events of a running kernel", cmd_trace },
	{ "docs", "print the reference pages, write the manual pages", cmd_docs },
	{ .name = NULL },
};

const struct opt_cmd *const opt_cmds[] = {
	&opt_run,	  &opt_plan,  &opt_watch, &opt_compare,	 &opt_timeline, &opt_places,
	&opt_report,	  &opt_env,   &opt_topo,  &opt_counters, &opt_list,	&opt_verify,
	&opt_kernel_frag, &opt_trace, &opt_docs,  NULL,
};
