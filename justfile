# The menu. No logic lives here.

# everything that CI runs
test:
    scripts/test

# the quick part: format, lints, tests on SQLite
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace

# the product in one command, without any account
demo:
    cargo run --release -- demo

# side by side with other programs: one table of ratios
bench *ARGS:
    scripts/bench {{ARGS}}

# what the simulators' logs say about calls and memory
figures:
    scripts/figures

# several processes on one PostgreSQL: one budget, and throughput
workers *ARGS:
    scripts/workers {{ARGS}}

# real processes, killed and stopped; takes more than an hour without --short
rig *ARGS:
    scripts/rig {{ARGS}}

# every parser of outside bytes, a million hostile inputs each
fuzz *ARGS:
    scripts/fuzz {{ARGS}}

# licences and sources of what is linked in, and its list (SBOM)
dependencies:
    scripts/dependencies --sbom target/archiver.cdx.json

# software that nobody here wrote, against the simulators
conformance:
    scripts/conformance
