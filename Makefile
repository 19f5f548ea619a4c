# Two commands are all a newcomer needs: `make demo` and `make test`. Both set up what they need first
# (virtual environment, dependencies, pages), once: a second run starts at once.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
# Each folder here is built into its dist/: the inbox, and the chat page of the pretend WeChat.
PAGES := inbox/web bot/emulator/web
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
sources = $(shell find $(1) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
code = $(shell find $(ROOMS) -name '*.py' -not -path '*/node_modules/*')
ROOMS := bot desk handlers inbox miniprogram_api nlp store
WORKERS ?= 2

.PHONY: help demo test check tests fmt bench chaos web pin clean setup setup-dev setup-python setup-pages setup-browser

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: setup ## everything on this machine, with sample data; Ctrl-C ends it
	@exec $(BIN)/guanjia demo

test: setup-dev setup-browser ## what CI runs: check, tests, browser tests
	@$(MAKE) check
	@$(MAKE) tests

tests: setup-dev ## the tests alone; ARGS='-k ticket' for some of them
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not chaos" $(ARGS)

check: setup-dev ## format, lint, types, floors; of the pages too
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@for page in $(PAGES); do (cd $$page && npm run --silent check && npm run --silent --if-present test) || exit 1; done

fmt: setup-dev ## put the code in shape
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: setup-dev ## the measures, printed as one table
	@exec $(BIN)/guanjia bench

chaos: setup-dev ## kill processes in the middle of conversations, again and again
	@$(BIN)/python -m pytest -m chaos $(ARGS)

web: setup-pages ## build the pages

pin: setup-dev ## write requirements/*.txt again from pyproject.toml
	@scripts/pin

clean: ## remove what set-up and tools made; data/ stays
	@rm -rf $(VENV) $(PAGES:=/node_modules) $(PAGES:=/dist) build ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

setup: ## what `make demo` needs
	@$(MAKE) -j2 setup-python setup-pages

setup-dev: ## what `make test` needs, without the browser
	@$(MAKE) -j2 $(DONE)/dev $(DONE)/compiled setup-pages

setup-python: $(DONE)/demo $(DONE)/compiled
setup-pages: $(PAGES:=/dist/index.html)

setup-browser: ## Chromium and a Chinese font for the browser tests
	@scripts/browser

$(DONE)/venv:
	@python=$$(scripts/find-python) && echo "setting up $(VENV) with $$python" && "$$python" -m venv $(VENV)
	@mkdir -p $(DONE) && touch $@

$(DONE)/package: pyproject.toml $(DONE)/venv
	@$(PIP) install --no-deps --editable .
	@touch $@

# Also where Python may not write its own (PYTHONDONTWRITEBYTECODE): every process starts half a second sooner.
$(DONE)/compiled: $(DONE)/venv $(code)
	@$(BIN)/python -m compileall -q $(code)
	@touch $@

$(DONE)/demo: requirements/demo.txt $(DONE)/venv $(DONE)/package
	@echo "installing the dependencies"
	@$(PIP) install -r requirements/demo.txt
	@touch $@

$(DONE)/dev: requirements/dev.txt $(DONE)/demo
	@echo "installing the tools for checks and tests"
	@$(PIP) install -r requirements/dev.txt
	@touch $@

define page
$(1)/node_modules/.done: $(1)/package-lock.json
	@scripts/check-node
	@echo "installing what $(1) is built with"
	@cd $(1) && npm ci --silent --no-audit --no-fund
	@touch $$@

$(1)/dist/index.html: $(1)/node_modules/.done $(call sources,$(1))
	@echo "building $(1)"
	@cd $(1) && npm run --silent build -- --logLevel warn
	@touch $$@
endef
$(foreach folder,$(PAGES),$(eval $(call page,$(folder))))
