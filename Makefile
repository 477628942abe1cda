# One word for each thing. `make demo` and `make test` do all the set-up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
DEMO ?= demo
PORT ?= 8000
WORKERS ?= 2
CHROMIUM := /usr/bin/chromium
POSTGRES := /usr/lib/postgresql/15/bin/postgres
MOSQUITTO := /usr/sbin/mosquitto
SERVERS := chromium libatomic1 postgresql-15 mosquitto

.DEFAULT_GOAL := help
.PHONY: help demo test test-postgresql lint check fix install install-dev assets servers sample golden serve wheel smoke lock benchmarks clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: install assets ## sample district: set up, import, 26 weeks, 30 days, serve on 127.0.0.1
	$(BIN)/riskmap demo $(DEMO) --port $(PORT)

test: install-dev assets servers ## everything the tests need, then all tests
	$(BIN)/pytest $(IN_PARALLEL)

test-postgresql: install-dev servers ## the tests of riskmap/ once more, every workspace on PostgreSQL 15
	$(BIN)/pytest $(IN_PARALLEL) tests/riskmap --database postgresql

# A file stays with one worker, for what it shares is made once; files of few long tests come early.
# A worker that dies ends the run: its test is named, and nothing is tried again in silence.
IN_PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0

lint: install-dev ## format check, ruff, mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test test-postgresql smoke ## what .ci/run checks, in one word

fix: install-dev ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "riskmap needs Python 3.11 or newer; found: $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else echo "Python's venv is missing. Install it: sudo apt-get install python3-venv"; exit 2; fi; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python requirements/runtime.lock requirements/web.lock pyproject.toml
	@echo "Installing what riskmap needs into $(VENV) (about 250 MB, once) ..."
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements/runtime.lock -r requirements/web.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@echo "Installing what the tests need (about 100 MB, once) ..."
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

install: $(VENV)/.runtime ## private environment with what riskmap needs to run
install-dev: $(VENV)/.dev ## the same and what the tests need

assets: $(VENV)/.runtime ## scripts, styles and fonts that the pages serve themselves
	$(BIN)/python -m web.build_assets

# Playwright's driver is a node that wants libatomic, which a bare Debian lacks.
servers: $(BIN)/python ## what the tests start: Chromium, PostgreSQL 15, Mosquitto
	@{ test -x $(CHROMIUM) && test -x $(POSTGRES) && test -x $(MOSQUITTO) && \
	  $(BIN)/python -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' 2>/dev/null; } || { \
	  if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(SERVERS); \
	  else echo "The tests start real servers. Install them: sudo apt-get install $(SERVERS)"; exit 2; fi; }

sample: install ## write the shipped sample files anew from their generator
	$(BIN)/riskmap sample data/sample/raw

golden: install-dev ## rewrite the golden day; review its diff like code
	RISKMAP_GOLDEN=write $(BIN)/pytest -q tests/riskmap/daily/test_golden.py

serve: install assets ## serve the workspace named by DEMO
	$(BIN)/riskmap --workspace $(DEMO) serve --port $(PORT)

wheel: install assets ## build the wheel, assets and data inside
	rm -rf dist && $(BIN)/python -m build --wheel --no-isolation --outdir dist .

smoke: wheel ## install the wheel into a clean environment and use it away from the source
	sh tests/smoke/run.sh "$(PYTHON)" dist requirements

lock: ## resolve the lock files anew (pinned names and hashes, no registry named)
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements/runtime.lock
	$(BIN)/uv pip compile pyproject.toml --extra web --group build $(LOCK) -o requirements/web.lock \
	  -c requirements/runtime.lock $$($(call LOCKED,requirements/runtime.lock))
	$(BIN)/uv pip compile pyproject.toml --extra web --group dev $(LOCK) -o requirements/dev.lock \
	  -c requirements/runtime.lock -c requirements/web.lock \
	  $$($(call LOCKED,requirements/runtime.lock requirements/web.lock))
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet
LOCKED = sed -n 's/^\([a-zA-Z0-9_.-]*\)==.*/--no-emit-package \1/p' $(1) | sort -u

benchmarks: install-dev ## run the benchmarks once, small
	$(BIN)/python benchmarks/location.py --small
	$(BIN)/python benchmarks/exposure.py --small
	$(BIN)/python benchmarks/composite.py --draws 200
	$(BIN)/python benchmarks/weekly.py --small --folder build/benchmarks
	rm -rf build/benchmarks
	for scale in district province nation; do \
	  $(BIN)/python benchmarks/district_province_nation.py $$scale --small --folder build/benchmarks || exit 1; done

clean: ## remove what the targets made
	rm -rf $(VENV) dist $(DEMO) web/node_modules web/static/vendor data/fonts
