# SPDX-License-Identifier: Apache-2.0
# A thin front door; CMake builds, tools/ and tests/ do the work.
#
#   make            build/release/runcxx
#   make demo       installs what is needed, builds, plays the pod story
#   make test       installs what is needed, builds (release, ASan+UBSan), unit and integration tests, lint
#   make test-engines   installs containerd, podman, buildah and docker, and lets them drive the binary (not part of make test)
#                       SUITE=trixie, SUITE=forky: those of another Debian, in a tree of it
#   make test-vm    the integration suite in Debian 13 machines (QEMU), as root and as a user; KERNEL=bookworm: on Debian 12's kernel
#   make test-engines-vm   rootless podman with the user's systemd, in such a machine
#   make vm-shell   a shell in a Debian 13 machine (systemd, cgroup v2, AppArmor, CRIU) with the release build in it
#   make conformance RUNTIME_TOOLS=CHECKOUT   the validation tests of opencontainers/runtime-tools
#   make bench      against Debian's runc and crun: the table of targets, in 10 minutes       make bench-vm   the rows that need systemd
#   make bench-record   both, then bench-publish: writes what docs/performance.md shows (an idle machine, please)
#   make layout     measures which code the common commands execute: cmake/startup.ld
#   make lint       format, clang-tidy, module layers, banned constructs       make format   repairs the first
#   make fuzz       libFuzzer (clang), FUZZ_SECONDS each
#   make install    DESTDIR, PREFIX (/usr/local): sbin/runcxx, man pages, completion     make deb      a Debian package
#   make test-package   both of them, the man pages and the completion (part of make test)
#   make deps       apt-get install of everything, if anything is missing      make clean

PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc)

RELEASE := build/release
SANITIZE := build/sanitize
FUZZ := build/fuzz
BENCH := build/bench
KERNEL ?= trixie
ENGINES ?= containerd cri podman buildah docker
RUNTIME ?= $(CURDIR)/$(RELEASE)/runcxx

configure = test -f $(1)/build.ninja || cmake -G Ninja -S . -B $(1) $(2) >/dev/null
build = ninja -C $(1) -j $(JOBS) --quiet $(2)

.PHONY: all manual demo test test-engines test-engines-vm test-package test-vm ci conformance unit vm-shell bench bench-vm bench-publish bench-record layout lint format fuzz install deb clean deps release sanitize

all:
	@$(call configure,$(RELEASE),-DCMAKE_BUILD_TYPE=Release)
	@$(call build,$(RELEASE),runcxx)

# The binary, its man pages and its completion.
manual: all
	@$(call build,$(RELEASE),manual)

# Everything of the release build: the binary, the tests, the probe.
release:
	@$(call configure,$(RELEASE),-DCMAKE_BUILD_TYPE=Release)
	@$(call build,$(RELEASE),all)

sanitize:
	@$(call configure,$(SANITIZE),-DCMAKE_BUILD_TYPE=RelWithDebInfo -DRUNCXX_SANITIZE=ON)
	@$(call build,$(SANITIZE),all)

deps:
	@tools/install-deps

demo:
	@tools/install-deps build demo
	@$(MAKE) --no-print-directory all
	@RUNTIME=$(RUNTIME) tests/demo/pod_story.sh

test:
	@tools/install-deps build test
	@$(MAKE) --no-print-directory release
	@$(MAKE) --no-print-directory sanitize
	@tools/run-tests unit:$(RELEASE) unit:$(SANITIZE) \
	    integration:$(RELEASE) integration:$(RELEASE):$(SANITIZE)/runcxx \
	    integration:$(RELEASE):$(RUNTIME):v1 integration:$(RELEASE):$(RUNTIME):v2 \
	    package:$(RELEASE) \
	    check:tools/check-format check:tools/check-layers check:tools/check-banned check:tools/check-spec-table "check:tools/check-tidy $(RELEASE)" \
	    $(ALSO)

