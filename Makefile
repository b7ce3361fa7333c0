# Points Mall: everything a developer runs. `make` lists it.
#
# Every target sets up what it needs by itself: the first run installs, later runs install nothing.

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# The first Python on the PATH that is new enough.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$name"; break; }; done)
STAGE ?= sandbox
# In this order; beside them run `types`, from `functional` on `e2e`, which mostly waits, and from
# `race` on `infra`, which uses one processor.
PARTS := lint unit functional race

# Packages of another environment must never be seen from ours, and what is compiled once is kept:
# a run of all tests starts dozens of interpreters.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

PREPARE = $(if $(PYTHON),"$(PYTHON)" -m local.prepare,\
	$(error Points Mall needs Python 3.11 or newer, and none is on the PATH))
RUN := .venv/bin/python
PYTEST := $(RUN) -m pytest
CDK := PATH="$(CURDIR)/.venv/bin:$$PATH" node_modules/.bin/cdk
UV := .venv/bin/uv
# The major number keeps jsii's banner about Node's age out of every output.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := $(shell node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/')

.PHONY: help
help: ## Show this list
	@printf 'Points Mall\n\n'
	@sed -nE 's/^([a-z0-9]+):[^#]*## (.*)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r name what; do printf '%-18s %s\n' "$$name" "$$what"; done
	@printf '\nMALL_PORT=9000 make run serves another port. make run RESET=1 forgets the local state.\n'

# Running it

.PHONY: run
run: ## Start the whole mall on this machine, with demo data; Ctrl-C stops it
	@$(PREPARE) tools emulator node
	@exec $(RUN) -m local up $(if $(RESET),--reset)

.PHONY: deploy
deploy: tools node ## Deploy to AWS: make deploy STAGE=prod
	@$(RUN) -m local layer
	@$(CDK) deploy --all -c stage=$(STAGE)

# Checking it

.PHONY: test
test: ## Run everything that CI runs
	@$(PREPARE) tools emulator node
	@$(RUN) -m local layer
	@kept=$$(mktemp -d); aside=""; summary=""; \
	beside() { $(MAKE) "$$1" > "$$kept/$$1" 2>&1 & aside+=" $$1:$$!"; }; \
	trap 'for each in $$aside; do kill "$${each#*:}" 2>/dev/null || true; done' EXIT; \
	beside types; \
	for part in $(PARTS); do \
		case "$$part" in functional) beside e2e;; race) beside infra;; esac; \
		printf '\n== %s\n' "$$part"; begun=$$SECONDS; \
		$(MAKE) "$$part" || { printf '\nThe part "%s" failed.\n' "$$part"; exit 1; }; \
		summary+=$$(printf '%-12s %4d s' "$$part" "$$((SECONDS - begun))")$$'\n'; \
	done; \
	for each in $$aside; do \
		part="$${each%:*}"; printf '\n== %s, run beside the others\n' "$$part"; \
		wait "$${each#*:}" && passed=yes || passed=; cat "$$kept/$$part"; \
		[ "$$passed" ] || { printf '\nThe part "%s" failed.\n' "$$part"; exit 1; }; \
	done; rm -r "$$kept"; \
	printf '\nAll parts passed.\n%s%-12s %4d s\n' "$$summary" total "$$SECONDS"

.PHONY: lint
lint: tools ## Check style and formatting
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

.PHONY: format
format: tools ## Repair style and formatting where a tool can
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

.PHONY: types
types: tools ## Check types, strictly
	@$(RUN) -m mypy

.PHONY: unit
unit: tools ## Run the pure tests, and those that keep the house tidy
	@$(PYTEST) -n auto tests/unit

.PHONY: functional
functional: tools emulator ## Run each handler in process, on moto or the emulator
	@$(PYTEST) -n auto tests/functional

.PHONY: race
race: tools emulator ## Race real threads and inject faults, on the emulator's DynamoDB
	@$(PYTEST) -n auto tests/race tests/simulation

.PHONY: infra
infra: tools node layer ## Check every synthesized template
	@$(PYTEST) tests/infra

.PHONY: e2e
e2e: tools emulator node ## Test over HTTP on a freshly deployed local stack
	@$(RUN) -m local e2e

.PHONY: synth
synth: tools node ## Synthesize the stacks of STAGE with the rules checked
	@$(RUN) -m local layer
	@$(CDK) synth --quiet -c stage=$(STAGE)

# Building and locking it

.PHONY: bench
bench: tools emulator ## Print what redemptions, grants, lists and draws cost, as ratios and counts
	@PYTHONPATH=layers/common/python $(RUN) -m bench.redemption
	@PYTHONPATH=layers/common/python $(RUN) -m bench.points
	@PYTHONPATH=layers/common/python $(RUN) -m bench.listing
	@PYTHONPATH=layers/common/python $(RUN) -m bench.lottery

.PHONY: layer
layer: tools ## Build the shared layer, for Lambda and for the local stack
	@$(RUN) -m local layer

.PHONY: openapi
openapi: tools ## Generate docs/reference/openapi.json from the handlers
	@PYTHONPATH=layers/common/python $(RUN) -m docs.reference.generate

LOCK := $(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	$(if $(UPGRADE),--upgrade)
.PHONY: lock
lock: tools ## Lock all packages anew; UPGRADE=1 moves to the newest allowed
	@$(LOCK) layers/common/requirements.in -o layers/common/requirements.txt
	@for name in uv emulator dev; do \
		$(LOCK) "requirements/$$name.in" -o "requirements/$$name.txt"; done
	@npm install --package-lock-only --no-audit --no-fund --loglevel=error

.PHONY: clean
clean: ## Remove what was built; environments and the local state stay
	@rm -rf build cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -not -path './.local/*' \
		-not -path './node_modules/*' -prune -exec rm -rf {} +

.PHONY: tools emulator node
tools emulator node:
	@$(PREPARE) $@
