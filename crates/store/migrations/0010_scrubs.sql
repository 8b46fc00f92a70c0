-- How far the care for each archive is, and what the provider listed of each
-- day.

create table scrub (
    account_id text not null,
    backup_id text not null,
    holder text not null,
    lease_until_ms bigint not null,
    lease_ms bigint not null,
    facts text not null,
    primary key (account_id, backup_id),
    foreign key (account_id, backup_id) references backup (account_id, id)
);

-- When the next turn is: beside the Backup's other turn, which is kept for those
-- that are ON and connected by people.
alter table timetable add column scrub_ms bigint not null default 0;
create index timetable_scrub on timetable (scrub_ms, account_id, backup_id) where scheduled = 1;

create table census (
    account_id text not null,
    backup_id text not null,
    day_ms bigint not null,
    at_ms bigint not null,
    listed text not null,
    primary key (account_id, backup_id, day_ms),
    foreign key (account_id, backup_id) references backup (account_id, id)
);
