# Installs the software of others under $tools, once for each set of versions.
# Sourced by scripts/conformance.
install_tools() {
    local versions
    versions=$(cat "$parts/requirements.txt" "$parts/package-lock.json" | sha256sum)
    if [ "$(cat "$tools/installed" 2>/dev/null)" = "$versions" ]; then
        return
    fi
    rm -rf "$tools"
    mkdir -p "$tools"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" -q install -r "$parts/requirements.txt"
    local sdk
    sdk=$(grep '^dropbox==' "$parts/requirements.txt")
    "$tools/venv/bin/pip" -q download --no-deps --no-binary dropbox -d "$tools" "$sdk"
    mkdir "$tools/dropbox-sdk"
    tar -xzf "$tools/${sdk/==/-}.tar.gz" --strip-components=1 -C "$tools/dropbox-sdk"
    cp "$parts/package.json" "$parts/package-lock.json" "$tools/"
    (cd "$tools" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null)
    echo "$versions" >"$tools/installed"
}
