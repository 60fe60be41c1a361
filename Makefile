# Everything a person or CI calls; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYWB := .venv-pywb
EVAL ?=
KILLS ?= 2
DOCUMENTS ?= 5000000
export COPYDESK_TEST_SEED_WEB ?=
export COPYDESK_TEST_EVAL ?=

.DEFAULT_GOAL := help
.PHONY: help setup archive run up test check format eval bench bench-whole faults lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(STAMP) ## install everything into .venv

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); sys.exit(0 if ok else "Python 3.11 to 3.13 is needed, this is " + sys.version.split()[0] + "; name another with: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## serve the demo press world, collect it through the scheduled flow, print what came in
	$(BIN)/copydesk demo run

up: setup ## start the Prefect server, the runner and the schedules
	$(BIN)/copydesk up

archive: $(PYWB)/.installed ## install the web archive that the tests ask into .venv-pywb

# Apart from ours: its pins of old packages and ours do not agree.
$(PYWB)/.installed: deploy/pywb-requirements.lock
	$(PYTHON) -m venv $(PYWB)
	$(PYWB)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

test: setup archive ## run the tests
	$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder

check: setup ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: setup ## score the last `make run` against the demo's truth; EVAL=<folder> scores gold data too, ONLY=duplicates that alone
	$(BIN)/python -m tests.eval $(if $(EVAL),--gold $(EVAL)) $(if $(ONLY),--only $(ONLY))

bench: setup ## print ratios against peers; ONLY=<prefix> picks some
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

bench-whole: setup ## re-deduplicate so many generated DOCUMENTS, with WORKERS processes, in FOLDER; for an idle machine, takes hours
	$(BIN)/python -m tests.bench.rededup --documents $(DOCUMENTS) $(if $(WORKERS),--workers $(WORKERS)) $(if $(FOLDER),--folder $(FOLDER))

faults: setup ## kill things and count; ONLY=<prefix>, KILLS=<n>
	$(BIN)/python -m tests.faults --kills $(KILLS) $(if $(ONLY),--only $(ONLY))

lock: ## compile requirements.lock and that of the tests' web archive again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links deploy/pywb-requirements.in -o deploy/pywb-requirements.lock

clean: ## remove what was built and installed; the corpus in data/ stays
	rm -rf $(VENV) $(PYWB) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -not -path './data/*' -prune -exec rm -rf {} +
