# Two commands for a fresh machine with Python 3.11: `make demo` and `make test`. Everything stays in .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
INSTALLED := $(VENV)/.installed

.PHONY: install demo test guarantees guarantees-long year slowest check lint types contracts lock sbom advisories clean

PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Only what runs: less than a third of what the tests need.
$(RUNS): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	@printf '%s\n' '$(CURDIR)' > $$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')/monitor.pth
	@printf '#!/bin/sh\nexec "%s" -m monitor "$$@"\n' '$(CURDIR)/$(BIN)/python' > $(BIN)/monitor
	@chmod +x $(BIN)/monitor
	touch $@

$(INSTALLED): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	touch $@ $(RUNS)

install: $(RUNS)

demo: $(RUNS)
	$(BIN)/monitor demo

# The environment may forbid to keep compiled modules; each worker and each `monitor` of the tests would compile them anew.
test guarantees guarantees-long year slowest: export PYTHONDONTWRITEBYTECODE :=

# Three workers more than cores, for tests that wait. A part: make test ARGS="tests/watch" or make test ARGS="-k welcome".
IN_PARALLEL = --numprocesses $(shell expr `getconf _NPROCESSORS_ONLN` + 3) --maxprocesses 8 --dist worksteal
ARGS ?=
test: $(INSTALLED)
	$(BIN)/python -m compileall -q monitor tests
	$(BIN)/python -m pytest $(IN_PARALLEL) $(or $(ARGS),--ignore=tests/guarantees)

# What the tests of one file share is made once.
BY_FILE = $(IN_PARALLEL) --dist loadfile

# What docs/guarantees.md promises: kills, full disks, lies of PubMed, random histories. `make test` leaves these out.
guarantees: $(INSTALLED)
	MONITOR_TEST_MONTHS=300 MONITOR_TEST_KILLS=20 MONITOR_TEST_HISTORIES=24 $(BIN)/python -m pytest $(BY_FILE) tests/guarantees tests/watch/test_any_months.py tests/delivery/test_reply_table.py $(ARGS)

# The same at greater length: 220 kills, 300 histories of readers and failures.
guarantees-long: $(INSTALLED)
	MONITOR_TEST_KILLS=110 MONITOR_TEST_HISTORIES=300 $(BIN)/python -m pytest $(BY_FILE) tests/guarantees $(ARGS)

# A year of faults; writes its ledger into docs/guarantees.md.
year: $(INSTALLED)
	MONITOR_TEST_DAYS=366 MONITOR_TEST_WRITE=1 $(BIN)/python -m pytest tests/guarantees/test_a_year.py $(ARGS)

# Runs what `make test` runs and writes the 20 slowest into CONTRIBUTING.md.
slowest: $(INSTALLED)
	$(BIN)/python tools/slowest_tests.py $(IN_PARALLEL) --ignore=tests/guarantees

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

contracts: $(INSTALLED)
	$(BIN)/lint-imports

check: lint types contracts

# Writes both lock files anew, with hashes and without any index address. Needs the network.
lock: $(INSTALLED)
	$(PIP_INSTALL) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra cluster --extra chat pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra dev pyproject.toml -o requirements-dev.lock

# The bill of materials of the image and the wheel, CycloneDX 1.6 as JSON.
SBOM ?= sbom.cdx.json
sbom: $(INSTALLED)
	$(BIN)/python -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o $(SBOM)

# Which security advisories of local files apply: make advisories FROM=FOLDER
FROM ?=
advisories: $(INSTALLED)
	$(BIN)/python tools/advisories.py $(FROM)

clean:
	rm -rf $(VENV) demo build dist
