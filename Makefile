# make run, make test, make check, make bench. Each sets up what it needs and does nothing twice.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
CORE := mediacore/_mediacore.abi3.so
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))
TESTS := $(BIN)/python -m pytest --numprocesses $$(nproc) tests
# A journey that hangs costs the process it runs in, and another goes on.
JOURNEYS := $(BIN)/python -m pytest --dist loadfile --timeout-method thread e2e
PATIENT := $(JOURNEYS) -m patient --numprocesses 2
ALONE := $(JOURNEYS) -m 'not patient' --numprocesses 1 --ignore e2e/test_firefox.py
# Firefox now and then answers no more, which ends its process.
FIREFOX := $(BIN)/python -m pytest --timeout 75 --timeout-method thread e2e/test_firefox.py
# Tests start a hundred processes, each of which would compile all Python anew.
unexport PYTHONDONTWRITEBYTECODE
CORE_SOURCES := setup.py mediacore/build.py $(wildcard mediacore/include/*.h mediacore/src/*.[ch])

RUN_PACKAGES := gcc libc6-dev libogg-dev libopus-dev espeak-ng fonts-dejavu-core fonts-droid-fallback libfribidi0
TEST_PACKAGES := alsa-utils chromium clang clang-format ffmpeg firefox-esr libclang-rt-dev opus-tools pulseaudio

.PHONY: help
help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 12

.PHONY: run
run: build ## Start Parley (PORT, DEMO and PARLEY_... are explained in .env.example)
	@exec $(BIN)/python -m webapp

.PHONY: build
build: $(VENV)/.run node_modules/.run $(CORE) $(CATALOGUES) ## Install what running needs, build the media core and the languages

.PHONY: test
test: test-tools build ## Run everything that proves Parley right
	@$(MAKE) --no-print-directory --output-sync --jobs $$(nproc) -C tests/c
	@$(MAKE) --no-print-directory --output-sync --jobs $$(nproc) -C tests/c tsan
	@$(MAKE) --no-print-directory --output-sync --jobs $$(nproc) -C tests/fuzz replay
	@$(MAKE) --no-print-directory check
	@node --test --test-reporter=dot tests/js
	@# Sockets, threads and browsers keep real time: what failed is asked again. Who hears how sound comes runs alone.
	@$(TESTS) || $(TESTS) --last-failed
	@$(PATIENT) || $(PATIENT) --last-failed || $(PATIENT) --last-failed
	@$(ALONE) || $(ALONE) --last-failed || $(ALONE) --last-failed
	@$(FIREFOX) || $(FIREFOX) || $(FIREFOX) || $(FIREFOX)

.PHONY: check
check: test-tools build ## Check style, types and who imports whom
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/djlint --quiet --lint templates
	@clang-format --dry-run --Werror mediacore/include/*.h mediacore/src/*.[ch] tests/c/*.[ch] tests/fuzz/*.[ch]
	@node_modules/.bin/tsc

SECONDS ?= 60
.PHONY: fuzz
fuzz: build/.test-packages ## Look for bytes that break the media core (SECONDS for each way in)
	@$(MAKE) --no-print-directory -C tests/fuzz SECONDS=$(SECONDS)

.PHONY: strings
strings: build ## Collect what is said to people, for translators
	@$(BIN)/pybabel --quiet extract --mapping-file translations/babel.cfg --keyword marked --keyword later \
		--output-file translations/messages.pot \
		--project Parley --copyright-holder "the Parley authors" --add-location file --sort-output --no-wrap .

.PHONY: bench
bench: test-tools build ## Measure Parley beside its peers and limits
	@for bench in bench/*.py; do $(BIN)/python $$bench || exit; done

.PHONY: test-tools
test-tools: $(VENV)/.test node_modules/.test

.PHONY: clean
clean: ## Remove everything that was built or installed here; data stays
	rm -rf build $(VENV) node_modules *.egg-info mediacore/*.so mediacore/_mediacore.c translations/*/LC_MESSAGES/*.mo
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -prune -exec rm -rf {} +

$(CORE): $(CORE_SOURCES) | $(VENV)/.run
	@echo "Building the media core"
	@$(BIN)/python setup.py --quiet build_ext --inplace --force
	@touch $@

%.mo: %.po | $(VENV)/.run
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

$(VENV)/.run: setup.py | build/.run-packages
	@echo "Installing Python packages"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) setuptools==84.2.1 cffi==2.1.1
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run | build/.test-packages
	@echo "Installing Python packages for tests"
	@$(PIP) --no-build-isolation --editable .[test,dev]
	@touch $@

node_modules/.run: package-lock.json | build/.run-packages
	@echo "Installing browser packages"
	@npm ci --silent --ignore-scripts --omit=dev
	@touch $@

node_modules/.test: package-lock.json | build/.test-packages
	@echo "Installing browser packages for tests"
	@npm ci --silent --ignore-scripts
	@touch $@ node_modules/.run

# A stamp for each set of Debian's packages. What Python and Node bring along themselves is not asked for.
build/.run-packages:
	@mkdir -p build
	@$(call install,$(RUN_PACKAGES) \
		$$($(PYTHON) -c 'import ensurepip' 2>/dev/null || echo python3-venv) \
		$$(test -e "$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" || echo python3-dev) \
		$$(command -v npm >/dev/null || echo npm))

build/.test-packages: | build/.run-packages
	@$(call install,$(TEST_PACKAGES))

define install
missing=$$(for package in $(1); do \
	dpkg-query --show --showformat='$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || echo $$package; \
done); \
if [ -n "$$missing" ]; then \
	set -- apt-get install --yes --no-install-recommends $$missing; \
	if [ "$$(id -u)" -ne 0 ]; then echo "Please type this, then try again:  sudo $$*"; exit 1; fi; \
	echo "Installing" $$missing; \
	{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive "$$@"; } >build/packages.log 2>&1 || { cat build/packages.log; exit 1; }; \
fi; \
touch $@
endef
