# What scripts/planted and scripts/mutants need besides a toolchain: sets $tools.
source scripts/needs.sh
need cc build-essential
need_venv
install_needed

tools=$PWD/target/mutants/tools
# Noted only when all is there: a try that failed is made again.
parsers="tree-sitter==0.26.1 tree-sitter-rust==0.24.2"
if [[ $(cat "$tools/installed" 2>/dev/null) != "$parsers" ]]; then
    rm -rf "$tools/venv"
    python3 -m venv "$tools/venv"
    # shellcheck disable=SC2086 # two words
    "$tools/venv/bin/pip" install --quiet $parsers
    echo "$parsers" >"$tools/installed"
fi
