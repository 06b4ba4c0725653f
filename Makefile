# make run     a homeserver, a LiveKit server and the bridge on this machine, with users to try it
# make test    everything that must hold: style, types, import contracts, all tests but chaos and web-e2e
# make web     the web client, built into web/dist; make web-test checks it, make web-e2e runs it in Chromium
# make chaos   the real servers stopped and killed while calls run: seven minutes
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test chaos lint format unit web web-test web-e2e widgets

run: $(VENV)/.ready
	@exec $(BIN)/haos-voice-bridge up $(ARGS)

test: lint web-test
	HISTORIES=$${HISTORIES:-20000} $(BIN)/pytest $(ARGS)

# Parts of the stack stopped, killed and lied to while calls run; CHAOS_KILLS=100 for the long one.
chaos: $(VENV)/.ready
	$(BIN)/pytest tests/chaos $(ARGS)

# Without the servers: seconds, not minutes.
unit: $(VENV)/.ready
	$(BIN)/pytest -q tests/unit tests/flows $(ARGS)

lint: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Node 20.19 or newer.
web: web/node_modules/.package-lock.json
	@cd web && npm run --silent build

web-test: web/node_modules/.package-lock.json
	cd web && npm run --silent lint && npm run --silent typecheck && npm run --silent test && npm run --silent build

# The built client in Debian's Chromium (/usr/bin/chromium) against a real LiveKit.
web-e2e: $(VENV)/.ready web
	$(BIN)/pytest tests/web $(ARGS)

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@cd web && npm ci --no-audit --no-fund
	@touch $@

# The page that hosts widgets in tests, and Element Call.
widgets: tests/widgets/node_modules/.package-lock.json
	@cd tests/widgets && npm run --silent check && npm run --silent build

tests/widgets/node_modules/.package-lock.json: tests/widgets/package.json tests/widgets/package-lock.json
	@cd tests/widgets && npm ci --no-audit --no-fund
	@touch $@

# uv itself stays outside the lock file, so the sync must leave it be (--inexact).
$(VENV)/.ready: pyproject.toml uv.lock
	@echo "▸ Python packages: installing into $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set it with PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv>=0.8,<1'
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --frozen --inexact --all-extras --all-groups
	@touch $@
