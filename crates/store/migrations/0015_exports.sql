-- Hand-overs: what somebody asked for, its items as they were then, and where
-- each file of the ZIP lies. All of it is forgotten when it expires.

create table export (
    account_id text not null,
    id text not null,
    backup_id text not null,
    made_ms bigint not null,
    facts text not null,
    primary key (account_id, id),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

create table export_item (
    account_id text not null,
    export_id text not null,
    place text not null,
    facts text not null,
    primary key (account_id, export_id, place),
    foreign key (account_id, export_id) references export (account_id, id)
);

create table export_file (
    account_id text not null,
    export_id text not null,
    lies_at bigint not null, -- where its head begins in the ZIP
    size bigint not null,
    name text not null,
    at_ms bigint not null,
    what text not null,
    first_place text not null,
    items bigint not null,
    item_key text not null,
    sha256 text, -- of what is made: once it was
    crc bigint, -- once its bytes have passed
    primary key (account_id, export_id, lies_at),
    foreign key (account_id, export_id) references export (account_id, id)
);
