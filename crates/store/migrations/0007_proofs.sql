-- When an archived Entry was last found as it should be in the listing of its
-- destination, and when its bytes were last read back; 0: never. And what came
-- of each proof.

alter table entry add column proven_ms bigint not null default 0;
alter table entry add column read_ms bigint not null default 0;

-- What was not read for the longest time comes first.
create index entry_read on entry (account_id, destination_id, read_ms, item_key)
    where state = 'archived';

create table proof (
    account_id text not null,
    backup_id text not null,
    begun_ms bigint not null,
    facts text not null,
    primary key (account_id, backup_id, begun_ms),
    foreign key (account_id, backup_id) references backup (account_id, id)
);
