# Processes in the background: started, awaited, stopped. Sourced by
# scripts/conformance.
pids=()

stop_all() {
    ((${#pids[@]})) && kill "${pids[@]}" 2>/dev/null || true
    wait
}

# background LOG COMMAND…: its output goes to LOG.
background() {
    local log=$1
    shift
    : >"$log"
    "$@" >>"$log" 2>&1 &
    pids+=($!)
}

# await TEXT LOG: until the process started last has said TEXT.
await() {
    local text=$1 log=$2
    for _ in $(seq 600); do
        grep -q -- "$text" "$log" && return
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "no \"$text\" came:" >&2
    cat "$log" >&2
    return 1
}

# simulate ENV ARGS…: starts simulators and exports their settings.
simulate() {
    local settings=$1
    shift
    local last=DROPBOX_WEB_URL=
    [[ " $* " == *" --tls "* ]] && last=SIM_CA=
    background "$settings" "$archiver" simulate "$@"
    await "^$last" "$settings"
    set -a
    source "$settings"
    set +a
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
