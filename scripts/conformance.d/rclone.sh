# rclone against the simulated Dropbox, through the simulator's CONNECT proxy
# and with its CA: copies a tree up, checks it by Dropbox's hashes, copies it
# down again and compares the bytes. Sourced by scripts/conformance.
rclone_check() { # rclone_check WORK VENV
    local work=$1/rclone rclone=$2/bin/rclone
    mkdir -p "$work/up/Ada Lovelace/2026-06" "$work/up/été"
    for n in $(seq 1 40); do
        head -c $((n * 7919)) /dev/urandom >"$work/up/Ada Lovelace/2026-06/call $n.mp3"
    done
    head -c 20000000 /dev/urandom >"$work/up/large.wav"
    : >"$work/up/été/empty.txt"
    cat >"$work/rclone.conf" <<CONF
[dbx]
type = dropbox
client_id = $DROPBOX_APP_KEY
client_secret = $DROPBOX_APP_SECRET
token = {"access_token":"expired","token_type":"bearer","refresh_token":"$DROPBOX_REFRESH_TOKEN","expiry":"2020-01-01T00:00:00Z"}
CONF
    (
        unset CURL_CA_BUNDLE REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS
        export HTTPS_PROXY=$SIM_PROXY SSL_CERT_FILE=$SIM_CA RCLONE_CONFIG=$work/rclone.conf
        "$rclone" copy "$work/up" dbx:Conformance --transfers 8 --retries 1 --low-level-retries 3
        "$rclone" check "$work/up" dbx:Conformance 2>&1 | tee "$work/check.log"
        "$rclone" copy dbx:Conformance "$work/down" --retries 1
    )
    grep -q '0 differences found' "$work/check.log"
    diff -r "$work/up" "$work/down"
    echo "rclone: 42 files copied up, checked with 0 differences, copied down byte for byte"
}
