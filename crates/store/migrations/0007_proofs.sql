-- When an archived Entry was last found as it should be in the listing of its
-- destination; 0: never. And what came of each proof.

alter table entry add column proven_ms bigint not null default 0;

create table proof (
    account_id text not null,
    backup_id text not null,
    begun_ms bigint not null,
    facts text not null,
    primary key (account_id, backup_id, begun_ms),
    foreign key (account_id, backup_id) references backup (account_id, id)
);
