# Two commands do everything, set-up included: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Half of the time is waiting for programs: three workers keep two cores busy.
# Many tests start programs of ours: they are compiled once, also where the machine says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check format docs lock clean

demo: $(VENV)/.ready
	$(BIN)/mergecheck demo demo-study

test: check
	$(BIN)/pytest -n 3 --dist worksteal

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.ready
	COLUMNS=100 $(BIN)/typer mergecheck.cli.main utils docs --name mergecheck --output docs/commands.md

# A changed lock or project file brings the environment up to date; otherwise it is kept.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("mergecheck needs Python 3.11 or later, this is " + sys.version.split()[0] + ": set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Versions and hashes only: it installs from whichever index the machine is set up for. Needs uv.
lock:
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" --extra study --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) demo-study .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