# `make test`, the engines, and of the suites in machines those whose host this one cannot be, as one run with one count: what
# .ci/run runs. The others of `make test-vm` take as long again.
CI_SUITES := root-systemd,user-systemd,root-cgroupfs
ci:
	@tools/install-deps build test engines vm
	@$(MAKE) --no-print-directory test ALSO="$(ENGINES:%=engines:%) vm:$(RELEASE):$(KERNEL):$(CI_SUITES)"

# Each on a host of its own within this one (tests/engines/support/isolated_host.py); RUNTIME=/usr/sbin/runc proves the tests.
test-engines:
	@tools/install-deps build $(if $(SUITE),tree,engines)
	@$(MAKE) --no-print-directory all
	@RUNTIME=$(RUNTIME) SUITE=$(SUITE) tools/run-tests $(ENGINES:%=engines:%)

# Completion in the real shells, the man pages, and the Debian package in a new minimal system (SUITE=trixie).
test-package:
	@tools/install-deps build test
	@$(MAKE) --no-print-directory manual
	@tools/run-tests package:$(RELEASE)

# The validation tests of runtime-tools; docs/conformance.md says why which fail.
conformance: all
	@RUNTIME=$(RUNTIME) RUNTIME_TOOLS=$(RUNTIME_TOOLS) /usr/bin/python3 tests/conformance/run.py

# The quick inner loop: no privileges, a few seconds.
unit: release
	@tools/run-tests unit:$(RELEASE)

# Hosts that this one is not: systemd, cgroup v2 with all controllers, AppArmor (tests/vm/suites.py).
test-vm:
	@tools/install-deps build vm
	@$(MAKE) --no-print-directory release
	@tools/run-tests vm:$(RELEASE):$(KERNEL)

# An ordinary user's podman, which wants a machine with systemd and delegated controllers.
test-engines-vm:
	@tools/install-deps build vm
	@$(MAKE) --no-print-directory release
	@tools/run-tests vm-engines:$(RELEASE):$(KERNEL)

vm-shell:
	@tools/install-deps build vm
	@$(MAKE) --no-print-directory release
	@KERNEL=$(KERNEL) tests/vm/vm shell

bench: all
	@tools/install-deps bench
	@RUNTIME=$(RUNTIME) bench/run.sh

# What needs systemd and controllers on cgroup v2, in the machine of tests/vm.
bench-vm: all
	@tools/install-deps bench vm
	@RUNTIME=$(RUNTIME) bench/run.sh vm

# Publishes what was measured last.
bench-publish:
	@cp $(BENCH)/results.json bench/results.json
	@python3 bench/chart.py bench/results.json docs/performance.svg
	@python3 bench/report.py --publish bench/results.json docs/performance.md

bench-record:
	@$(MAKE) --no-print-directory bench
	@$(MAKE) --no-print-directory bench-vm
	@$(MAKE) --no-print-directory bench-publish

layout: all
	@tools/install-deps bench
	@RUNTIME=$(RUNTIME) bench/run.sh layout

lint: release
	@tools/run-tests check:tools/check-format check:tools/check-layers check:tools/check-banned check:tools/check-spec-table \
	    "check:tools/check-tidy $(RELEASE)"

format:
	@tools/check-format --fix

fuzz:
	@tools/install-deps build fuzz
	@$(call configure,$(FUZZ),-DCMAKE_BUILD_TYPE=RelWithDebInfo -DRUNCXX_SANITIZE=ON -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++)
	@$(call build,$(FUZZ),all)
	@for target in $(FUZZ)/tests/fuzz_*; do \
	    name=$${target##*/fuzz_}; mkdir -p $(FUZZ)/corpus/$$name; echo "== $$name"; \
	    $$target -max_total_time=$(FUZZ_SECONDS) -print_final_stats=0 -verbosity=0 \
	        $(FUZZ)/corpus/$$name tests/fuzz/corpus/$$name || exit 1; done

install: manual
	@DESTDIR=$(DESTDIR) cmake --install $(RELEASE) --prefix $(PREFIX)

deb: manual
	@cd $(RELEASE) && cpack -G DEB

clean:
	@rm -rf build
