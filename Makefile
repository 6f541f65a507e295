# Everything a newcomer or CI runs. Each target works on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check ci clean

# Convert the samples and show one of the results.
demo: $(VENV)/leafbeam.stamp
	$(BIN)/leafbeam read examples/paper.pdf examples/scan.jpg examples/receipt.jpg -o out/demo --to md,html,json
	@printf '\nThe results are in %s:\n' "$(CURDIR)/out/demo"
	@cd out/demo && find . -type f ! -name '.*' | sort
	@printf '\n----- out/demo/scan.md -----\n'
	@cat out/demo/scan.md

# The whole test suite.
test: $(VENV)/dev.stamp
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && ! command -v chromium >/dev/null; then \
	    apt-get install -y -qq --no-install-recommends chromium >/dev/null || echo "no chromium: the browser tests are skipped"; \
	fi
	$(BIN)/python -m pytest

# Style, types and import layers.
check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ci: check test

clean:
	rm -rf $(VENV) out build dist

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/leafbeam.stamp: pyproject.toml $(shell find src -name '*.py') | $(BIN)/python
	test -e $(VENV)/dev.stamp || $(PIP) .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[dev]'
	@touch $@
