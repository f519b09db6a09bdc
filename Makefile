# From a fresh checkout to a running demo or a tested tree. Needs: Linux, Python >= 3.11, git, make; and the vendor's site
# of Pulumi, or Go >= 1.26, or `pulumi` on PATH. Everything but the engine goes into .venv.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" $(LOCK_FLAGS)

# uv trusts its own list of authorities unless told; behind a company's proxy only the machine's list has the right one.
ifneq ($(wildcard /etc/ssl/certs /etc/pki/tls/certs),)
export UV_SYSTEM_CERTS := true
endif

.PHONY: help setup demo test lint types contracts bench lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make setup      .venv with all packages of the lock, and the Pulumi engine (the first time: some minutes)'
	@echo 'make demo       setup, then a Bodo program on a two-node cluster on this machine'
	@echo 'make test       setup, then all tests; WORKERS=2 at once'
	@echo 'make lint       format and lint rules;  make types: mypy;  make contracts: who may import whom'
	@echo 'make bench      setup, then the benchmarks'
	@echo 'make lock       requirements/*.lock anew from pyproject.toml; LOCK_FLAGS=--upgrade for newer versions'
	@echo 'make clean      remove .venv and caches; stacks and their state in .bodo-infra stay'

setup: $(INSTALLED)
	@$(BIN)/bodo-infra engine install

demo: setup
	$(BIN)/bodo-infra demo

# A string made of an Output is a bug that Pulumi by default only warns of.
test: setup
	PULUMI_ERROR_OUTPUT_STRING=true $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)
	$(BIN)/mypy

contracts: $(INSTALLED)
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks

# Compiled once here, or every start of a command would compile: some machines never let Python keep what it has compiled.
# Written last, so that an interrupted installation is taken up again.
$(INSTALLED): requirements/bootstrap.lock requirements/dev.lock pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip sync --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.lock
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q bodo_infra
	@touch $@

$(BIN)/uv: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo '$(PYTHON) is missing or older than Python 3.11: name another one, such as `make PYTHON=python3.12 ...`' >&2; \
		exit 3; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo '$(PYTHON) cannot make virtual environments: on Debian and Ubuntu install the package python3-venv' >&2; \
		exit 3; }

lock: $(BIN)/uv
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.lock
	$(COMPILE) pyproject.toml requirements/bootstrap.in --extra local --extra aws --extra azure --extra bodo --group dev \
		-c requirements/constraints.txt -o requirements/dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
