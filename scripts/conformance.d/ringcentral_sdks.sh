# RingCentral's own SDKs against the simulator: sign in by JWT, refresh, page
# the call log to its end, download recordings, sign out. Sourced by
# scripts/conformance.
ringcentral_sdks() {
    python3 - "$RINGCENTRAL_SERVER_URL/__sim/truth" >"$work/truth.json" <<'PY'
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())
PY
    # In this order: the Python SDK does not wait when it is told to.
    "$tools/venv/bin/python" "$parts/ringcentral_sdk.py" "$work/truth.json"
    node "$parts/ringcentral_sdk.mjs" "$tools" "$work/truth.json"
}
