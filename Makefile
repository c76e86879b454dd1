# The words that the README, CI and people use.

.DEFAULT_GOAL := help
.PHONY: help tools python node aws-tools run page page-if-node test test-aws test-web lint build bench bench-page bench-reports bench-start openapi aws-local deploy destroy clean

# The Lambdas. Built together, and apart from what has the embedded store: one feature set, one `shared`.
FUNCTIONS := admin connect fan_out notify_expiry poll report

help: ## What there is
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

page: node $(WEB)/dist/index.html ## The admin app, built into functions/admin/web/dist; cargo puts it into the binaries

page-if-node:
	@if ! command -v npm >/dev/null; then echo "the page is not built, for npm is missing (https://nodejs.org); the API is served all the same"; \
	else $(MAKE) --no-print-directory page || echo "the page is not built, for the reason above; the API is served all the same"; fi

# Built anew when something that it is made of has changed.
$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json infra/openapi.yaml $(shell find $(WEB) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name schema.ts)
	@npm run --silent --prefix $(WEB) build

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	npm ci --prefix $(WEB) --no-audit --no-fund

run: tools page-if-node ## Pairmeter with a sandbox in place of GitHub, 90 days of data, one link
	@cargo build --locked -p pairmeter
	@target/debug/pairmeter serve --demo --data pairmeter-data

# The page first: it goes into the binaries, which are built once.
test: lint node page ## Everything that CI runs
	cargo build --locked -p pairmeter
	cargo test --locked --workspace --no-fail-fast
	@$(MAKE) --no-print-directory test-web
	@$(MAKE) --no-print-directory test-aws

test-web: tools node page ## The admin app: types, lint, units, and its stories in a real browser
	npm run --silent --prefix $(WEB) check
	cargo build --locked -p pairmeter
	tests/browser/run target/debug/pairmeter

test-aws: tools python ## The laws over AWS, and the stack end to end, on an emulator; installs its tools into .tools
	infra/local/bench lint
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked -p pairmeter
	infra/local/bench run -- infra/local/laws
	infra/local/bench test --binaries target/release --pairmeter target/debug/pairmeter

aws-local: tools python ## The stack on an emulator, left running to look at; stop it with infra/local/bench down
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked -p pairmeter
	@infra/local/bench up --binaries target/release --pairmeter target/debug/pairmeter

lint: tools ## Format and clippy, as CI wants them
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || { echo "rustfmt or clippy is missing: rustup component add rustfmt clippy"; exit 1; }
	cargo fmt --all --check
	cargo clippy --locked -p shared -- -D warnings
	cargo clippy --locked --workspace --all-targets -- -D warnings

build: tools page ## The optimised binaries, in target/release: pairmeter and the six functions
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked --release -p pairmeter

# What the last guided deploy chose; ARCH=x86_64 chooses for the first one.
ARCH := $(or $(shell sed -n 's/.*Architecture=[\\"]*\([a-z0-9_]*\).*/\1/p' samconfig.toml | head -1),arm64)
BUILT := .aws-sam/build/template.yaml

# The built template takes no architecture but the one that was built: CloudFormation refuses another answer.
deploy: aws-tools page ## Builds and deploys to AWS, for arm64 or with ARCH=x86_64; asks for the parameters the first time
	sam build --parameter-overrides Architecture=$(ARCH)
	awk -v arch=$(ARCH) '/^  [A-Z]/ { inside = /^  Architecture:/ } inside && /^ *- / && $$2 != arch { next } inside { sub(/Default: .*/, "Default: " arch) } { print }' $(BUILT) >$(BUILT).narrow
	mv $(BUILT).narrow $(BUILT)
	sam deploy $$(grep -q '^region' samconfig.toml || echo --guided)

destroy: aws-tools ## Deletes the stack; tables, archive, people and tokens stay (infra/README.md)
	sam delete

bench: tools ## Ingest speed and memory: 2,000 people x 28 days from the sandbox over loopback
	cargo build --locked --profile quick -p pairmeter
	@infra/bench/ingest target/quick/pairmeter

bench-page: tools page ## Seconds of the page in a real browser: the first view, a year of days; for a quiet machine
	cargo build --locked --profile quick -p pairmeter
	tests/browser/run target/quick/pairmeter --project speed

bench-reports: tools python ## Reports beside DuckDB: 10,000 people x 90 and 365 days; installs its tools into .tools
	cargo build --locked --profile quick -p pairmeter
	@infra/bench/reports

bench-start: tools ## How fast the six functions start, and their size, against a bare hello-world of the same runtime
	cargo build --locked --release $(FUNCTIONS:%=-p %)
	cargo build --locked --release --manifest-path infra/bench/hello/Cargo.toml --target-dir target/hello
	@infra/bench/start

openapi: ## Writes infra/openapi.yaml anew, after the API has changed on purpose
	@BLESS=1 cargo test --locked -q -p tests --test it openapi

clean: ## Removes what was built and the demo's data
	rm -rf target pairmeter-data $(WEB)/dist
