-- What people see of a Backup as a whole. Columns are text and bigint only.

-- Days of a destination (UTC) on which an Entry changed: the version rises with
-- each change.
create table ledger_day (
    account_id text not null,
    destination_id text not null,
    day_ms bigint not null,
    version bigint not null,
    primary key (account_id, destination_id, day_ms),
    foreign key (account_id, destination_id) references destination (account_id, id)
);
insert into ledger_day (account_id, destination_id, day_ms, version)
    select distinct e.account_id, e.destination_id,
        e.at_ms - ((e.at_ms % 86400000 + 86400000) % 86400000), 1
    from entry e;

-- What a Backup had on such a day when it was last counted, and at which
-- version of the day.
create table counted_day (
    account_id text not null,
    backup_id text not null,
    day_ms bigint not null,
    version bigint not null,
    counts text not null,
    primary key (account_id, backup_id, day_ms),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

-- How a Backup's run comes along, as it writes it down now and then.
create table headway (
    account_id text not null,
    backup_id text not null,
    attempt bigint not null,
    began_ms bigint not null,
    written_ms bigint not null, -- the database's own time
    listing_from_ms bigint,
    listing_to_ms bigint,
    portions bigint not null,
    portions_done bigint not null,
    found bigint not null,
    archived bigint not null,
    bytes bigint not null,
    failed bigint not null,
    missing bigint not null,
    trail text not null, -- [when, files, bytes] of the last minutes
    primary key (account_id, backup_id),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

-- Since when its history rests; null: it does not.
alter table timetable add column rests_ms bigint;

-- How long the provider keeps data, as it told.
create table retention (
    account_id text not null primary key references account (id),
    told_ms bigint not null,
    days text not null -- a data type's word to days
);
