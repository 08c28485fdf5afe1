# The two commands of the README are `make demo` and `make test`; the rest serves those who change the project.
# Everything runs from .venv, which the first use makes with the pinned, hashed packages of requirements/.
# POSIX sh and any make since GNU 3.81; nothing here needs an account or a server.

VENV := .venv
PY := $(VENV)/bin/python
UV_VERSION := 0.13.9
LOCK := $(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11
# Files stay whole on one worker, so that a browser or a database server is started once a file.
PYTEST_ARGS ?= -n 2 --dist loadfile
# Values from outside must not leak into the environment that the pinned packages make.
unexport PYTHONPATH PYTHONHOME
export PYTHONNOUSERSITE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check lint types contracts bench lock docs runtime dev clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo   한 대의 단말에서 전체를 봅니다          the whole centre in one terminal (ARGS=--headless, --lang en, --lan)'
	@echo 'make test   모든 시험을 실행합니다                  all tests'
	@echo 'make check  규칙 검사와 시험                        lint, types, import contracts, sizes, docs, tests'
	@echo 'make bench  성능 측정 (12분 이내)                   all benchmarks, under 12 minutes'
	@echo 'make docs   설정 문서를 다시 만듭니다               write the generated documents again'
	@echo 'make lock   의존성 고정 파일을 다시 만듭니다        pin the requirements again'
	@echo 'make clean  임시 파일을 지웁니다                    remove caches and the demo data'

demo: runtime
	@$(PY) -m dasan demo $(ARGS)

test: dev
	@$(PY) -m pytest $(PYTEST_ARGS) $(ARGS)

check: lint types contracts test

lint: dev
	@$(PY) -m ruff check .

types: dev
	@$(PY) -m mypy

contracts: dev
	@$(VENV)/bin/lint-imports --no-cache

bench: runtime
	@$(PY) -m dasan bench $(ARGS)

docs: runtime
	@$(PY) -m dasan.eungdapso.desk.document docs/eungdapso.md
	@$(PY) -c "from agent_tui.keys import document; print(document(), end='')" > docs/keys.md
	@$(PY) -m dasan.wire.schema docs/schema
	@$(PY) -c "from ivr.schema import text; print(text(), end='')" > docs/schema/ivr.json
	@$(PY) -c "from dasan.demo.scenes import text; print(text(), end='')" > docs/schema/scenario.json
	@$(PY) -c "from dasan.core.diagram import document; print(document(), end='')" > docs/state-machines.md
	@for flow in 120 assurance happycall; do \
	  $(PY) -m dasan ivr export ivr/flows/$$flow.yaml --format page --out docs/ivr-$$flow.md >/dev/null || exit 1; done
	@$(PY) -m dasan config doc > docs/config.md
	@$(PY) -m dasan config sample > docs/dasan.sample.toml

lock: dev
	@test -x $(VENV)/lock/bin/uv || { $(PY) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip install -q uv==$(UV_VERSION); }
	@$(LOCK) $(ARGS) requirements/runtime.in -o requirements/runtime.txt
	@$(LOCK) $(ARGS) requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt

clean:
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist var
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------------------------
# Installed again only when the requirement file differs from the copy taken at the last installation.
# kiwipiepy-model comes as a source archive that must be built, so it is built beside the others'
# download (measured on 2 cores: 45 s one after the other, 35 s this way). --no-deps is safe because the files
# name every package, and `pip check` proves it; byte-compiling at the end uses every core.

runtime:
	@cmp -s requirements/runtime.txt $(VENV)/runtime.installed || { $(call install,runtime,1분,1 minute); }

dev:
	@cmp -s requirements/dev.txt $(VENV)/dev.installed || { $(call install,dev,1분 30초,90 seconds); }
	@cmp -s requirements/runtime.txt $(VENV)/runtime.installed || cp requirements/runtime.txt $(VENV)/runtime.installed

# A name on the PATH is not enough: some are shims that fail, and some Pythons lack venv, TLS or SQLite.
find_python = for p in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
  "$$p" -c 'import sys, ensurepip, ssl, sqlite3; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done

# $(call install,NAME,how long in Korean,how long in English)
define install
  set -e; \
  echo '[준비] 파이썬 환경(.venv)과 고정된 꾸러미를 설치합니다. 처음 한 번만, 약 $(2) 걸립니다.' >&2; \
  echo '[setup] Installing the pinned packages into .venv. Only the first time, about $(3).' >&2; \
  if ! $(PY) -c 'import pip' >/dev/null 2>&1; then \
    python=$$($(find_python)) || true; \
    if [ -z "$$python" ]; then \
      echo '[오류] venv를 갖춘 파이썬 3.11 이상이 없습니다. 데비안/우분투: sudo apt install python3 python3-venv' >&2; \
      echo '[error] No Python 3.11 or newer with venv was found. Debian/Ubuntu: sudo apt install python3 python3-venv' >&2; \
      exit 1; \
    fi; \
    "$$python" -m venv --clear $(VENV); \
  fi; \
  mkdir -p $(VENV)/parts; \
  awk '/^[a-z]/ { m = /^kiwipiepy-model==/ } m' requirements/$(1).txt > $(VENV)/parts/model.txt; \
  awk '/^[a-z]/ { m = /^kiwipiepy-model==/ } !m' requirements/$(1).txt > $(VENV)/parts/rest.txt; \
  pip='$(PY) -m pip install -qq --require-hashes --no-deps --no-compile'; \
  $$pip -r $(VENV)/parts/model.txt & model=$$!; \
  rest=0; $$pip -r $(VENV)/parts/rest.txt || rest=$$?; \
  built=0; wait $$model || built=$$?; \
  if [ $$rest -ne 0 ] || [ $$built -ne 0 ] || ! $(PY) -m pip check --quiet >&2; then \
    echo '[오류] 설치하지 못했습니다. 위의 이유와 네트워크를 확인하고 같은 명령을 다시 실행하십시오.' >&2; \
    echo '[error] The installation failed. See the reason above and the network, then run the same command again.' >&2; \
    exit 1; \
  fi; \
  $(PY) -W ignore -m compileall -q -j 0 $(VENV)/lib || true; \
  $(PY) -c 'import os, pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "dasan120.pth").write_text(os.getcwd() + "\n")'; \
  printf '#!%s/$(PY)\nfrom dasan.cli import main\n\nmain()\n' "$$PWD" > $(VENV)/bin/dasan; chmod +x $(VENV)/bin/dasan; \
  cp requirements/$(1).txt $(VENV)/$(1).installed
endef
