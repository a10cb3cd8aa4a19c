# What `make` can do here. Everything runs from .venv, which `setup` builds from the locked requirements.

SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STACK := $(BIN)/python -m cashback.stack
MANAGE := $(BIN)/python manage.py
LOCKED := requirements.txt requirements-dev.txt
# Named after what is locked: a second run costs nothing, a changed lock installs again.
STAMP := .venv/installed-$(shell cat $(LOCKED) | sha256sum | cut -c1-16)
# What `check --deploy` looks at; the rest of the settings comes from the stack.
PRODUCTION := ENVIRONMENT=production ALLOWED_HOSTS=cashback.example SITE_URL=https://cashback.example

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help demo manage test proofs check check-with-services bench lighthouse screenshots up clean setup messages format

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: setup ## the whole business in the foreground; PORT, SANDBOX_PORT and STACK_DIR move it
	@exec $(STACK) demo

manage: setup ## manage.py of the demo that is running; ARGS="new_partner"
	@exec $(STACK) manage $(ARGS)

test: setup ## every test that a laptop runs in minutes; ARGS="-k ledger" passes through to pytest
	@exec $(STACK) run -- $(BIN)/python -m pytest $(ARGS)

proofs: setup ## what the API promises at full size: some 6,000 generated calls, 20 writers of 50,000 changes
	@CONFORMANCE_EXAMPLES=100 FEED_WRITERS=20 FEED_CHANGES=2500 exec $(STACK) run -- $(BIN)/python -m pytest -rP \
		--show-capture=stdout tests/partners/api/test_conformance.py tests/partners/api/test_pages.py -k "promise or beside"

check: setup ## style, import arrows, types, migrations, deployment settings, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@exec $(STACK) run -- $(MAKE) --no-print-directory check-with-services

check-with-services:
	$(BIN)/mypy
	$(MANAGE) makemigrations --check --dry-run
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) messages --check

bench: setup ## the benches, on a database that writes to disk like production
	@exec $(STACK) run --durable -- $(BIN)/python bench/run.py $(ARGS)

lighthouse: setup ## what Lighthouse says of the shops and of a shop on a phone; needs npm
	@$(BIN)/python bench/lighthouse.py

screenshots: setup ## the ten main pages in both languages, into docs/screenshots/
	@$(BIN)/python docs/screenshots/take.py

up: .env ## docker compose, from .env
	docker compose up --build

.env:
	@echo "Copy .env.example to .env and fill it in first." >&2; exit 1

messages: setup ## collect and compile the translations
	@exec $(STACK) run -- $(MANAGE) messages

format: setup ## put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(STAMP) ## .venv with the locked requirements

$(STAMP): $(LOCKED)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked requirements (about a minute, once)."
	@if command -v uv >/dev/null; \
		then uv pip install --quiet --python $(BIN)/python --require-hashes $(LOCKED:%=-r %); \
		else $(BIN)/python -m pip install --quiet --require-hashes $(LOCKED:%=-r %); \
	fi
	@rm -f .venv/installed-*
	@touch $@

clean: ## remove the environment and all local data
	rm -rf .stack .venv
