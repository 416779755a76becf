# The environment lives in .venv, everything computed in build/; nothing else on the machine is touched.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help report test test-all test-long bench lab check clean lock environment .report .test .lab

BIN := .venv/bin
YEAR ?= 2004
EDITION := build/editions/2004/edition.json
export MPLBACKEND ?= Agg

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

report: .report  ## annual report of YEAR (2004) from the synthetic sample; the last line is its path
	@$(BIN)/ctip report --year $(YEAR)

PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -rfEs --durations 10 $(if $(CTIP_REQUIRE_ALL),-p tests.require_all)

test: .test  ## the tests, three minutes on two quiet cores
	$(PYTEST) -m "not long" tests

test-all: test test-long  ## the tests and the long proofs, some twenty minutes more

test-long: .test $(EDITION)  ## the long proofs, and every notebook in a kernel of its own
	$(PYTEST) -m long tests
	$(PYTEST) --nbmake notebooks

bench: .test .lab  ## seconds and memory, beside the plain papermill and nbconvert commands
	@for benchmark in benchmarks/bench_*.py; do $(BIN)/python "$$benchmark" || exit 1; done

lab: .lab $(EDITION)  ## JupyterLab from the project's root, an edition ready; git sees no outputs of notebooks
	@if git rev-parse --git-dir >/dev/null 2>&1; then git config filter.nbstripout.clean '"$(CURDIR)/$(BIN)/nbstripout" --keep-id'; fi
	unset MPLBACKEND; PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab

check: .test  ## lint and types
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:  ## remove what was computed and caches; keeps .venv, editions of your own records and their log
	@if [ -d build ]; then find build -mindepth 1 -maxdepth 1 ! -name 'editions-*' ! -name confidential ! -name hand-over -exec rm -rf {} +; fi
	@rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@find ctip_analysis tests benchmarks notebooks -name __pycache__ -prune -exec rm -rf {} +
	@echo "Kept .venv; to make the environment anew, delete it and run make report."

LOCK := $(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock" $(UPGRADE)

lock: .test  ## renew the lock files from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@mkdir -p build/lock
	cp requirements-test.lock build/lock/all.txt
	$(LOCK) --extra lab --extra test -o build/lock/all.txt
	$(LOCK) -c build/lock/all.txt -o requirements.lock
	$(LOCK) -c build/lock/all.txt --extra test -o requirements-test.lock
	$(LOCK) -c build/lock/all.txt --extra lab -o requirements-lab.lock

environment: .test  ## renew environment.yml (conda) from pyproject.toml
	$(BIN)/pyproject2conda yaml -e lab -e test -g build --name ctip-analysis --python-include infer \
		--custom-command "make environment" --overwrite force -o environment.yml

$(EDITION): data/sample $(wildcard data/sample/* data/reference/* data/published/* shapefiles/* ctip_analysis/*.py ctip_analysis/*/*.py ctip_analysis/*/*/*.py)
	@$(BIN)/ctip release data/sample --year 2004 --out build/editions
	@touch $@

.report .test .lab:
	@sh environment.sh $(@:.%=%)
