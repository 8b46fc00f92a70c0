# What scripts/planted and scripts/mutants need besides a toolchain: sets $tools.
command -v cargo >/dev/null || {
    echo "A Rust toolchain is missing. Install one from https://rustup.rs and run this again." >&2
    exit 1
}
python3 -c 'import venv, ensurepip' 2>/dev/null || {
    sudo=()
    ((EUID == 0)) || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
}
tools=$PWD/target/mutants/tools
[[ -x $tools/venv/bin/python ]] || {
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet tree-sitter==0.26.1 tree-sitter-rust==0.24.2
}
