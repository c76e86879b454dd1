# The words that the README, CI and people use.

.DEFAULT_GOAL := help
.PHONY: help run test lint build bench openapi clean

help: ## What there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.95 or newer from https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { echo "a C compiler is missing: apt-get install build-essential"; exit 1; }

run: tools ## Pairmeter with a sandbox in place of GitHub, 90 days of data, one link
	@cargo build --locked -p pairmeter
	@target/debug/pairmeter serve --demo --data pairmeter-data

test: lint ## Everything that CI runs
	cargo build --locked -p pairmeter
	cargo test --locked --workspace --no-fail-fast

lint: tools ## Format and clippy, as CI wants them
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || { echo "rustfmt or clippy is missing: rustup component add rustfmt clippy"; exit 1; }
	cargo fmt --all --check
	cargo clippy --locked -p shared -- -D warnings
	cargo clippy --locked --workspace --all-targets -- -D warnings

build: tools ## The optimised binary, target/release/pairmeter
	cargo build --locked --release -p pairmeter

bench: tools ## Ingest speed and memory: 2,000 people x 28 days from the sandbox over loopback
	cargo build --locked --profile quick -p pairmeter
	@infra/bench/ingest target/quick/pairmeter

openapi: ## Writes infra/openapi.yaml anew, after the API has changed on purpose
	@BLESS=1 cargo test --locked -q -p tests --test it openapi

clean: ## Removes what was built and the demo's data
	rm -rf target pairmeter-data
