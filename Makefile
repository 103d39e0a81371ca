# make demo   does all set-up and runs the main job        (ARGS="--seconds 60 --headless")
# make test   does all set-up and runs every check and test
# make interop  other people's WHIP clients only (part of make test)
# make setup  set-up only;  make lint, make web, make clean: parts of it
# make story  the whole story through every layer: each expected difference in its tier, the quiet quiet (8 minutes)
# make soak   24 sources for 30 minutes with everything that goes wrong  (ARGS="--sources 4 --seconds 60")
# make fuzz   the receive path in C under the sanitizers      (FUZZ_SECONDS=120)
# make faults   fails and kills at every file operation of the store; writes tests/faults/README.md
# make screenshots   pictures of every page, in test-results/screenshots

ARGS ?=
PYTEST_ARGS ?=
# Tests wait more than they compute; which stay together, and in which order: tests/conftest.py.
PYTEST_WORKERS ?= 3
RUN := .venv/bin
STAMPS := .make
# Images made for containers often set it; every start would then compile all modules again.
unexport PYTHONDONTWRITEBYTECODE
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' 2>/dev/null)

.PHONY: faults soak story interop demo test checked setup web web-test lint screenshots clean lock fuzz
.DELETE_ON_ERROR:

demo: $(STAMPS)/debian-demo $(STAMPS)/python $(STAMPS)/web
	$(RUN)/duizhi demo $(ARGS)

setup: $(STAMPS)/debian-demo $(STAMPS)/python $(STAMPS)/web

# Set-up waits for the network while the checks compute: beside each other, then the tests.
test:
	$(MAKE) --no-print-directory --jobs=3 checked
	$(RUN)/pytest -n $(PYTEST_WORKERS) --dist loadgroup --no-loadscope-reorder $(PYTEST_ARGS)

checked: $(STAMPS)/debian-test $(STAMPS)/web $(STAMPS)/interop lint web-test

web-test: $(STAMPS)/web-packages
	config/setup/web.sh test

# Other people's WHIP clients: Chromium, Firefox, GStreamer, FFmpeg, libwebrtc, aiortc, coturn.
interop: $(STAMPS)/debian-test $(STAMPS)/python $(STAMPS)/web $(STAMPS)/interop
	$(RUN)/pytest -m interop -s $(PYTEST_ARGS) tests/interop

# 335 s in real time from the first word; ends with status 1 when a row of its table is not held.
# Without the earlier questioning, which has one of the story's sentences already.
story: $(STAMPS)/debian-demo $(STAMPS)/python $(STAMPS)/web
	$(RUN)/duizhi demo --seconds 335 --from 0 --no-past --headless --export test-results/story $(ARGS)

soak: $(STAMPS)/debian-demo $(STAMPS)/python
	$(RUN)/python -m benchmarks.soak $(ARGS)

# 8,900 runs in memory and some 2,500 under strace: half an hour on two busy cores; ARGS="--stride 4": 8 minutes.
faults: $(STAMPS)/debian-test $(STAMPS)/python
	$(RUN)/python -m tests.faults $(ARGS)

screenshots: $(STAMPS)/debian-test $(STAMPS)/web
	$(RUN)/python -m tests.browser.screenshots $(ARGS)

# The receive path in C under the sanitizers; FUZZ_SECONDS to go on for longer.
FUZZ_SECONDS ?= 120
fuzz: $(STAMPS)/debian-demo $(STAMPS)/python
	$(RUN)/python -m tests.fuzz.receive_path $(FUZZ_SECONDS)

lint: $(STAMPS)/python
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy

web: $(STAMPS)/web

$(STAMPS)/debian-demo: config/setup/debian.sh
	config/setup/debian.sh demo
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/debian-test: config/setup/debian.sh $(STAMPS)/debian-demo
	config/setup/debian.sh test
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python: requirements.lock config/setup/uv.lock config/setup/python.sh pyproject.toml $(STAMPS)/debian-demo \
		$(wildcard recorder/native/*.c recorder/native/*.h)
	config/setup/python.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/web-packages: web/package-lock.json config/setup/web.sh $(STAMPS)/python
	config/setup/web.sh install
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/interop: tests/interop/package-lock.json config/setup/web.sh $(STAMPS)/web-packages
	config/setup/web.sh interop
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/web: $(STAMPS)/web-packages $(WEB_SOURCES)
	config/setup/web.sh build
	@mkdir -p $(STAMPS) && touch $@

# Locks again after pyproject.toml changed: hashes, and no address of any index.
lock: $(STAMPS)/python
	$(RUN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --quiet -o requirements.lock

clean:
	rm -rf .make .venv web/node_modules web/dist demo-store export
