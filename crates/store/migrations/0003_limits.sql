-- What processes agree on before they send. Ids only, no names. Times are the
-- database's own. `state` is what the domain's words make of it, as JSON.

-- Budgets and penalties of a provider's rate group. Empty subject and group:
-- all of the provider.
create table allowance (
    peer text not null,
    subject text not null,
    rate_group text not null,
    state text not null,
    shut_until_ms bigint not null,
    primary key (peer, subject, rate_group)
);
create index allowance_shut on allowance (shut_until_ms);

-- What one process at a time may do, and who stands in the queue for it.
create table held_right (
    name text not null primary key,
    state text not null
);
