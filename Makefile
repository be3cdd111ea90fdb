# Everything a developer or CI runs. Each target installs what it needs.
.DEFAULT_GOAL := help
.PHONY: help install verify test control-plane control-plane-binaries demo clean

# The npm package `node` brings the Node that Sluice runs on: the machine's own only has to run npm.
NODE := node_modules/.bin/node
STAMP := node_modules/.installed

help: ## Says what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 24

install: $(STAMP) ## Installs the dependencies, if they have changed

$(STAMP): package-lock.json
	npm ci
	@$(NODE) --version >/dev/null || { echo 'node_modules/.bin/node does not run: allow the install script of the npm package "node", then `npm rebuild node`' >&2; exit 1; }
	@touch $@

verify: install ## Types, lint, import rules, generated files: the checks that take seconds
	@npm run -s verify

control-plane-binaries: install ## Installs kube-apiserver, etcd and kubectl into the cache, if they are not there
	@$(NODE) test/control-plane/install.ts

test: verify control-plane-binaries ## Everything CI runs: verify, then all tests, against a real control plane
	@npm run -s jest

control-plane: install ## A Kubernetes API with the CRDs, until Ctrl-C; prints its kubeconfig
	@$(NODE) test/control-plane/serve.ts

demo: install ## A release that goes wrong and is reverted, on this machine; KEEP=1 leaves it running
	@npm run -s demo

clean: ## Removes what was installed and built here; the cached control plane stays
	rm -rf node_modules .cache coverage
	find dist -mindepth 1 ! -name install.yaml -delete
