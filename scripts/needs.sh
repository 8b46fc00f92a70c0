# What a script needs besides itself: on Debian it is installed, as root or with
# sudo; elsewhere it says what to install. Sourced by the scripts.
#
#     need cc build-essential      a command, or a file by a pattern; its packages
#     need_postgresql  need_venv   those that no command shows
#     install_needed               what was missing, or an error
#     need_node                    afterwards: Node 20, which Debian 12 does not have
missing=()

command -v cargo >/dev/null || {
    echo "A Rust toolchain is missing. Install one from https://rustup.rs and run this again." >&2
    exit 1
}

need() { # need COMMAND-OR-FILE PACKAGE...
    local probe=$1
    shift
    { command -v "$probe" >/dev/null || compgen -G "$probe" >/dev/null; } || missing+=("$@")
}

need_postgresql() {
    need '/usr/lib/postgresql/*/bin/initdb' postgresql
}

need_venv() {
    need python3 python3
    python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
}

install_needed() {
    ((${#missing[@]})) || return 0
    if ! command -v apt-get >/dev/null; then
        echo "Please install: ${missing[*]} (these are Debian's names)." >&2
        exit 1
    fi
    local sudo=()
    ((EUID == 0)) || sudo=(sudo)
    printf '\n== installing %s\n' "${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    missing=()
}

need_node() {
    local version
    version=$(node --version)
    version=${version#v}
    if ((${version%%.*} < 20)); then
        echo "Node 20 or newer is needed, and this is Node $version (Debian 12 has 18). Take Debian 13, or" >&2
        echo "install Node from https://nodejs.org so that \`node\` and \`npm\` are found first, and run this again." >&2
        exit 1
    fi
}
