# SPDX-License-Identifier: GPL-2.0-only
# make help lists the targets.  B is the build folder, SAN a -fsanitize list.
CC ?= cc
ifeq ($(origin CC),default)
CC := gcc
endif
B ?= build
SAN ?=
V ?= 0
VECTORS ?=
PREFIX ?= /usr/local

ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2);
else
Q :=
say =
endif

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror
PKGS := hwloc papi jansson gsl libcyaml yaml-0.1 libtracefs
OPT ?= -O2
# Profilers unwind through frame pointers; a leaf needs none of its own.
FRAMES := -fno-omit-frame-pointer $(shell $(CC) -momit-leaf-frame-pointer -E -xc /dev/null \
	>/dev/null 2>&1 && echo -momit-leaf-frame-pointer)
CFLAGS_ALL := -std=gnu11 -g $(OPT) $(WARN) -pthread -I. -D_GNU_SOURCE $(FRAMES) \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g') $(CFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lnuma -ldl -lm -pthread
LDFLAGS_ALL := -rdynamic $(LDFLAGS)
ifneq ($(SAN),)
CFLAGS_ALL += -fsanitize=$(SAN) -fno-sanitize-recover=all
LDFLAGS_ALL += -fsanitize=$(SAN)
endif

ROOMS := core numa workloads harness results
SRCS := $(wildcard $(ROOMS:%=%/*.c) harness/*/*.c)
OBJS := $(SRCS:%.c=$(B)/%.o)
LIBOBJS := $(filter-out $(B)/harness/main.o,$(OBJS))
BIN := $(B)/zonebench

# tests/unit and tests/conformance: Criterion; tests/thread: plain main()
# programs, for ThreadSanitizer too; tests/cli: shell; tests/plugin: plug-ins
# that the tests load; tests/tool: helper programs of the shell tests.
CRITERION_SRCS := $(wildcard tests/unit/*.c tests/conformance/*.c)
CRITERION_BINS := $(CRITERION_SRCS:%.c=$(B)/%)
THREAD_BINS := $(patsubst %.c,$(B)/%,$(wildcard tests/thread/*.c))
TOOL_BINS := $(patsubst %.c,$(B)/%,$(wildcard tests/tool/*.c))
PLUGINS := $(patsubst %.c,$(B)/%.so,$(wildcard tests/plugin/*.c)) $(B)/skeleton.so
FUZZ_BINS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/*.c))
# What is fuzzed, and no more: it is compiled once more for that.
FUZZ_SRCS := $(filter-out %_record.c %_merge.c %_facts.c,$(wildcard harness/trace/*.c)) \
	harness/matrix/scenario_file.c harness/matrix/matrix_value.c harness/opt.c harness/err.c harness/shipped.c $(wildcard workloads/*.c core/*.c)
FUZZ_OBJS := $(FUZZ_SRCS:%.c=$(B)/%.o)
BENCH_BINS := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
FIGURE_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/figures/*.c))
CLI_TESTS := $(wildcard tests/cli/*.sh)
# Programs for the virtual machines, which are x86-64.
VM_BINS := $(if $(filter x86_64,$(shell uname -m)),$(B)/tests/vm/vm_proof $(B)/tests/vm/vm_exit)
VM_PROOF_OBJS := $(patsubst %.c,$(B)/%.o,$(filter-out tests/vm/vm_exit.c,$(wildcard tests/vm/*.c)))
TEST_SUPPORT := $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))
TEST_BINS := $(CRITERION_BINS) $(THREAD_BINS) $(TOOL_BINS) $(VM_BINS)

.PHONY: all test test-thread test-vm check-asan check-tsan lint format bench install clean help tests-built
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BIN) ## build build/zonebench

$(BIN): $(OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# The compiler command is an input too: a changed flag rebuilds.
$(B)/flags: FORCE
	$(Q)mkdir -p $(B); echo '$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL)' | cmp -s - $@ || \
		echo '$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL)' > $@
.PHONY: FORCE
FORCE:

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(CRITERION_BINS): $(B)/%: $(B)/%.o $(TEST_SUPPORT) $(LIBOBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) -lcriterion

$(THREAD_BINS) $(TOOL_BINS) $(BENCH_BINS): $(B)/%: $(B)/%.o $(TEST_SUPPORT) $(LIBOBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(B)/tests/bench/pairs: $(FIGURE_OBJS)

$(B)/tests/vm/vm_proof: $(VM_PROOF_OBJS) $(LIBOBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(B)/tests/vm/vm_exit: $(B)/tests/vm/vm_exit.o
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^

$(FUZZ_BINS): $(B)/%: $(B)/%.o $(FUZZ_OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LIBS)

fuzz-built: $(FUZZ_BINS)
.PHONY: fuzz fuzz-built

# Plug-ins see the headers of the project and nothing of its objects.
$(B)/tests/plugin/%.so: tests/plugin/%.c $(B)/flags
	$(call say,SO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -fPIC -shared -o $@ $<

# The skeleton doubles as the example of a plug-in.
$(B)/skeleton.so: core/skeleton.c $(B)/flags
	$(call say,SO,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -fPIC -shared -Dpga_skeleton=pga_plugin_ops -o $@ $<

tests-built: $(BIN) $(TEST_BINS) $(PLUGINS)

test: tests-built ## build and run the suite (VECTORS=DIR adds the conformance vectors)
	$(Q)B=$(B) VECTORS='$(VECTORS)' tests/run.sh $(CRITERION_BINS) $(THREAD_BINS) $(CLI_TESTS)

test-thread: $(BIN) $(THREAD_BINS)
	$(Q)B=$(B) tests/run.sh $(THREAD_BINS)

test-vm: $(BIN) $(TOOL_BINS) $(VM_BINS) ## the proofs in virtual machines with several nodes (QEMU)
	$(Q)B=$(B) tests/vm/run.sh

check-asan: ## the suite under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory B=$(B)/asan SAN=address,undefined OPT=-O1 VECTORS='$(VECTORS)' test

check-tsan: ## the thread tests under ThreadSanitizer
	$(Q)$(MAKE) --no-print-directory B=$(B)/tsan SAN=thread OPT=-O1 test-thread

FUZZ_CC ?= clang-14
fuzz: $(BIN) ## fuzz what reads files, FUZZ_SECONDS (60) for each reader, under sanitizers
	$(Q)$(MAKE) --no-print-directory B=$(B)/fuzz CC='$(FUZZ_CC)' OPT=-O1 \
		SAN=fuzzer-no-link,address,undefined fuzz-built
	$(Q)B=$(B)/fuzz ZB=$(BIN) tests/fuzz/run.sh

lint: ## clang-format, clang-tidy, cppcheck, both compilers, headers on their own
	$(Q)B=$(B) tests/lint.sh

format: ## rewrite the sources in the project's style
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

bench: $(BIN) $(BENCH_BINS) ## measure linux-3.10 against the null variant and a bare per-core list
	$(Q)B=$(B) tests/bench/run.sh

install: $(BIN) ## install to DESTDIR/PREFIX
	$(Q)install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/zonebench
	$(Q)install -d $(DESTDIR)$(PREFIX)/share/zonebench/counters $(DESTDIR)$(PREFIX)/share/zonebench/matrices
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/zonebench/traces $(wildcard workloads/traces/*.zbt)
	$(Q)install -m 644 $(wildcard harness/counters/*.txt) $(DESTDIR)$(PREFIX)/share/zonebench/counters/
	$(Q)install -m 644 $(wildcard harness/matrices/*.yaml harness/matrices/*.gp) $(DESTDIR)$(PREFIX)/share/zonebench/matrices/
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/zonebench/scenarios $(wildcard harness/scenarios/*.yaml)
	$(Q)install -D -m 644 core/pga.h $(DESTDIR)$(PREFIX)/include/core/pga.h
	$(Q)rm -rf $(B)/man && $(BIN) docs --man $(B)/man
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(B)/man/*.1
	$(Q)$(BIN) docs bash >$(B)/completion.bash && $(BIN) docs zsh >$(B)/completion.zsh
	$(Q)install -D -m 644 $(B)/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/zonebench
	$(Q)install -D -m 644 $(B)/completion.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_zonebench
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/zonebench README.md LICENSE $(wildcard docs/*.md)

clean: ## remove the build folder
	$(Q)rm -rf $(B)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  Variables: V=1 shows commands, CC=clang, VECTORS=DIR, PREFIX=DIR, DESTDIR=DIR'

-include $(OBJS:.o=.d) $(TEST_BINS:=.d) $(VM_PROOF_OBJS:.o=.d) $(TEST_SUPPORT:.o=.d) $(BENCH_BINS:=.d) $(FIGURE_OBJS:.o=.d) $(FUZZ_BINS:=.d) $(PLUGINS:.so=.d)
