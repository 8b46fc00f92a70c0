-- Evidence in the destination: which manifest tells of an Entry's present
-- state (0: none yet, -1: one of another installation), the chain of manifests,
-- and every file that was put into the evidence folder.

alter table entry add column manifest bigint not null default 0;
create index entry_untold on entry (account_id, destination_id, item_key)
    where manifest = 0 and state in ('archived', 'missing');

create table manifest (
    account_id text not null,
    destination_id text not null,
    seq bigint not null, -- 0: what the first one follows
    sha256 text not null,
    made_ms bigint not null,
    anchor bigint not null,
    audit text, -- the audit log's head that it carries
    follows text, -- of 0: the other chain's end
    body text, -- its bytes, until they are known to lie in the destination
    primary key (account_id, destination_id, seq),
    foreign key (account_id, destination_id) references destination (account_id, id)
);

create table exhibit (
    account_id text not null,
    destination_id text not null,
    path text not null,
    size bigint not null,
    sha256 text not null,
    receipt_hash text not null,
    proven_ms bigint not null, -- 0: never
    primary key (account_id, destination_id, path),
    foreign key (account_id, destination_id) references destination (account_id, id)
);
