# SPDX-License-Identifier: GPL-3.0-or-later
# The commands of this repository. The work is done in Python files; "make help" lists them.

# Not the virtual environment's own python3, which cannot make that environment anew.
ifndef PYTHON
PYTHON := $(shell python3 -c 'import sys; print(sys._base_executable)')
endif
ROOT ?= debian12
GOAL ?= demo
VERSIONS ?= 2.17 2.18 2.19
# Molecule's scenarios; SCENARIO=migrate runs one
SCENARIO ?= private_servers kubernetes default quickstart migrate rollback abort interrupted tags
# Programs of the tests that import the engine
ENGINE := PYTHONPATH=.ansible/collections .venv/bin/python
LINK := .ansible/collections/ansible_collections/alkemio/convergence

# Tools such as Molecule and ansible-lint call their neighbours by name.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Ansible refuses to run without UTF-8, which a minimal system may not have set.
export LC_ALL := C.UTF-8
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.ansible/collections

.PHONY: help venv roots demo release-check test test-docker test-faults bench molecule clean test-fresh-root

help: ## show this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 22

venv: .venv/complete $(LINK) ## the virtual environment with everything pinned

.venv/complete: roles/migration/files/requirements.txt roles/migration_audit/files/requirements.txt requirements-test.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is " + sys.version.split()[0] + \
	  ", Ansible needs 3.11 or newer: make venv PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r roles/migration/files/requirements.txt -r roles/migration_audit/files/requirements.txt -r requirements-test.txt
	touch $@

# Ansible finds the checkout here under the collection's name.
$(LINK):
	mkdir -p $(dir $@)
	ln -s ../../../.. $@

roots: ## what the throw-away servers need
	$(PYTHON) -m tests.support.servers install mariadb postgresql

demo: ## migrate a small platform from MariaDB to PostgreSQL and look around afterwards
	@$(MAKE) --no-print-directory -j2 venv roots
	$(PYTHON) -m tests.support.servers up --name demo mariadb postgresql
	.venv/bin/python -m tools.demo

test: ## everything that must hold, with real servers
	$(PYTHON) -m tools.run

test-fresh-root: ## "make demo" or "make test" in a fresh root: ROOT=debian12|debian13|ubuntu2404 GOAL=demo|test
	$(PYTHON) -m tools.fresh_root $(FRESH_ROOT_OPTIONS) $(ROOT) '$(GOAL)'

test-servers-alone: ## start, kill and stop a server of each kind
	$(PYTHON) -m tests.support.servers.selftest

test-faults: venv ## the long form: 260 injections, every kind of damage often, locks, memory (hours)
	FAULTS_LONG=1 FAULTS_TIMES=10 .venv/bin/python -m pytest tests/faults
	.venv/bin/python -m pytest tests/faults/long_locks.py
	$(ENGINE) -m tests.faults --injections 200
	$(ENGINE) -m tests.faults --injections 60 --source mysql
	$(ENGINE) -m tests.faults.load_held

test-docker: ## the playbooks on a compose project, with a Docker engine (installs docker.io where there is none)
	$(PYTHON) -m tools.run docker

test-matrix: venv ## every type with many random values, on all three servers
	.venv/bin/python -m pytest --durations=5 tests/types

test-long: venv ## every test on both families of sources, those marked long too (hours)
	.venv/bin/python -m pytest tests --ignore tests/containers --ignore tests/faults

test-cases: venv ## every case that people met, and much of everything, on both families of sources (10 minutes)
	.venv/bin/python -m pytest --durations=5 tests/cases

test-checkout: venv ## the role compose_quickstart on a copy of a real checkout: CHECKOUT=/srv/alkemio/server
	$(ENGINE) -m tests.configuration.checkout

test-mutations: venv ## break the code on purpose, one place at a time: the quick tests must notice each
	$(ENGINE) -m tools.mutations

test-versions: venv ## sanity, unit tests and one migration under each ansible-core: VERSIONS="2.17 2.18 2.19"
	.venv/bin/python -m tools.versions $(VERSIONS)

test-%: ## one part of it, for example test-unit
	$(PYTHON) -m tools.run $*

molecule: venv ## all Molecule scenarios, or one: SCENARIO=migrate; IMAGES=debian asks no registry for images
	$(ENGINE) -m tests.support.docker molecule test --no-command-borders $(SCENARIO:%=--scenario-name %)

bench: venv ## time against pgloader
	$(ENGINE) -m tools.bench

release-check: build/release/complete ## what a release has to pass: Galaxy's importer, dependencies, documentation
	build/release/venv/bin/python -m tools.release_check

build/release/complete: requirements-release.txt
	$(PYTHON) -m venv build/release/venv
	build/release/venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements-release.txt
	touch $@

clean: ## end the throw-away servers and remove all that these commands made
	$(PYTHON) -m tests.support.servers purge
	rm -rf build .venv .ansible .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache tests/output
