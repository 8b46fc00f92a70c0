# rclone against the simulated Dropbox, through the simulator's CONNECT proxy
# and with its CA: copies a tree up, checks it by Dropbox's hashes, copies it
# down again and compares the bytes. Sourced by scripts/conformance.
rclone_check() {
    local dir=$work/rclone rclone=$tools/venv/bin/rclone
    mkdir -p "$dir/up/Ada Lovelace/2026-06" "$dir/up/été"
    for n in $(seq 1 40); do
        head -c $((n * 7919)) /dev/urandom >"$dir/up/Ada Lovelace/2026-06/call $n.mp3"
    done
    head -c 20000000 /dev/urandom >"$dir/up/large.wav"
    : >"$dir/up/été/empty.txt"
    cat >"$dir/rclone.conf" <<CONF
[dbx]
type = dropbox
client_id = $DROPBOX_APP_KEY
client_secret = $DROPBOX_APP_SECRET
token = {"access_token":"expired","token_type":"bearer","refresh_token":"$DROPBOX_REFRESH_TOKEN","expiry":"2020-01-01T00:00:00Z"}
CONF
    (
        export HTTPS_PROXY=$SIM_PROXY SSL_CERT_FILE=$SIM_CA RCLONE_CONFIG=$dir/rclone.conf
        # In chunks, so that the large file needs an upload session of several.
        "$rclone" copy "$dir/up" dbx:Conformance --dropbox-chunk-size 4M --transfers 8 --retries 1
        "$rclone" check -v "$dir/up" dbx:Conformance 2>&1 | tee "$dir/check.log" |
            grep -oE 'Using .* for hash comparisons|[0-9]+ (differences|matching files).*'
        "$rclone" copy dbx:Conformance "$dir/down" --retries 1
    )
    grep -q ' 0 differences found' "$dir/check.log"
    diff -r "$dir/up" "$dir/down"
    echo "rclone: $(find "$dir/up" -type f | wc -l) files copied up, checked with 0 differences, copied down byte for byte"
}
