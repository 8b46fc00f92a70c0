-- Whose data is archived since when and up to when. Columns are text and bigint
-- only.

-- What a Backup had of a person and type on a day (UTC), counted with
-- counted_day and exactly as old as that.
create table covered_day (
    account_id text not null,
    backup_id text not null,
    day_ms bigint not null,
    extension_id text not null, -- empty: of nobody in particular
    data_type text not null,
    archived bigint not null,
    pending bigint not null,
    missing bigint not null,
    excluded bigint not null,
    files bigint not null,
    bytes bigint not null,
    first_ms bigint, -- own times of what is archived
    last_ms bigint,
    primary key (account_id, backup_id, day_ms, extension_id, data_type),
    foreign key (account_id, backup_id) references backup (account_id, id)
);
-- One person's year.
create index covered_day_person on covered_day
    (account_id, backup_id, extension_id, day_ms);
-- Days that were counted without their people are counted anew.
update counted_day set version = 0;

-- What the provider does not let a Backup see.
create table hidden_lane (
    account_id text not null,
    backup_id text not null,
    lane text not null,
    since_ms bigint not null,
    cause text not null,
    primary key (account_id, backup_id, lane),
    foreign key (account_id, backup_id) references backup (account_id, id)
);
