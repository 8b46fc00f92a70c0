# The Dropbox Python SDK's own integration tests, unmodified, against the
# simulated Dropbox, through its CONNECT proxy and over TLS. The tests of team
# apps are left out. Sourced by scripts/conformance.
#
# Two tests want a connection to fail because they pin expired certificates.
# requests lets REQUESTS_CA_BUNDLE win over a session's own certificates, so
# they cannot fail while that variable makes the simulators' CA trusted. They
# are run again without it.
dropbox_sdk_tests() {
    local log=$work/dropbox_sdk.log pins=$work/dropbox_sdk_pins.log
    REQUESTS_CA_BUNDLE=$SIM_CA dropbox_sdk_run 'not Team' >"$log" || true
    grep -oE '^(PASSED|FAILED|ERROR) .*::test_\w+' "$log" | sed 's/ .*::/ /' | sort -r | uniq -c
    tail -n 1 "$log"
    if ! grep -q '^PASSED ' "$log" || grep -E '^(FAILED|ERROR) ' "$log" | grep -qvE '::test_bad_pins(_session)?( |$)'; then
        cat "$log" >&2
        return 1
    fi
    echo "the pins of test_bad_pins* lose against REQUESTS_CA_BUNDLE, which makes our CA trusted; without it:"
    dropbox_sdk_run bad_pins >"$pins" || {
        cat "$pins" >&2
        return 1
    }
    tail -n 1 "$pins"
}

dropbox_sdk_run() { # dropbox_sdk_run WHICH
    (
        cd "$tools/dropbox-sdk"
        export HTTPS_PROXY=$SIM_PROXY DROPBOX_SHARED_LINK=https://www.dropbox.com/s/shared
        export SCOPED_USER_REFRESH_TOKEN=$DROPBOX_REFRESH_TOKEN
        export SCOPED_USER_CLIENT_ID=$DROPBOX_APP_KEY
        export SCOPED_USER_CLIENT_SECRET=$DROPBOX_APP_SECRET
        "$tools/venv/bin/python" -m pytest -q -rpfE -p no:cacheprovider \
            test/integration/test_dropbox.py -k "$1" 2>&1
    )
}
