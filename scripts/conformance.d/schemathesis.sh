# Our own JSON interface, asked by Schemathesis (PyPI) whatever its description
# allows and forbids: no answer that the description does not have, no 5xx, no
# way in without a token. Sourced by scripts/conformance.
#
# One of its checks is left out: a span that begins after its end fits the
# description and is refused all the same (400), which no schema can say.
schemathesis_check() {
    local dir=$work/schemathesis address token
    mkdir -p "$dir/data"
    simulate "$dir/sim.env" --faults "$parts/consent.toml"
    background "$dir/serve.log" env ARCHIVER_DATA_DIR="$dir/data" "$archiver" serve --listen 127.0.0.1:0
    await '^Pages: ' "$dir/serve.log"
    address=$(grep -o 'Pages: [^ ]*' "$dir/serve.log" | cut -d' ' -f2)
    token=$(python3 "$parts/api_token.py" "$address")
    (
        cd "$dir"
        "$tools/venv/bin/schemathesis" run "${address}api/v1/openapi.json" --header "Authorization: Bearer $token" \
            --exclude-checks positive_data_acceptance --max-examples 60 --seed 7 --no-color >run.log
    ) || {
        cat "$dir/run.log"
        return 1
    }
    # One of its runs that nobody let in would prove nothing.
    if grep -q 'Authentication failed' "$dir/run.log"; then
        cat "$dir/run.log"
        return 1
    fi
    echo "Schemathesis: $(grep -A1 '^Test cases:' "$dir/run.log" | tail -n 1 | xargs)"
}
