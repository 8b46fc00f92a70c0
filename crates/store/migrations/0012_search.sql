-- Finding: where each item stands in the order of time, whose it is as the
-- index spells it, and the questions people keep. The words themselves are in
-- the index of the database in use: 0012_sqlite.sql, 0012_postgres.sql. All of
-- it is made from item and backup_item and can be made again.

create table search (
    id bigint not null primary key, -- its place: see domain::search::Place
    account_id text not null,
    item_key text not null,
    seconds bigint not null, -- -1: it has no length
    backups text not null, -- their marks, with blanks between
    unique (account_id, item_key),
    foreign key (account_id, item_key) references item (account_id, item_key)
);

create table saved_filter (
    account_id text not null references account (id),
    extension_id text not null,
    name text not null,
    query text not null,
    primary key (account_id, extension_id, name)
);
