-- The audit log: who did what and who looked at what, a chain for each company
-- and one for the server itself. Rows are only ever added.
create table audit (
    account_id text not null,
    seq bigint not null,
    at_ms bigint not null,
    actor text not null,
    action text not null,
    target text not null,
    result text not null,
    hash text not null, -- SHA-256 over the row and the hash before it
    seal text not null, -- HMAC-SHA256 of the hash; its key is a sealed setting
    primary key (account_id, seq)
);

-- Where each chain ends: who appends takes this row first.
create table audit_head (
    account_id text not null primary key,
    seq bigint not null,
    hash text not null
);
