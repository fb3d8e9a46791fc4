# SPDX-License-Identifier: BSD-2-Clause
# Short names for the commands of meson and the scripts. The program is built as build/spapr-tce.

BUILD ?= build
export BUILD := $(abspath $(BUILD))

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) $(NINJAFLAGS)

$(BUILD)/build.ninja:
	meson setup $(BUILD) $(MESONFLAGS)

deps:
	@scripts/install-deps

demo: deps
	@$(MAKE) --no-print-directory all NINJAFLAGS=--quiet
	@guest/demo $(DEMOFLAGS)

check: deps browser ppc64le aarch64
	@scripts/check

check-unit check-asan check-tsan check-shell check-guest: check-%: deps
	@scripts/check $*

# Without a browser a test skips three points, and says so.
browser:
	-@scripts/install-deps --browser

ppc64le aarch64:
	@scripts/install-deps --$@
	@scripts/build-cross $@

check-powernv: ppc64le
	@scripts/check powernv

check-aarch64: aarch64
	@scripts/check aarch64

conformance: all ppc64le
	@mkdir -p $(BUILD)/conformance && tests/conformance/record $(BUILD)/conformance
	@RECORDED=$(BUILD)/conformance tests/shell/conformance
	@tests/powernv/conformance powernv9-6.12 powernv9-6.12-64k powernv8-6.12-64k

conformance-record:
	@tests/conformance/record tests/conformance/recorded

campaign: all
	@NO_BUILD= scripts/campaign "$(TIME)" $(WORKERS)

bench: all
	@$(BUILD)/spapr-tce bench $(BENCHFLAGS)

bench-busy: all
	@bench/quiet-and-busy $(BENCHFLAGS)

# These scripts take --qemu 10, too.
bench-guest: deps all
	@scripts/install-deps --ppc64le
	@bench/guest-tce $(BENCHFLAGS)
	@bench/guest-nvme $(BENCHFLAGS)
	@bench/guest-net $(BENCHFLAGS)
	@bench/qemu-handlers $(BENCHFLAGS)
	@bench/guest-record

bench-net: all
	@bench/net --build $(abspath $(BUILD)) $(BENCHFLAGS)

bench-experiment: deps all ppc64le
	@bench/experiment $(BENCHFLAGS)

pictures:
	@scripts/pictures

install: all
	meson install -C $(BUILD) --no-rebuild

deb:
	@scripts/build-packages

clean:
	@test ! -e $(BUILD)/build.ninja || ninja -C $(BUILD) clean
	rm -rf $(BUILD)-asan $(BUILD)-tsan $(BUILD)-ppc64le $(BUILD)-aarch64 $(BUILD)/check

# Unpacked packages stay, because other clones use them.
distclean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-ppc64le $(BUILD)-aarch64
	@echo 'Unpacked packages stay, for all clones; guest/fetch --remove-cache removes them.'

help:
	@echo 'make            build $(notdir $(BUILD))/spapr-tce'
	@echo 'make demo       boot a stock POWER guest whose NVMe disk works through our TCE tables'
	@echo 'make check      every test; also check-unit, check-asan, check-tsan, check-shell, check-guest, check-aarch64,'
	@echo '                check-powernv'
	@echo 'make ppc64le    cross-compile for POWER: $(notdir $(BUILD))-ppc64le/dist runs from anywhere'
	@echo 'make aarch64    the same for 64-bit ARM'
	@echo 'make conformance  run the conformance suite on real POWER kernels and on us; conformance-record keeps the transcripts'
	@echo 'make campaign TIME=8h  search for failures with everything that searches, for that long; can be interrupted'
	@echo 'make bench      measure the hot paths against the least work that could do'
	@echo 'make bench-busy the same, mapped registers and bench-net, with nothing beside and with all processors busy: one table'
	@echo 'make bench-guest  measure beside QEMU: its TCE calls, a guest'\''s, and NVMe against its own'
	@echo 'make bench-net  packets a second that DPDK forwards between two network cards, beside its own software ports'
	@echo 'make bench-experiment  a TCP stream from a guest with calls to the VMM, with the link, and with no calls: one table'
	@echo 'make pictures   make docs/pictures/*.svg from their sources, with Graphviz'
	@echo 'make install    install the program, the library, its headers and the manual pages'
	@echo 'make deb        build the Debian packages into $(notdir $(BUILD))/packages'
	@echo 'make clean      remove what was compiled; distclean: all of $(notdir $(BUILD)). guest/fetch --remove-cache: unpacked packages'

.PHONY: all deps demo check check-unit check-asan check-tsan check-shell check-guest check-aarch64 check-powernv conformance \
	conformance-record browser ppc64le aarch64 campaign bench bench-busy bench-guest bench-net bench-experiment \
	pictures install deb clean distclean help
