# What one does with a clone. `make help` lists it.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
DONE := .venv/.done
DEBIAN := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig
DEBIAN_TEST := postgresql chromium poppler-utils

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench faults browser lock system system-test

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DONE) ## install everything into .venv, start nothing

$(DONE): requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory system
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(BIN)/pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $(DONE)

run: setup ## serve the portal with demo data at http://127.0.0.1:8000 (PORT=…)
	@exec $(BIN)/portal up --demo

test: setup system-test ## all tests, on SQLite and PostgreSQL
	$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder

lint: setup ## ruff, mypy, import-linter, djlint, bandit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint portal/templates --lint --quiet
	$(BIN)/bandit -q -r portal -ll

bench: setup ## print the figures as ratios to their floors (BENCH_FULL=1: one million)
	$(BIN)/portal bench

faults: setup system-test ## kills, flushes, races and hostile texts, at full size
	@rm -f .figures
	FAULTS_FULL=1 FAULTS_FIGURES=.figures $(BIN)/pytest -q -m fault; ended=$$?; sort -u .figures; exit $$ended
	PORTAL_HOSTILE_TEXTS=20000 $(BIN)/pytest -q tests/security/test_names.py
	$(BIN)/pytest -q -m hypothesis --hypothesis-profile=chance

browser: setup system-test ## the story in Chromium
	$(BIN)/pytest -q -m browser

lock: ## write requirements.lock anew from pyproject.toml
	@echo "# Every package with its hashes, for Python 3.11 on Linux; made by: make lock" > requirements.lock.new
	$(BIN)/pip-compile -q --all-extras --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url \
	  --no-emit-trusted-host --no-emit-find-links -o requirements.lock.tmp pyproject.toml
	@cat requirements.lock.tmp >> requirements.lock.new && rm requirements.lock.tmp && mv requirements.lock.new requirements.lock

# System libraries: installed on Debian as root, else named.
system:
	@sh tools/system_packages.sh $(DEBIAN)

system-test:
	@sh tools/system_packages.sh $(DEBIAN_TEST)
