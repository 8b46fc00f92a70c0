# Every RingCentral request that our client sends and every answer of the
# simulator, checked against the official OpenAPI description by Prism as a
# validating proxy. Sourced by scripts/conformance.
#
# Two Prisms stand in a row. The first has the description as it is. The second
# has it closed (openapi_closed.mjs): a field that the description does not
# name is a violation there, too.
#
# The contents of recordings and attachments are left out by name: the client
# asks the media host for them, at addresses from the answers, past any proxy.
openapi_check() {
    local dir=$work/openapi
    local spec=${ARCHIVER_RINGCENTRAL_OPENAPI:-$root/../shared/specs/ringcentral-archiver.openapi.yml}
    if [ ! -f "$spec" ]; then
        echo "skipped: $spec is not here (it is not part of this repository)"
        return 0
    fi
    mkdir -p "$dir"
    node "$parts/openapi_closed.mjs" "$tools" "$spec" "$dir/closed.json"
    simulate "$dir/sim.env" --faults "$parts/openapi.toml"
    local direct=$RINGCENTRAL_SERVER_URL
    prism "$dir/closed.json" "$RINGCENTRAL_SERVER_URL" "$dir/closed.log"
    prism "$spec" "$RINGCENTRAL_SERVER_URL" "$dir/official.log"
    ours "$dir"
    python3 "$parts/openapi_sweep.py"
    python3 "$parts/openapi_verdict.py" "$dir" "$direct"
}

# prism SPEC UPSTREAM LOG: puts a validating proxy before UPSTREAM and makes it
# RingCentral's address.
prism() {
    local port
    port=$(free_port)
    background "$3" "$tools/node_modules/.bin/prism" proxy "$1" "$2" -p "$port"
    await 'Prism is listening' "$3"
    export RINGCENTRAL_SERVER_URL=http://127.0.0.1:$port
}

# What our client asks for: all types of everybody for a day, listed and
# fetched; the administrator's own; the whole history, only listed.
ours() { # ours DIR
    local -x ARCHIVER_DATA_DIR=$1/data
    local recent history
    recent=$(date -u -d '1 day ago' +%Y-%m-%dT%H:%M:%SZ)
    history=$(date -u -d '8 days ago' +%Y-%m-%dT%H:%M:%SZ)
    archive "$1/account.json" --from "$recent" --to now
    archive "$1/own.json" --from "$recent" --to now --scope extension
    archive "$1/preview.json" --from "$history" --to now --dry-run
}

# archive REPORT ARGS…: what is not ready yet may stay pending.
archive() {
    local report=$1 status=0
    shift
    "$archiver" backup "$@" --json >"$report" || status=$?
    if ((status != 0 && status != 3)); then
        cat "$report"
        return 1
    fi
}
