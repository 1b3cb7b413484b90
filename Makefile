# Everything needs only Python 3.11+, make and a package index. The environment is made once and reused while the pins have not changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.pins
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-check judges clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "straitsx-bulk needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	@echo "Setting up $(VENV) (once; reused while requirements.lock and pyproject.toml stay the same)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --requirement requirements.lock
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@mkdir -p build/typing/straitsx_bulk && for room in flows schemas io; do ln -sfn ../../../$$room build/typing/straitsx_bulk/$$room; done
	@touch $@

demo: $(STAMP) ## import the sample exports into the embedded sandbox, end to end
	@$(BIN)/straitsx-bulk demo

# Twice the cores: half of what the tests do is waiting for processes and sockets.
WORKERS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))

# A file with a test that fails among so many processes runs once more by itself and is named: failing twice is a fault
# of the program, failing once a fault of the test, to be mended as one.
test: lint ## lint, types, who-imports-whom and all tests
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder || { status=$$?; \
	  [ $$status = 1 ] || exit $$status; \
	  echo "The tests named above failed. Their files now run once more, alone; a test that passes now hangs on the machine's load and wants mending."; \
	  $(BIN)/python -m pytest --again; }

lint: $(STAMP) ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@mkdir -p build/typing/straitsx_bulk && for room in flows schemas io; do ln -sfn ../../../$$room build/typing/straitsx_bulk/$$room; done
	@$(BIN)/mypy
	@PYTHONPATH=build/typing $(BIN)/lint-imports --no-cache

judges: ## as root on Debian: PostgreSQL, Chromium and LibreOffice, which some tests use and skip without
	@apt-get update -qq
	@DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends postgresql chromium libreoffice-calc >/dev/null

bench: $(STAMP) ## speed, as ratios within one run
	@$(BIN)/python -m benchmarks

bench-check: $(STAMP) ## the work behind that speed, counted: fails where something does more than it did
	@$(BIN)/python -m benchmarks.work

clean: ## removes the environment and what tools leave behind
	@rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
