"""Makes a long history out of a short one, for scripts/bench: copies the
archived items of the database's one Backup until there are COUNT more, spread
over the year before SPARE hours ago, and gives the LOG its rows.

grow.py DATABASE COUNT [SPARE]"""

import sqlite3
import sys
import time

HOUR = 3_600_000
YEAR = 8_760

database, count = sys.argv[1], int(sys.argv[2])
spare = int(sys.argv[3]) if len(sys.argv) > 3 else 30
books = sqlite3.connect(database, isolation_level=None)
books.execute("pragma synchronous = off")
books.execute("begin")


def columns(table):
    return [row[1] for row in books.execute(f"pragma table_info({table})")]


def copies(table, where, change):
    """COUNT copies of a table's rows, each changed by its number."""
    names = columns(table)
    rows = [dict(zip(names, row)) for row in books.execute(f"select * from {table} where {where}")]
    assert rows, f"{table} has nothing to copy"
    places = ", ".join("?" for _ in names)
    copied = (tuple(change(dict(rows[n % len(rows)]), n)[name] for name in names) for n in range(count))
    books.executemany(f"insert into {table} values ({places})", copied)


end = int(time.time() * 1000) // HOUR * HOUR - spare * HOUR
step = YEAR * HOUR // max(count, 1)


def at(n):
    return end - 1 - n * step


def item(row, n):
    row["item_key"] += f"-{n}"
    row["at_ms"] = at(n)
    return row


def entry(row, n):
    row["item_key"] += f"-{n}"
    row["unit"] += f"-{n}"
    row["at_ms"] = at(n)
    row["stem"] += f" {n}"
    row["path"] += f" {n}"
    row["manifest"] = 1
    return row


books.execute("create temp table few as select item_key from entry where state = 'archived' order by item_key limit 500")
among = "item_key in (select item_key from few)"
copies("item", among, item)
copies("entry", among, entry)
copies("backup_item", among, item)
# The days' sums are counted anew, as after an upgrade.
books.execute("delete from counted_day")
books.execute("delete from ledger_day")
books.execute(
    "insert into ledger_day select distinct account_id, destination_id,"
    " at_ms - ((at_ms % 86400000 + 86400000) % 86400000), 1 from entry"
)
names = columns("task")
model = dict(zip(names, books.execute("select * from task limit 1").fetchone()))
for hour in range(YEAR):
    row = {**model, "from_ms": end - (hour + 1) * HOUR, "to_ms": end - hour * HOUR}
    books.execute(
        f"insert or ignore into task values ({', '.join('?' for _ in names)})", [row[name] for name in names]
    )
books.execute("commit")
books.execute("pragma wal_checkpoint(truncate)")
items = books.execute("select count(*) from entry").fetchone()[0]
tasks = books.execute("select count(*) from task").fetchone()[0]
print(f"{items} entries, {tasks} rows of the log")
