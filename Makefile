# What people type. The build itself is CMake's; `make help` lists the goals.
BUILD   ?= build
JOBS    ?= $(shell nproc)
VERBOSE ?=

CONFIGURE = cmake -S . -G Ninja

.PHONY: all help setup demo up test bench fuzz check-source clean format

all: $(BUILD)/build.ninja ## build every program into build/bin
	@cmake --build $(BUILD) -j $(JOBS)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BUILD)/build.ninja:
	@command -v cmake >/dev/null && command -v ninja >/dev/null || { echo "cmake or ninja is missing: run 'tools/setup.sh build' first"; exit 1; }
	@$(CONFIGURE) -B $(BUILD) -DCMAKE_BUILD_TYPE=Release >$(BUILD).log 2>&1 || { mkdir -p $(BUILD); cat $(BUILD).log; echo "configuring failed: run 'tools/setup.sh build' and try again"; rm -f $@; exit 1; }
	@mv $(BUILD).log $(BUILD)/configure.log

setup: ## install what building, the demo and the tests need (Debian 12, root)
	@tools/setup.sh all

demo: ## the whole story on this machine: order, attest, run, prove, pay, stop, refund
	@tools/setup.sh demo
	@$(MAKE) --no-print-directory all
	@tools/demo

up: ## the same cloud, kept running until Ctrl-C
	@tools/setup.sh demo
	@$(MAKE) --no-print-directory all
	@$(BUILD)/bin/wetee up

test: ## install what the tests need and run them all
	@tools/setup.sh test
	@tools/run-tests

bench: ## measure; one machine-readable line per figure
	@tools/setup.sh build
	@$(MAKE) --no-print-directory all
	@tools/bench

fuzz: ## run every fuzz target for FUZZ_SECONDS (default 60) each
	@tools/setup.sh build
	@tools/fuzz

check-source: ## layers, sizes, guards, banned functions, formatting; no compiling
	@tools/check-source

format: ## rewrite sources with the house format
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

clean: ## forget what was built
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz
