# The commands of the README, CI and CONTRIBUTING.

.DEFAULT_GOAL := help
.PHONY: help tools python node aws-tools run pairmeter page page-if-node test test-aws test-web lint build bench bench-page bench-reports bench-start openapi aws-local deploy destroy clean

# The Lambda functions. They are built together, without the embedded store: one feature set, one build of `shared`.
FUNCTIONS := admin connect fan_out notify_expiry poll report

help: ## Lists the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

aws-tools: tools
	@command -v sam >/dev/null || { echo "sam is missing: pip install aws-sam-cli"; exit 1; }
	@command -v cargo-lambda >/dev/null || { echo "cargo-lambda is missing: pip install cargo-lambda"; exit 1; }

python:
	@command -v python3 >/dev/null || { echo "python3 is missing: apt-get install python3 python3-venv"; exit 1; }

tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or newer from https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { echo "a C compiler is missing: apt-get install build-essential"; exit 1; }

node:
	@command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node.js 20 or newer is missing: https://nodejs.org, or apt-get install nodejs npm"; exit 1; }

WEB := functions/admin/web

page: node $(WEB)/dist/index.html ## Builds the admin app into functions/admin/web/dist; cargo puts it into the binaries

page-if-node:
	@if ! command -v npm >/dev/null; then echo "the page is not built because npm is missing (https://nodejs.org); Pairmeter serves the API only"; \
	else $(MAKE) --no-print-directory page || echo "the page is not built, for the reason above; Pairmeter serves the API only"; fi

# Built again when a source file of the page or the API description has changed.
$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json infra/openapi.yaml $(shell find $(WEB) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name schema.ts)
	@npm run --silent --prefix $(WEB) build

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	npm ci --prefix $(WEB) --no-audit --no-fund

run: tools page-if-node ## Starts Pairmeter with a sandbox as the providers and 90 days of data; prints a link
	@cargo build --locked -p pairmeter
	@target/debug/pairmeter serve --demo --data pairmeter-data

pairmeter: tools page-if-node ## Builds the optimized binary target/release/pairmeter, with the page
	cargo build --locked --release -p pairmeter

# The page is built first, because it is part of the binaries.
test: lint node page ## Runs everything that CI runs
	cargo build --locked -p pairmeter
	cargo test --locked --workspace --no-fail-fast
	@$(MAKE) --no-print-directory test-web
	@$(MAKE) --no-print-directory test-aws

test-web: tools node page ## Tests the admin app: types, lint, units, and its stories in a real browser
	npm run --silent --prefix $(WEB) check
	cargo build --locked -p pairmeter
	tests/browser/run target/debug/pairmeter

test-aws: tools python ## Tests the AWS adapters and the deployed stack on an emulator; installs its tools into .tools
	infra/local/bench lint
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked -p pairmeter
	infra/local/bench run -- infra/local/laws
	infra/local/bench test --binaries target/release --pairmeter target/debug/pairmeter

aws-local: tools python ## Starts the stack on an emulator; infra/local/bench down stops it
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked -p pairmeter
	@infra/local/bench up --binaries target/release --pairmeter target/debug/pairmeter

lint: tools ## Checks the format and runs clippy
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || { echo "rustfmt or clippy is missing: rustup component add rustfmt clippy"; exit 1; }
	cargo fmt --all --check
	cargo clippy --locked -p shared -- -D warnings
	cargo clippy --locked --workspace --all-targets -- -D warnings

build: tools page ## Builds pairmeter and the six functions, optimized, in target/release
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked --release -p pairmeter

# The architecture of the last guided deploy; ARCH=x86_64 selects it for the first one.
ARCH := $(or $(shell sed -n 's/.*Architecture=[\\"]*\([a-z0-9_]*\).*/\1/p' samconfig.toml | head -1),arm64)
BUILT := .aws-sam/build/template.yaml

# The built template allows only the architecture that was built: CloudFormation refuses another one.
deploy: aws-tools page ## Builds and deploys to AWS, for arm64 or with ARCH=x86_64; asks for the parameters the first time
	sam build --parameter-overrides Architecture=$(ARCH)
	awk -v arch=$(ARCH) '/^  [A-Z]/ { inside = /^  Architecture:/ } inside && /^ *- / && $$2 != arch { next } inside { sub(/Default: .*/, "Default: " arch) } { print }' $(BUILT) >$(BUILT).narrow
	mv $(BUILT).narrow $(BUILT)
	sam deploy $$(grep -q '^region' samconfig.toml || echo --guided)

destroy: aws-tools ## Deletes the stack; tables, archive, user pool and tokens stay (infra/README.md)
	sam delete

bench: tools ## Measures ingest speed and memory: 2,000 people x 28 days from the sandbox over loopback
	cargo build --locked --profile quick -p pairmeter
	@infra/bench/ingest target/quick/pairmeter

bench-page: tools page ## Measures the page in a real browser: first view, a year of days; needs an idle machine
	cargo build --locked --profile quick -p pairmeter
	tests/browser/run target/quick/pairmeter --project speed

bench-reports: tools python ## Compares reports with DuckDB: 10,000 people x 90 and 365 days; installs its tools into .tools
	cargo build --locked --profile quick -p pairmeter
	@infra/bench/reports

bench-start: tools ## Compares start time and size of the six functions with a bare hello-world of the same runtime
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked --release --manifest-path infra/bench/hello/Cargo.toml --target-dir target/hello
	@infra/bench/start

openapi: ## Writes infra/openapi.yaml again, after an intended change of the API
	@BLESS=1 cargo test --locked -q -p tests --test it openapi

clean: ## Removes build output and the demo's data
	rm -rf target pairmeter-data $(WEB)/dist
