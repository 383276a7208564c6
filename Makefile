# Every target does its own set-up: only Python >= 3.11 and make are needed, nothing is installed by hand.
#
# Options, given on the command line, for example `make PYTHON=python3.12 test`:
#   PYTHON    the interpreter that creates .venv (3.11 or later)
#   PIP_ARGS  further arguments for pip. Where the registry serves torch as a CUDA build of several gigabytes, ask
#             for the CPU build:
#             make PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu" test
#   PYTEST_ARGS  further arguments for pytest, for example PYTEST_ARGS="-k automaton"
#   ATTACK_ARGS  arguments for make attack, for example ATTACK_ARGS="--seed 1 --certificates 1000"
#   TRITON    the triton (286 MB on Linux) that interprets and compiles GPU kernels in tests, where torch brings none;
#             make TRITON= test does without, and skips these tests

PYTHON ?= python3
PIP_ARGS ?=
PYTEST_ARGS ?=
ATTACK_ARGS ?=
TRITON ?= triton==3.9.0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
LAYERS := groups theory models verify
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet -c constraints.txt $(PIP_ARGS)

# A strict editable install is a tree of links, which type checkers can follow. A file that is added or removed needs
# a new tree, so the stamp carries a checksum of the list of files.
FILES := $(shell find package $(LAYERS) -type f ! -path '*/__pycache__/*' ! -name '.*' | LC_ALL=C sort | cksum | tr ' ' '-')
STAMP := $(VENV)/.installed-$(FILES)

.PHONY: help setup test lint format slow nightly attack gap gaptables gpu bench demo docs release oldest clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 12

setup: $(STAMP) ## create .venv and install everything

$(STAMP): Makefile pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'bistate needs Python 3.11 or later, and "$(PYTHON)" is' "$$($(PYTHON) --version 2>&1)." \
	    'Name another one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@rm -f $(VENV)/.installed-*
	@$(PIP) --version >/dev/null 2>&1 || { echo 'creating $(VENV)'; $(PYTHON) -m venv $(VENV); }
	@echo 'installing the versions of constraints.txt (torch is large: the first time takes some minutes)'
	@# The build uses the pinned setuptools of .venv: an isolated build would fetch an unpinned one.
	@$(INSTALL) setuptools
	@$(INSTALL) --no-build-isolation --config-settings editable_mode=strict --editable '.[dev]'
	@# Torch's builds for CUDA need a triton of their own version and bring it: so none is in constraints.txt.
	@$(BIN)/python -c 'import sys, importlib.util as u; sys.exit(u.find_spec("triton") is None)' || \
	  test -z '$(TRITON)' || $(INSTALL) '$(TRITON) ; sys_platform == "linux"' || \
	  echo '$(TRITON) could not be installed: tests of GPU kernels will be skipped'
	@touch $@

# Each worker takes whole files, so that what a file makes once is made once.
test: lint ## formatter, linter, types, then all tests but the slow ones, on two cores
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(PYTEST_ARGS)

lint: setup ## formatter, linter and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: setup ## rewrite the files as the formatter and linter want them
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Tests of one marker. pytest exits with 5 when no test carries it; say so instead of failing.
define run_marked
	@$(BIN)/python -m pytest -m "$(1)" $(PYTEST_ARGS) || { code=$$?; \
	  test $$code -eq 5 && echo 'no test is marked "$(1)" yet' || exit $$code; }
endef

slow: setup ## the tests that take over ten seconds each
	$(call run_marked,slow)

nightly: setup ## all of GAP's stored answers against this library, and against GAP where it is on the PATH
	@$(BIN)/python -m pytest -m '' tests/groups/test_gap_oracle.py $(PYTEST_ARGS)

attack: setup ## words against ten thousand certificates, and ten thousand changed ones: about an hour on two cores
	@$(BIN)/python benchmarks/attack.py $(ATTACK_ARGS)

gap: setup ## the tests that ask the GAP program; skipped, and counted, where it is missing
	$(call run_marked,gap)

gaptables: setup ## two thousand random permutation groups against GAP, half an hour; skipped, and counted, without GAP
	$(call run_marked,gaptables)

gpu: setup ## the tests that need a CUDA device; skipped, and counted, without one; then benchmarks/gpu.py measures
	$(call run_marked,gpu or kernel)

bench: setup ## the benchmarks, one after the other
	@for script in $(filter-out benchmarks/attack.py benchmarks/gpu.py benchmarks/interruptions.py benchmarks/random_tables.py,$(wildcard benchmarks/*.py)); do \
	  echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

demo: setup ## exact weights, training, comparison, repair and proof, on S3 and on C5
	@$(BIN)/bistate demo S3
	@$(BIN)/bistate demo C5

docs: ## where the documentation is
	@echo 'A built site comes later. The documentation is Markdown, read as it is: README.md and'
	@ls docs/*.md

release: setup ## build source distribution and wheel, install both in empty environments; nothing is uploaded
	@PIP_ARGS='$(PIP_ARGS)' $(BIN)/python tools/release.py

oldest: setup ## the oldest version of every dependency that pyproject.toml allows, in .venv-oldest
	@PIP_ARGS='$(PIP_ARGS)' $(BIN)/python tools/oldest.py

clean: ## remove what can be made again, but keep the packages in .venv
	@rm -rf build dist bistate.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -f $(VENV)/.installed-*
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	@rm -rf $(VENV) .venv-oldest
