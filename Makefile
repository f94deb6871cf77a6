# Everything runs in .venv, which the first target that needs it sets up; `make help` lists the targets.

PYTHON ?= python3
TESTS ?= tests
WORKERS ?= 2
VERSION ?= dev

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := Scripts
else
BIN := bin
endif
RUN := $(VENV)/$(BIN)
CACHE := .cache
CROSSCHECK := $(CACHE)/crosscheck
MUTANTS := $(CACHE)/mutants
MUTMUT := mutmut==3.8.1
LOCKER := $(CACHE)/lock
UV := uv==0.13.9

# The day that a build carries: that of the last commit, or a fixed one outside git.
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),1735689600)

export SOURCE_DATE_EPOCH
# Byte code in a watched folder would make `make serve` build twice.
export PYTHONDONTWRITEBYTECODE := 1
# Banners of two packages about a successor of MkDocs.
export NO_MKDOCS_2_WARNING := 1
export DISABLE_MKDOCS_2_WARNING := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help serve site ledger values test explore check format golden readme bench crosscheck mutants lock publish clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

serve: $(VENV)/project.stamp ## Preview the site; an edit is on screen at once
	@echo "Serving the site; the address follows, Ctrl-C ends it"
	@$(RUN)/mkdocs serve

site: $(VENV)/project.stamp ## Build the site into site/, strictly
	@echo "Building the site into site/"
	@$(RUN)/python -m gen.build
	@echo "The site is in site/"

ledger: site ## Add the site's new addresses to the ledger, where they stay
	@$(RUN)/python -m gen.addresses.ledger site

values: $(VENV)/project.stamp ## Keep the findings' numbers of the next release, which then never change
	@$(RUN)/python -m gen.addresses.release

test: $(VENV)/project.stamp ## Run the tests (TESTS=path for some of them, WORKERS=n)
	@echo "Testing $(TESTS) with $(WORKERS) workers"
	@$(RUN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

explore: $(VENV)/project.stamp ## Test what holds for all input on examples never tried before
	@echo "Exploring $(TESTS) with $(WORKERS) workers"
	@$(RUN)/python -m pytest -n $(WORKERS) --dist worksteal -m hypothesis \
	  --hypothesis-profile explore $(TESTS)

check: $(VENV)/project.stamp ## Lint, check the format, the rooms and the types
	@echo "Linting"
	@$(RUN)/ruff check
	@echo "Checking the format"
	@$(RUN)/ruff format --check
	@echo "Checking who imports whom"
	@$(RUN)/lint-imports --no-logo --cache-dir $(CACHE)/import-linter
	@echo "Checking the types"
	@$(RUN)/mypy

format: $(VENV)/project.stamp ## Format the code and mend what the linter can
	@$(RUN)/ruff check --fix --exit-zero --quiet
	@$(RUN)/ruff format

golden: $(VENV)/project.stamp ## Write the expected pages of the tests anew, for review
	@$(RUN)/python -m pytest -n 0 -q tests/roofline/report/pages/test_golden.py --update-golden

readme: $(VENV)/project.stamp ## Refresh the picture and the output in the README
	@$(RUN)/python -m gen.reference.readme

bench: $(VENV)/project.stamp ## Time the model over 10 million points, and a cold strict build
	@$(RUN)/python benchmarks/points.py
	@$(RUN)/python benchmarks/build_time.py

crosscheck: $(CROSSCHECK)/project.stamp ## Check the model against PyTorch, in an environment of its own
	@echo "Checking the model against PyTorch"
	@$(CROSSCHECK)/$(BIN)/python tests/crosscheck/crosscheck.py

mutants: $(MUTANTS)/project.stamp ## Count which small breaks of the numeric core its tests find
	@echo "Breaking the numeric core in many small ways"
	@$(MUTANTS)/$(BIN)/python tests/mutants/mutants.py $(MODULES)

publish: $(VENV)/project.stamp ## Push VERSION (dev, or a release) to the branch gh-pages
	@$(RUN)/python .ci/publish.py $(VERSION)

lock: $(LOCKER)/stamp ## Pin all packages anew (UPGRADE=1 for newer versions)
	@echo "Pinning packages into requirements.txt"
	@$(LOCKER)/$(BIN)/uv pip compile pyproject.toml --extra dev --output-file requirements.txt \
	  --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --quiet \
	  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
	@! grep -nE 'https?:|file:' requirements.txt \
	  || { echo "requirements.txt names an address; see the lines above" >&2; exit 1; }

clean: ## Remove the environments, caches and builds
	rm -rf $(VENV) $(CACHE) site build dist *.egg-info
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache

# Two steps, so that a change of settings does not install every package again.
$(VENV)/project.stamp: $(VENV)/packages.stamp pyproject.toml
	@echo "Installing the project into $(VENV)"
	@$(RUN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/packages.stamp: requirements.txt
	@$(call make_environment,$(VENV))
	@$(RUN)/python -m pip install --quiet --require-hashes --requirement requirements.txt
	@touch $@

$(CROSSCHECK)/project.stamp: $(CROSSCHECK)/packages.stamp pyproject.toml
	@echo "Installing the project into $(CROSSCHECK)"
	@$(CROSSCHECK)/$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# PyTorch comes first and alone, so that the build chosen for it is not chosen again.
$(CROSSCHECK)/packages.stamp: requirements-crosscheck.txt
	@$(call make_environment,$(CROSSCHECK))
	@$(CROSSCHECK)/$(BIN)/python -m pip install --quiet --no-deps \
	  "$$(grep '^torch==' requirements-crosscheck.txt)"
	@$(CROSSCHECK)/$(BIN)/python -m pip install --quiet --requirement requirements-crosscheck.txt
	@touch $@

# mutmut comes last, so that the packages that the tests see are the pinned ones.
$(MUTANTS)/project.stamp: requirements.txt pyproject.toml
	@$(call make_environment,$(MUTANTS))
	@$(MUTANTS)/$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.txt
	@$(MUTANTS)/$(BIN)/python -m pip install --quiet $(MUTMUT)
	@touch $@

$(LOCKER)/stamp: Makefile
	@$(call make_environment,$(LOCKER))
	@$(LOCKER)/$(BIN)/python -m pip install --quiet $(UV)
	@touch $@

define make_environment
command -v $(PYTHON) >/dev/null \
  || { echo "There is no $(PYTHON); name a Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || { echo "$$($(PYTHON) --version 2>&1) is too old; name a Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }; \
echo "Setting up $(1); this takes a minute, once"; \
$(PYTHON) -m venv --clear $(1)
endef
