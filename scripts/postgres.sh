# A PostgreSQL of our own, for tests and figures: nothing of it outlives the
# script. Sourced by scripts/test and scripts/workers.

# Starts it; `postgres_url` is then its address without a database.
start_postgres() {
    postgres_work=$(mktemp -d)
    postgres_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    as_postgres=()
    if ((EUID == 0)); then
        as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)
        chown postgres "$postgres_work"
    fi
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    trap stop_postgres EXIT
    "${as_postgres[@]}" "$postgres_bin/initdb" -D "$postgres_work/pg" -U archiver --auth=trust -E UTF8 --no-locale >/dev/null
    "${as_postgres[@]}" "$postgres_bin/pg_ctl" -D "$postgres_work/pg" -w -l "$postgres_work/pg.log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=300" start >/dev/null
    postgres_url="postgres://archiver@127.0.0.1:$port"
}

stop_postgres() {
    "${as_postgres[@]}" "$postgres_bin/pg_ctl" -D "$postgres_work/pg" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$postgres_work"
}
