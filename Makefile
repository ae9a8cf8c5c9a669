# `make demo` and `make test` need Python 3.11+ and a package index, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/pip --disable-pip-version-check --no-input -q
DEMO_HOME ?= .demo

.PHONY: help demo test lint types unit test-long bench format clean \
        train-demo-encoder eval-demo-encoder demo-library wheel

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 22

# Installed once per change of what is installed: the stamp is older than the files it came from.
$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Installing into $(VENV); this takes some minutes the first time ..."
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt torch
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.installed-training: $(VENV)/.installed-dev
	$(PIP) install -c constraints.txt -e '.[training]'
	@touch $@

demo: $(VENV)/.installed  ## install, then index and search the demo library
	$(BIN)/gphotos-search demo --home $(DEMO_HOME)

test: lint types unit  ## lint, types and tests, as CI runs them

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

unit: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal -m "not long"

test-long: $(VENV)/.installed-dev  ## the crash matrix and other runs that take minutes
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --hypothesis-profile drawn -m "long or hypothesis"

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev  ## benchmarks/sync.py, printed as a table
	$(BIN)/python benchmarks/sync.py

wheel: $(VENV)/.installed-dev  ## build the wheel into dist/
	$(BIN)/python -m build --wheel

training/node_modules: training/package.json
	cd training && npm install --no-audit --no-fund --no-package-lock --silent
	@touch $@

eval-demo-encoder: $(VENV)/.installed-training training/node_modules  ## print the demo encoder's evaluation
	$(BIN)/python -m training.evaluate

train-demo-encoder: $(VENV)/.installed-training training/node_modules  ## train the demo encoder (hours on a CPU)
	$(BIN)/python -m training.train

demo-library: $(VENV)/.installed-training training/node_modules  ## generate the demo library anew
	$(BIN)/python -m training.library

clean:
	rm -rf $(VENV) $(DEMO_HOME) dist .mypy_cache .ruff_cache .pytest_cache
