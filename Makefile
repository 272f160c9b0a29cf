# The commands of DESIGN: run, test, check, skyvern, conformance, bench.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# A browser needs a core for itself; the other tests mostly wait, so more of them than cores run at once.
ALL_TESTS = $(PYTEST) --ignore=tests/browser -n 6 --dist loadgroup && $(PYTEST) tests/browser -n 2 --dist loadgroup

.PHONY: run test check skyvern environments conformance bench browser-tools clean

run: $(VENV)/.installed
	$(BIN)/python -m skyvern_ui run

# All tests that need no system package; the rest is skipped by name. REQUIRE=all turns each skip into a failure.
test: $(VENV)/.dev
	$(ALL_TESTS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(ALL_TESTS)

# Installs the real Skyvern in an environment of its own and starts it on port 8000. The wizard finds its key.
skyvern: $(VENV)/.dev
	$(BIN)/python -m tests.real.skyvern --dir instance/skyvern --port 8000

# The first time it installs Skyvern (4 minutes, 1.6 GB) and LiteLLM (90 s, 740 MB) outside the checkout, in ~/.cache.
environments: $(VENV)/.dev
	$(BIN)/python -c "from tests.real import litellm, skyvern; skyvern.install(); litellm.install()"

conformance: environments
	$(PYTEST) -m conformance tests/conformance --timeout 600

bench: $(VENV)/.dev
	$(BIN)/python -m bench

$(VENV)/.installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install -q --group dev
	touch $@
