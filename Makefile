# Needs only python3 (3.11 or newer), pip and make. PYTHON=... picks another interpreter.

BIN := .venv/bin

.PHONY: run test lint torture bench snapshots docs lock clean environment test-environment

run: environment ## the whole pipeline on the bundled edition, into build/
	$(BIN)/capbrief demo --home build

test: lint ## lint, types and all tests
	$(BIN)/python -m pytest

lint: test-environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

KILLS := 1000
torture: test-environment ## kill runs at random moments and fill their disk; KILLS=... of them
	$(BIN)/python tests/torture --kills $(KILLS) --terms 100 --disk all

bench: environment ## measure against peers in the same run
	@.ci/bench-environment
	$(BIN)/python bench/market_pages.py
	$(BIN)/python bench/daily_increment.py
	$(BIN)/python bench/daily_increment.py --rebuild 5
	$(BIN)/python bench/daily_increment.py --growth 365
	$(BIN)/python bench/market_marts.py
	$(BIN)/python bench/sensitivity.py
	$(BIN)/python bench/quantiles.py
	$(BIN)/python bench/scenarios.py
	$(BIN)/python bench/report.py

snapshots: test-environment ## write the expected reports anew; look at the difference before keeping it
	$(BIN)/python -m pytest tests/report --update-snapshots

docs: environment ## the data dictionary as HTML and Markdown, into build/docs
	$(BIN)/capbrief docs --out build/docs

lock: environment ## resolve the locks; UPGRADE=--upgrade takes newer versions
	.ci/lock $(UPGRADE)

clean: ## remove what was made
	rm -rf build dist .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find pipeline tests -name __pycache__ -prune -exec rm -rf {} +

environment:
	@.ci/environment
	@.ci/system-packages pdf

test-environment:
	@.ci/environment test
	@.ci/system-packages test
