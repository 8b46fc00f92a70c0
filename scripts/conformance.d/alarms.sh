# Alarms through a mail server that nobody here wrote (aiosmtpd), and metrics
# read by the Prometheus project's own parser. Sourced by scripts/conformance.
alarms_check() {
    local dir=$work/alarms port address
    mkdir -p "$dir/data"
    port=$(free_port)
    background "$dir/smtp.log" "$tools/venv/bin/python" -u -m aiosmtpd -n -l "127.0.0.1:$port" \
        -c aiosmtpd.handlers.Debugging stdout
    for _ in $(seq 100); do
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
        sleep 0.1
    done
    (
        cd "$dir"
        ARCHIVER_ALARM_MAIL_TO=ops@example.com ARCHIVER_ALARM_MAIL_FROM=archiver@example.com \
            ARCHIVER_SMTP_URL="smtp://127.0.0.1:$port" "$archiver" alarms test
    )
    await 'Subject: RingCentral Archiver: a test message' "$dir/smtp.log"
    echo "aiosmtpd: took the mail over"

    background "$dir/serve.log" env ARCHIVER_DATA_DIR="$dir/data" ARCHIVER_METRICS_LISTEN=127.0.0.1:0 \
        "$archiver" serve --listen 127.0.0.1:0
    await '^Pages: ' "$dir/serve.log"
    address=$(grep -o 'http://[^ ]*/metrics' "$dir/serve.log")
    "$tools/venv/bin/python" - "$address" <<'PY'
import sys, urllib.request
from prometheus_client.openmetrics.parser import text_string_to_metric_families
answer = urllib.request.urlopen(sys.argv[1])
assert answer.headers["content-type"].startswith("application/openmetrics-text"), answer.headers
families = {it.name: it for it in text_string_to_metric_families(answer.read().decode())}
assert families["archiver_database_up"].samples[0].value == 1, families
assert len(families["archiver_alarms"].samples) == 9, families["archiver_alarms"]
print(f"prometheus_client's parser: {len(families)} families, "
      f"{sum(len(it.samples) for it in families.values())} samples, well formed")
PY
}
