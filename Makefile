# Everything a clone needs: `make run` to try it, `make test` and `make check` before a commit.
# Needs Python 3.11 or later, make and git; uses uv when it is on PATH, else venv and pip.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/stamps
# The lock is complete and hashed, so neither pip nor uv has anything to ask or to decide.
PIP_FLAGS := --quiet --no-input --disable-pip-version-check
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)
UV_FOR_LOCKS := uv~=0.13.9
TYPED := src tests $(wildcard scripts bench)
# Most tests wait (for a paint, a process, a server) more than they work: two for each processor.
WORKERS = $$($(PY) -c 'import os; print(2 * (os.cpu_count() or 1))')

# Some machines forbid Python to write bytecode on import: then each worker, and each process that a test
# starts, would compile every test module and every plugin anew.
PYTEST = PYTHONDONTWRITEBYTECODE= $(PY) -m pytest

# Like CPython's own suite: what fails beside the others on a busy machine is tried once more, alone and
# by name, so that a run tells what is broken from what was slow. What fails alone fails the run.
AGAIN = { status=$$?; [ $$status -eq 1 ] || exit $$status; \
	echo 'What failed is tried once more, alone:'; \
	$(PYTEST) -v --last-failed --last-failed-no-failures none --exitfirst $(ARGS); }

# $(FIND_PYTHON) leaves the path of a suitable Python in $$python, or says what is missing.
FIND_PYTHON = python=; for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		python=$$(command -v $$name); break; fi; done; \
	if [ -z "$$python" ]; then echo 'deskterm needs Python 3.11 or later: none was found on PATH.' >&2; exit 1; fi

# $(call INSTALL,arguments) installs into the environment with whatever this machine has.
INSTALL = if command -v uv >/dev/null 2>&1; then \
		uv pip install --quiet --python $(PY) --compile-bytecode $(1); \
	elif $(PY) -m pip --version >/dev/null 2>&1; then \
		$(PY) -m pip install $(PIP_FLAGS) $(1); \
	else \
		$(FIND_PYTHON); $$python -m pip --python $(PY) install $(PIP_FLAGS) $(1); \
	fi

.PHONY: help run demo test check format lock docs screenshots snapshots bench fuzz clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(STAMPS)/compiled ## Open the demo desk, or run any command: make run ARGS="list --json"
	@$(VENV)/bin/deskterm $(or $(ARGS),demo)

demo: $(STAMPS)/compiled ## Open the demo desk with options: make demo ARGS="--tickets 5000"
	@$(VENV)/bin/deskterm demo $(ARGS)

test: $(STAMPS)/test $(STAMPS)/compiled $(STAMPS)/collected ## Run every test; one part: make test ARGS="tests/domain"
	@$(PYTEST) -n $(WORKERS) --dist loadgroup $(ARGS) || $(AGAIN)

check: $(STAMPS)/test ## Format, lint, types, import contracts and locks, without changing anything
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy $(TYPED)
	@$(VENV)/bin/lint-imports
	@$(PY) scripts/check_locks.py

format: $(STAMPS)/test ## Format the code and apply the safe lint fixes
	@$(VENV)/bin/ruff check --fix --quiet . || true
	@$(VENV)/bin/ruff format .

docs: $(STAMPS)/test ## Write the tables of files, keys and query fields again
	@$(PY) scripts/docs.py

screenshots: $(STAMPS)/test ## Draw screenshots/ again from the demo desk at a fixed time
	@$(PY) -m scripts.screenshots $(ARGS)

snapshots: $(STAMPS)/test ## Accept the screens as they are now into tests/ui
	@$(PYTEST) -n auto --dist loadgroup --snapshot-update tests/ui $(ARGS)

bench: $(STAMPS)/test $(STAMPS)/compiled ## Measure speed and memory: see bench/README.md
	@$(PY) -m bench $(ARGS)

fuzz: $(STAMPS)/test ## Look for mails that break the reader, ten minutes: FUZZ_SECONDS=60 make fuzz
	@$(PY) scripts/fuzz_mail.py

lock: ## Resolve both locks from pyproject.toml; make lock UPGRADE=1 takes the newest releases
	@set -e; if ! command -v uv >/dev/null 2>&1; then \
		$(FIND_PYTHON); tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
		$$python -m venv "$$tools"; "$$tools/bin/pip" install $(PIP_FLAGS) '$(UV_FOR_LOCKS)'; \
		PATH="$$tools/bin:$$PATH"; fi; \
	$(COMPILE) pyproject.toml --extra postgresql --group build -o requirements.lock; \
	$(COMPILE) --group test -c requirements.lock -o requirements-test.lock
	@if grep -n '://' requirements.lock requirements-test.lock; then \
		echo 'A lock names an address: it must hold names, versions and hashes alone.' >&2; exit 1; fi

clean: ## Remove the environment, caches and build output
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
		snapshot_report.html
	find src tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A folder that fails half way is removed, so that the next try starts afresh.
$(PY):
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --clear --python '>=3.11' $(VENV) || { rm -rf $(VENV); exit 1; }; \
	else \
		$(FIND_PYTHON); rm -rf $(VENV); \
		if $$python -m venv $(VENV) >/dev/null 2>&1; then :; \
		elif $$python -m pip --version >/dev/null 2>&1 && rm -rf $(VENV) && \
			$$python -m venv --without-pip $(VENV) >/dev/null 2>&1; then :; \
		else rm -rf $(VENV); \
			echo "$$python can make no environment: install its venv and pip (Debian: apt install python3-venv), or uv." >&2; \
			exit 1; fi; \
	fi

$(STAMPS)/run: pyproject.toml requirements.lock | $(PY)
	@echo 'Setting up deskterm in $(VENV) (once) ...'
	@$(call INSTALL,--require-hashes -r requirements.lock)
	@$(call INSTALL,--no-deps --no-build-isolation -e .)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/test: requirements-test.lock $(STAMPS)/run
	@echo 'Setting up the test tools (once) ...'
	@$(call INSTALL,--require-hashes -r requirements-test.lock)
	@mkdir -p $(STAMPS) && touch $@

# Start-up depends on bytecode, and some machines forbid Python to write it on import.
$(STAMPS)/compiled: $(STAMPS)/run $(shell find src -name '*.py' 2>/dev/null)
	@$(PY) -m compileall -q src
	@touch $@

# Workers that begin together would each compile all tests: one does it for them. What is wrong they tell.
$(STAMPS)/collected: $(STAMPS)/test $(shell find tests -name '*.py' 2>/dev/null)
	@$(PYTEST) --collect-only -q >/dev/null 2>&1 || true
	@touch $@
