-- The books, on SQLite and on PostgreSQL alike. Columns are text and bigint
-- only: ids are text, instants are milliseconds since 1970, yes and no are 1
-- and 0. Every table begins with the tenant, and every reference carries it.

create table account (
    id text not null primary key,
    name text not null,
    time_zone text,
    first_seen_ms bigint not null,
    last_seen_ms bigint not null
);

create table extension (
    account_id text not null references account (id),
    id text not null,
    number text,
    name text,
    kind text not null,
    status text not null,
    time_zone text,
    first_seen_ms bigint not null,
    last_seen_ms bigint not null,
    gone_ms bigint,
    primary key (account_id, id)
);

-- One place in the world has one owner: the id alone is the key.
create table destination (
    id text not null primary key,
    account_id text not null references account (id),
    label text not null,
    naming text not null,
    unique (account_id, id)
);

create table connection (
    account_id text not null,
    id text not null,
    viewer text not null,
    destination_id text not null,
    headless bigint not null,
    first_seen_ms bigint not null,
    changed_ms bigint not null,
    primary key (account_id, id),
    foreign key (account_id, destination_id) references destination (account_id, id)
);

create table backup (
    account_id text not null,
    id text not null,
    connection_id text not null,
    destination_id text not null,
    extension_id text, -- null: the whole company
    types text not null, -- words of data types, joined by commas
    enabled bigint not null,
    first_seen_ms bigint not null,
    changed_ms bigint not null,
    primary key (account_id, id),
    foreign key (account_id, connection_id) references connection (account_id, id),
    foreign key (account_id, destination_id) references destination (account_id, id)
);

create table folder (
    account_id text not null,
    destination_id text not null,
    extension_id text not null, -- empty: of nobody in particular
    name text not null,
    primary key (account_id, destination_id, extension_id),
    foreign key (account_id, destination_id) references destination (account_id, id)
);

-- What was seen at the source, once per company.
create table item (
    account_id text not null references account (id),
    item_key text not null,
    extension_id text,
    at_ms bigint not null, -- fixed when first seen: the LOG row it belongs to
    facts text not null,
    bytes_from text not null,
    expected text not null,
    size bigint,
    first_seen_ms bigint not null,
    last_seen_ms bigint not null, -- exact to a day
    primary key (account_id, item_key)
);

create table call (
    account_id text not null references account (id),
    id text not null,
    extension_id text,
    at_ms bigint not null,
    facts text not null,
    result text not null,
    recordings bigint not null,
    unfinished bigint not null,
    first_seen_ms bigint not null,
    last_seen_ms bigint not null,
    primary key (account_id, id)
);

-- One item at one destination: the truth about what is archived. data_type,
-- unit and at_ms repeat what the item says, so that counting needs no join.
create table entry (
    account_id text not null,
    destination_id text not null,
    item_key text not null,
    data_type text not null,
    unit text not null,
    at_ms bigint not null,
    stem text not null,
    state text not null,
    reason text, -- of what is pending
    cause text not null,
    waiting bigint not null, -- 1: its next try lies ahead
    next_try_ms bigint, -- pending and null: waits to be sighted as ready
    attempts bigint not null,
    path text,
    size bigint,
    sha256 text,
    receipt_size bigint,
    receipt_hash text,
    revision text,
    first_seen_ms bigint not null,
    first_work_ms bigint,
    last_work_ms bigint,
    primary key (account_id, destination_id, item_key),
    foreign key (account_id, destination_id) references destination (account_id, id),
    foreign key (account_id, item_key) references item (account_id, item_key)
);

-- No two entries may claim one file. Also the order in which files are checked.
create unique index entry_path on entry (account_id, destination_id, path)
    where state = 'archived';
-- What can be worked on now, oldest first. Waiting entries are not in it, so
-- a million of them cost the next piece of work nothing.
create index entry_ready on entry (account_id, destination_id, at_ms, item_key, next_try_ms)
    where state = 'pending' and waiting = 0;
-- What waits, soonest first.
create index entry_waiting on entry (account_id, destination_id, next_try_ms, at_ms, item_key)
    where state = 'pending' and waiting = 1;
-- What is not archived, for reports.
create index entry_open on entry (account_id, destination_id, at_ms, item_key)
    where state <> 'archived';

-- Whose an item is. In the order of time: every count of a span begins here.
create table backup_item (
    account_id text not null,
    backup_id text not null,
    at_ms bigint not null,
    item_key text not null,
    primary key (account_id, backup_id, at_ms, item_key),
    foreign key (account_id, backup_id) references backup (account_id, id),
    foreign key (account_id, item_key) references item (account_id, item_key)
);

create table task (
    account_id text not null,
    backup_id text not null,
    from_ms bigint not null,
    to_ms bigint not null,
    listing text not null,
    primary key (account_id, backup_id, from_ms, to_ms),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

-- The right to work on a backup. Times here are the database's own.
create table run (
    account_id text not null,
    backup_id text not null,
    attempt bigint not null,
    worker text not null,
    lease_ms bigint not null,
    lease_until_ms bigint not null, -- 0: given back
    primary key (account_id, backup_id),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

create table mark (
    account_id text not null,
    backup_id text not null,
    lane text not null,
    data_type text not null,
    to_ms bigint not null,
    primary key (account_id, backup_id, lane, data_type),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

create table event (
    account_id text not null,
    backup_id text not null,
    seq bigint not null,
    at_ms bigint not null,
    belongs_ms bigint not null,
    level text not null,
    about text not null,
    what text not null,
    primary key (account_id, backup_id, seq),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

create index event_belongs on event (account_id, backup_id, belongs_ms);

-- Grants, sealed. A grant may be kept before its connection is.
create table vault (
    account_id text not null,
    connection_id text not null,
    provider text not null,
    generation bigint not null,
    key_id text not null,
    sealed text not null,
    primary key (account_id, connection_id, provider)
);
