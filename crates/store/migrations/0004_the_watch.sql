-- What whoever watches over the server must see, and what people are told of
-- it. Columns are text and bigint only, as before.

-- When a Backup last succeeded, and since when it has no success to show: the
-- later of that and of when it was switched ON. What ran before this was known
-- counts as well.
alter table timetable add column well_ms bigint;
alter table timetable add column quiet_ms bigint not null default 0;
update timetable set well_ms = ran_ms,
    quiet_ms = case when coalesce(ran_ms, 0) > coalesce(since_ms, 0)
        then coalesce(ran_ms, 0) else coalesce(since_ms, 0) end;
create index timetable_quiet on timetable (quiet_ms) where scheduled = 1;

-- When a grant was given or last renewed, by the database's clock.
alter table vault add column kept_ms bigint not null default 0;
update vault set kept_ms = cast(unixepoch('subsec') * 1000 as bigint);
create index vault_kept on vault (kept_ms) where provider = 'source';

-- Exceptions, each in an index that holds no others: what is new, ready or
-- archived costs nothing here.
create index connection_ailing on connection (account_id, id)
    where source_trouble is not null;
create index connection_shut on connection (account_id, id)
    where destination_trouble is not null;
create index entry_reason on entry (reason, at_ms, account_id, destination_id)
    where state = 'pending' and reason <> 'new';
create index entry_stuck on entry (account_id, destination_id)
    where state = 'pending' and attempts >= 8;
create index entry_lost on entry (last_work_ms, account_id, destination_id)
    where state = 'missing';

-- Alarms that stand. account_id is empty where it is the server's own.
create table alarm (
    account_id text not null,
    kind text not null,
    about text not null,
    what text not null,
    since_ms bigint not null,
    ways text not null, -- ways in which it was to be told, joined by commas
    primary key (account_id, kind, about)
);

-- News that somebody is still to hear.
create table notice (
    id text not null primary key,
    way text not null,
    account_id text not null,
    kind text not null,
    about text not null,
    what text not null,
    news text not null,
    at_ms bigint not null,
    tries bigint not null,
    next_ms bigint not null
);
create index notice_next on notice (way, at_ms, next_ms);

-- Who watches. Times are the database's own.
create table watch (
    name text not null primary key,
    holder text not null,
    until_ms bigint not null
);
