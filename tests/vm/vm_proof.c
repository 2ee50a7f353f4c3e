/* SPDX-License-Identifier: GPL-2.0-only */
/* vm_proof SHAPES NAME PROOF [ARGUMENT...]; exit 0 when all results are good. */
#include "tests/vm/vm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	void (*prove)(const struct vm_shape *shape, int argc, char **argv);
} proofs[] = {
	{ "topo", vm_prove_topo },     { "arenas", vm_prove_arenas },
	{ "full", vm_prove_full },     { "pins", vm_prove_pins },
	{ "places", vm_prove_places }, { "record", vm_prove_record },
	{ "kernel", vm_prove_kernel }, { "follow", vm_prove_follow },
	{ "hold", vm_hold },	       { "measured", vm_prove_measured },
	{ "order", vm_prove_order },
};

static unsigned failed;

bool vm_check(bool good, const char *detail, const char *name, ...)
{
	va_list ap;

	va_start(ap, name);
	fputs(good ? "ok - " : "not ok - ", stdout);
	vprintf(name, ap);
	va_end(ap);
	if (!good)
		printf(": %s", detail);
	putchar('\n');
	fflush(stdout);
	failed += !good;
	return good;
}

void vm_skip(const char *reason, const char *name)
{
	printf("ok - %s # SKIP %s\n", name, reason);
	fflush(stdout);
}

void vm_die(const char *fmt, ...)
{
	va_list ap;

	printf("not ok - ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

int main(int argc, char **argv)
{
	struct vm_shape shape;

	if (argc < 4)
		vm_die("usage: vm_proof SHAPES NAME PROOF [ARGUMENT...]");
	if (!vm_shape_read(&shape, argv[1], argv[2]))
		return 1;
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
		if (strcmp(proofs[i].name, argv[3]) != 0)
			continue;
		proofs[i].prove(&shape, argc - 4, argv + 4);
		return failed != 0;
	}
	vm_die("no proof is called %s", argv[3]);
}
