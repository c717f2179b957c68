# Two commands on a fresh machine: `make demo` and `make test`. Each makes `.venv` and installs by itself.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
KEYFRAME := .venv/.keyframe

.PHONY: demo test test-slow test-all rights-oracle lint format keyframe blender lock clean

demo: $(READY)
	$(BIN)/secondunit demo demo_show

test: $(KEYFRAME)
	$(BIN)/python -m pytest

test-slow: $(KEYFRAME)
	$(BIN)/python -m pytest -m slow

test-all: $(KEYFRAME)
	$(BIN)/python -m pytest -m ''

# The gate of rights against a second implementation, on 100,000 worlds: minutes.
rights-oracle: $(READY)
	$(BIN)/python benchmarks/oracle.py

lint: $(READY)
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix src tests benchmarks
	$(BIN)/ruff format src tests benchmarks

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Second Unit needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	# The lock is the whole closure; `--no-deps` keeps out what the watermark's package asks for and nobody imports.
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	touch $(READY)

# PyTorch for the keyframe engine. Outside of the lock, which would hold builds for one make of GPU: gigabytes.
keyframe: $(KEYFRAME)

$(KEYFRAME): $(READY)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable '.[keyframe]'
	touch $(KEYFRAME)

# The optional Blender extra: with it every version also holds a `.blend`. About a gigabyte.
blender:
	test -x .venv-blender/bin/python || $(PYTHON) -m venv .venv-blender
	.venv-blender/bin/python -m pip install --disable-pip-version-check --quiet 'bpy>=4.4,<6'

# The lock: every package with its hash, for every supported Python. Needs `uv`.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --all-extras --group dev --group weights --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .venv-blender demo_show .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
