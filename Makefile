# What to run. Every target works on a fresh checkout with Node >= 20 and npm; those that start real parts need Go >= 1.26.

NODE := node_modules/.bin/node
# npm runs tools on the Node the project brings, not on the system's.
RUN := npm run --silent
MAKEFLAGS += --no-print-directory
# Of the chaos suite: which, and how many control planes at a time.
SEEDS ?= 1..200
LANES ?= 2

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install parts judge argocd demo test test-argocd check bench chaos generate format clean clean-all sbom audit

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 \t/p' $(MAKEFILE_LIST) | expand -t 20

# The lock file installed last is kept beside what it installed; while both are equal there is nothing to do.
install:
	@cmp -s package-lock.json node_modules/.installed || { \
	  command -v npm >/dev/null || { echo 'npm is missing: install Node 20 or newer with npm (https://nodejs.org).' >&2; exit 1; }; \
	  command -v node >/dev/null || { echo 'node is missing: install Node 20 or newer with npm (https://nodejs.org).' >&2; exit 1; }; \
	  node -e 'process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node is too old: install Node 20 or newer, this is $$(node --version)." >&2; exit 1; }; \
	  npm ci --loglevel=error && cp package-lock.json node_modules/.installed; }

parts: install ## build the real parts the sandbox starts (minutes, once)
	@$(NODE) tools/parts.ts

judge: install ## build the engine that templates are compared with (a minute, once)
	@$(NODE) tools/judge.ts

argocd: install ## build the Argo CD that test-argocd starts (several minutes, once)
	@$(NODE) tools/argocd.ts

demo: parts ## watch Secrets being kept fresh on a real control plane (KEEP=1 leaves it up)
	@$(NODE) demo/demo.ts

test: check parts judge ## everything: check, drivers, the black-box contract, end to end
	@$(NODE) tools/rung.ts drivers contract e2e chaos
	@if $(NODE) tools/argocd.ts --look; then $(MAKE) test-argocd; \
	  else echo 'left out: the tests with a real Argo CD, which make test-argocd builds first.'; fi

chaos: parts ## faults by a seeded schedule until 200 seeds have passed, resuming (SEEDS=1..10 LANES=2)
	@$(NODE) chaos/run.ts --seeds '$(SEEDS)' --lanes '$(LANES)'

test-argocd: parts argocd ## a real Argo CD across rotations (needs redis-server and git; part of test once it is built)
	@$(NODE) tools/rung.ts argocd

check: install ## types, lint, format, dead code, layers, unit tests, generated files
	@$(RUN) types
	@$(RUN) lint
	@$(RUN) format:check
	@$(RUN) dead-code
	@$(NODE) tools/rung.ts unit

bench: parts ## measure beside External Secrets and the raw limit (hours; WHAT='cold-start --repetitions 1' does less)
	@$(NODE) bench/bench.ts $(WHAT)

sbom: install ## write what is installed with everpull, as CycloneDX, into dist/
	@$(NODE) tools/sbom.ts

audit: install ## ask the registry what is known against it; fails where the registry does not answer
	@$(NODE) tools/audit.ts

generate: install ## write the generated files: definitions, roles, reference pages
	@$(NODE) tools/generate.ts

format: install ## write every file in the project's format
	@$(RUN) format

clean: ## remove what builds left, save the parts
	rm -rf dist *.tgz

clean-all: clean ## remove the built parts and installed packages too
	rm -rf .cache node_modules
