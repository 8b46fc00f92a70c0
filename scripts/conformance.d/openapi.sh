# Every RingCentral request that our client sends and every answer of the
# simulator, checked by Prism as a validating proxy against the official
# OpenAPI description. Media and OAuth paths are left out by name: recording
# and attachment contents go to the media host directly, and OAuth's form has
# a dozen alternatives that the validator reports one by one. Sourced by
# scripts/conformance.
openapi_check() { # openapi_check TOOLS WORK
    local tools=$1 work=$2/openapi
    local spec=${ARCHIVER_RINGCENTRAL_OPENAPI:-$root/../shared/specs/ringcentral-archiver.openapi.yml}
    if [ ! -f "$spec" ]; then
        echo "skipped: $spec is not here (it is not part of this repository)"
        return 0
    fi
    mkdir -p "$work"
    simulate "$work/sim.env" --faults "$parts/plain.toml"
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    (cd "$tools" && exec node_modules/.bin/prism proxy "$spec" "$RINGCENTRAL_SERVER_URL" -p "$port") >"$work/prism.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 300); do
        grep -q 'Prism is listening' "$work/prism.log" && break
        sleep 0.1
    done
    local direct=$RINGCENTRAL_SERVER_URL from
    from=$(date -u -d '3 days ago' +%Y-%m-%dT%H:%M:%SZ)
    RINGCENTRAL_SERVER_URL=http://127.0.0.1:$port ARCHIVER_DATA_DIR=$work/data \
        "$archiver" backup --from "$from" --to now --json >"$work/report.json" ||
        { cat "$work/report.json"; return 1; }
    python3 "$parts/openapi_sweep.py" "http://127.0.0.1:$port" "$direct"
    python3 "$parts/openapi_verdict.py" "$work/prism.log"
}
