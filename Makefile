# make run     a homeserver, a LiveKit server and the bridge on this machine, with users to try it
# make test    everything that must hold: style, types, import contracts, all tests but chaos
# make web     the web client, built into web/dist; make web-test checks it, make web-e2e runs it in Chromium
# make wheel   dist/*.whl, with the web client in it
# make chaos   the real servers stopped and killed while calls run: seven minutes
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BROWSERS := $(addprefix tests/e2e/,element_call media_keys web_widget)
# Several browsers, with everybody's video, beside the other half on two cores: what fails among
# them runs once more and shows its traceback all the same. More than two such are a failure.
ONCE_MORE := --reruns=1 --max-suite-reruns=2 --rerun-show-tracebacks

.PHONY: run test test-core test-servers chaos lint format unit web web-test web-e2e widgets oauth element-e2e wheel

# With Node, the bridge serves the web client; without, a plain page.
run: $(VENV)/.ready $(if $(shell command -v npm),web/dist/index.html)
	@exec $(BIN)/haos-voice-bridge up $(ARGS)

# Two halves side by side. What computes gives way to what carries video, and the browsers of
# both halves come at different times.
test: lint web-test widgets oauth
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-core test-servers

test-core:
	HISTORIES=$${HISTORIES:-20000} nice $(BIN)/pytest tests/unit tests/flows $(ARGS)
	$(BIN)/pytest tests/adapters $(ARGS)
	$(BIN)/pytest $(ONCE_MORE) tests/web $(ARGS)

test-servers:
	$(BIN)/pytest $(ONCE_MORE) $(BROWSERS) $(ARGS)
	$(BIN)/pytest tests/e2e $(addprefix --ignore=,$(BROWSERS)) $(ARGS)

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

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html -type f)
	@echo "▸ the web client: building it"
	@cd web && npm run --silent build >build.log 2>&1 || { cat build.log; exit 1; }
	@rm -f web/build.log && touch $@

wheel: $(VENV)/.ready web
	$(BIN)/uv build --wheel

web-test: web/node_modules/.package-lock.json
	cd web && npm run --silent lint && npm run --silent typecheck && npm run --silent test && npm run --silent build

# The built client in Debian's Chromium (/usr/bin/chromium) against a real Synapse, LiveKit and bridge.
web-e2e: $(VENV)/.ready web oauth
	$(BIN)/pytest tests/web $(ARGS)

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@cd web && npm ci --no-audit --no-fund
	@touch $@

# The real Element Call in Chromium, against the real servers: part of `make test`, too.
element-e2e: $(VENV)/.ready widgets
	$(BIN)/pytest tests/e2e/element_call $(ARGS)

# The page that hosts widgets in tests, and Element Call.
widgets: tests/widgets/node_modules/.package-lock.json
	@cd tests/widgets && npm run --silent check && npm run --silent build

tests/widgets/node_modules/.package-lock.json: tests/widgets/package.json tests/widgets/package-lock.json
	@cd tests/widgets && npm ci --no-audit --no-fund
	@touch $@

# The authorization server of the tests of logins by OAuth.
oauth: tests/oauth/node_modules/.package-lock.json

tests/oauth/node_modules/.package-lock.json: tests/oauth/package.json tests/oauth/package-lock.json
	@cd tests/oauth && npm ci --no-audit --no-fund
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
