# Everything here works on a fresh machine with Python 3.11 or newer and make; `make help` lists it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LEDGER_TESTS := $(wildcard tests/test_ledger*.py) $(patsubst %,tests/test_%.py,trailers files publish prune verify \
	lifecycle upkeep worker cli_ledger health)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.PHONY: help try test coverage mutants lint tools model bench nginx upgrade clean

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

try: $(VENV)/.embedded ## Make an example website with the real model and serve it (SUBMISSION=file, ONCE=1)
	@$(BIN)/protogen try $(if $(SUBMISSION),"$(SUBMISSION)") $(if $(ONCE),--once)

test: tools lint model ## Lint, types and all tests, the real model's included (ARGS for pytest)
	@$(BIN)/python -m pytest $(ARGS)

coverage: tools $(VENV)/.dev ## Branch coverage of what the promises rest on: ledger, worker, publishing, deleting (100 %)
	@$(BIN)/python -m coverage run -m pytest -q $(LEDGER_TESTS)
	@$(BIN)/python -m coverage report

mutants: $(VENV)/.dev ## Change that code in every way that mutmut knows, and see the tests fail (an hour or more)
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

lint: $(VENV)/.dev ## ruff and mypy
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

tools: ## What the tests measure with: chromium, nginx, Java, the Nu HTML Checker, axe-core
	@.ci/install-tools

model: $(VENV)/.dev ## Fetch and verify the embedded model's weights (1.1 GB, once)
	@$(BIN)/protogen model fetch

bench: tools $(VENV)/.dev ## Measure every case with the real model; writes bench/RESULTS.md
	@$(BIN)/python -m bench $(ARGS)

nginx: $(VENV)/.dev ## Render deploy/nginx/protogen.conf again
	@$(BIN)/python -c 'from pathlib import Path; from protogen.config import load; \
	from protogen.web import render_nginx; \
	print(render_nginx(load(Path("deploy/nginx/config.yaml"), {})), end="")' > deploy/nginx/protogen.conf.tmp
	@mv deploy/nginx/protogen.conf.tmp deploy/nginx/protogen.conf

upgrade: $(VENV)/.dev ## Take the newest libraries and write their versions into constraints.txt; then run the tests
	@$(PIP) --upgrade --upgrade-strategy eager --editable '.[embedded,dev]'
	@{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable; } > constraints.txt.tmp
	@mv constraints.txt.tmp constraints.txt

clean: ## Remove the environment, the tools and every cache (not the model, not a home's data)
	@rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "protogen needs Python 3.11 or newer; say which: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	{ echo "Python's venv module is missing; please run: sudo apt-get install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.embedded: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing protogen and what it needs into $(VENV)/ (takes a minute)"
	@$(PIP) --constraint constraints.txt --editable '.[embedded]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing protogen, its tests' libraries and what they need into $(VENV)/ (takes a minute)"
	@$(PIP) --constraint constraints.txt --editable '.[embedded,dev]'
	@touch $@ $(VENV)/.embedded
