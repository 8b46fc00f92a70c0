# The Dropbox Python SDK's own integration tests, unmodified, against the
# simulated Dropbox, through its CONNECT proxy and over TLS. Sourced by scripts/conformance.
dropbox_sdk_tests() { # dropbox_sdk_tests TOOLS WORK
    local tools=$1 log=$2/dropbox_sdk.log
    (
        export HTTPS_PROXY=$SIM_PROXY REQUESTS_CA_BUNDLE=$SIM_CA
        export SCOPED_USER_REFRESH_TOKEN=$DROPBOX_REFRESH_TOKEN SCOPED_USER_CLIENT_ID=$DROPBOX_APP_KEY SCOPED_USER_CLIENT_SECRET=$DROPBOX_APP_SECRET
        export SCOPED_TEAM_REFRESH_TOKEN=$DROPBOX_REFRESH_TOKEN SCOPED_TEAM_CLIENT_ID=$DROPBOX_APP_KEY SCOPED_TEAM_CLIENT_SECRET=$DROPBOX_APP_SECRET
        export DROPBOX_SHARED_LINK=https://www.dropbox.com/s/shared
        cd "$tools/dropbox-12.2.4"
        "$tools/venv/bin/python" -m pytest -q -rfE -p no:cacheprovider test/integration/test_dropbox.py -k 'not Team'
    ) >"$log" 2>&1 || true
    grep -E '^(FAILED|ERROR)' "$log" || true
    tail -n 1 "$log"
    local passed
    passed=$(grep -oE '[0-9]+ passed' "$log" | tail -n 1 | grep -oE '[0-9]+' || echo 0)
    if ((passed < 25)); then
        echo "Dropbox SDK: only $passed of its tests pass" >&2
        cat "$log" >&2
        return 1
    fi
}
