-- How far the portion of a walk through history is that many runs share: for
-- each lane the newest portion it was asked for, and what became of it.
create table walked (
    account_id text not null,
    backup_id text not null,
    lane text not null,
    from_ms bigint not null,
    to_ms bigint not null,
    types text not null, -- words of data types, joined by commas
    became text not null,
    primary key (account_id, backup_id, lane),
    foreign key (account_id, backup_id) references backup (account_id, id)
);
