# make run: set up and start everything on this machine. make test: all tests but the drill.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Runs a command and says every four seconds that it is still at it.
MOVING := sh deploy/local/moving.sh
# A broker of a test lives for a minute: it starts with two thirds of the work when nothing is
# compiled a second time.
SHORT_LIVED := -XX:TieredStopAtLevel=1
BROKER ?=
FAULTS ?= 50
KILLS ?= $(FAULTS)
PART ?= pure

.PHONY: run test check bench crash mutants format contracts lock clean

run: $(READY)  ## the whole system and its demonstration; ONCE=1 ends after the demonstration
	$(BIN)/crm up --demo $(if $(ONCE),--once) $(if $(BROKER),--broker $(BROKER))

test: $(READY)  ## every test but the drill, in three runs side by side; on Apache Kafka where Java 17+ and Maven are there
	JDK_JAVA_OPTIONS="$(SHORT_LIVED)" $(BIN)/python -m $(if $(ARGS),pytest $(ARGS),tests.side_by_side)

check: $(READY)  ## style, types, the laws of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/architecture

bench: $(READY)  ## figures of this machine, at most 3 minutes
	$(BIN)/crm bench $(if $(BROKER),--broker $(BROKER)) $(ARGS)

crash: $(READY)  ## FAULTS=n at random under load, two replicas of each service (KILLS=n too)
	@case "$(KILLS)" in 0*|""|*[!0-9]*) echo "FAULTS must be a number from 1 on, not '$(KILLS)'"; exit 2;; esac
	$(BIN)/python -m tests.crash.random_faults --faults $(KILLS) $(ARGS)

mutants: $(READY)  ## PART=pure or io: which changes of the code no test notices
	$(BIN)/python -m tests.mutation $(PART) $(ARGS)

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

contracts: $(READY)  ## write docs/contracts and deploy/kubernetes anew from the code
	$(BIN)/python -m deploy.contracts

lock:  ## pin every dependency with its hashes (needs uv)
	uv pip compile pyproject.toml --extra dev --extra local --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra command --extra otel -c requirements.lock --python-platform linux \
	  --python-version 3.13 --generate-hashes --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-header -q -o deploy/image.lock
	grep -o 'scikit-learn[^"]*' pyproject.toml | uv pip compile - -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements-ml.lock

$(READY): requirements.lock pyproject.toml
	@echo "setting up .venv (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 ..."; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(MOVING) $(PYTHON) -m venv --clear .venv
	@$(MOVING) $(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@

clean:  ## takes away all that was made here, the database too; refused while a stack runs
	@if test -e .crm/lock && command -v flock >/dev/null && ! flock -n .crm/lock true; then \
	  echo "a stack runs in .crm: stop it first"; exit 1; fi
	@for link in .crm/postgres .crm/bench/postgres; do \
	  if test -L $$link; then rm -rf "$$(readlink -f $$link)"; fi; done
	rm -rf .venv .crm .mypy_cache .ruff_cache .pytest_cache
