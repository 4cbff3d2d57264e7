# `make run` shows Postern at work, `make test` says whether it is right. The rest is for working on it.

PYTHON ?= python3
SWIFT_BUILD = swift build --explicit-target-dependency-import-check error
RELEASE = $(SWIFT_BUILD) -c release --static-swift-stdlib
VENV = .venv/made
BENCH_VENV = Benchmarks/.venv/made

.PHONY: help run test test-swift test-end-to-end build lint format bench soak sanitize clean

help:
	@echo 'make run        the demo site, protected, on a free port of this machine; EXAMPLE=web_app: that example'
	@echo '                SITE=localhost AUTHSVC_ENABLE_MFA=True: with passkeys and second factors'
	@echo 'make test       all tests: Swift, then end to end with nginx, lighttpd and a browser'
	@echo 'make build      .build/release/postern'
	@echo 'make lint       form of the sources'
	@echo 'make format     puts the Swift sources into that form'
	@echo 'make bench      measures, as ratios within one run, in some six minutes; BENCH=--quick: does everything run?'
	@echo '                BENCH="--only rest": one group; BENCH=--help; PEERS=1: LemonLDAP::NG, too, which is installed'
	@echo 'make soak       an hour of mixed load, in which nothing may grow; POSTERN_SOAK_SECONDS=600: ten minutes, 60: the least'
	@echo 'make sanitize   the tests under the address, thread and undefined-behaviour sanitizers'
	@echo 'make clean      removes everything that was made, but not the data in run/'

run:
	@scripts/install-packages build run
	@$(MAKE) --no-print-directory build || { echo 'make run: Postern could not be built, see above' >&2; exit 1; }
	@exec $(PYTHON) scripts/run_demo.py $(EXAMPLE)

build:
	@scripts/install-packages build
	$(RELEASE) --product postern

test: test-swift test-end-to-end
	@echo 'All tests have passed.'

test-swift:
	@scripts/install-packages build
	$(SWIFT_BUILD) --build-tests
	swift test --skip-build --disable-xctest

test-end-to-end: $(VENV)
	@scripts/install-packages build run test
	@$(MAKE) --no-print-directory build
	.venv/bin/python -m pytest Tests/EndToEnd

$(VENV): Tests/EndToEnd/requirements.txt
	@rm -rf .venv
	@$(PYTHON) -m venv .venv || { echo 'make: $(PYTHON) cannot make a virtual environment; install python3-venv' >&2; exit 1; }
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r Tests/EndToEnd/requirements.txt
	@touch $@

lint:
	swift format lint --strict --recursive Package.swift Sources Tests
	@scripts/lint

format:
	swift format --in-place --recursive Package.swift Sources Tests

bench:
	@scripts/install-packages build run bench $(if $(PEERS),peers)
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory $(BENCH_VENV) || echo 'make bench: goes on without Flask' >&2
	$(PYTHON) Benchmarks/run $(BENCH)

$(BENCH_VENV): Benchmarks/requirements.txt
	@rm -rf Benchmarks/.venv
	@$(PYTHON) -m venv Benchmarks/.venv
	@Benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r Benchmarks/requirements.txt
	@touch $@

soak: $(VENV)
	@scripts/install-packages build run test
	@$(MAKE) --no-print-directory build
	POSTERN_SOAK_SECONDS=$${POSTERN_SOAK_SECONDS:-3600} .venv/bin/python -m pytest -s Tests/EndToEnd/test_soak.py

sanitize:
	@scripts/install-packages build
	@scripts/sanitize

clean:
	rm -rf .build .build-* .venv Benchmarks/.venv Tests/EndToEnd/screenshots
