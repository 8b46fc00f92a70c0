-- What pages and workers remember: whose turn it is, who is looking, and what
-- belongs to the server itself. Columns are text and bigint only, as before.

alter table connection add column connected bigint not null default 1;
alter table connection add column source_trouble text;
alter table connection add column destination_trouble text;

-- The length of its longest row: how far before an instant a row that holds
-- it may begin.
alter table backup add column longest_ms bigint not null default 0;
update backup set longest_ms = (select coalesce(max(t.to_ms - t.from_ms), 0) from task t
    where t.account_id = backup.account_id and t.backup_id = backup.id);
create index backup_connection on backup (account_id, connection_id);

-- The queue of companies. turn_ms: the later of when the first of its Backups
-- falls due and when the company was last served; null: nothing to wait for.
alter table account add column turn_ms bigint;
alter table account add column served_ms bigint not null default 0;
alter table account add column served bigint not null default 0; -- after how many others
create index account_turn on account (turn_ms, served) where turn_ms is not null;
create index account_served on account (served);

-- A Backup's clock. One for each Backup.
create table timetable (
    account_id text not null,
    backup_id text not null,
    since_ms bigint,
    rows_ms bigint,
    hourly_ms bigint,
    daily_ms bigint,
    weekly_ms bigint,
    history_from_ms bigint,
    history_to_ms bigint,
    patchy bigint not null default 0,
    floor_ms bigint,
    due_ms bigint,
    ran_ms bigint,
    scheduled bigint not null, -- 1: enabled, connected and not head-less
    hurried bigint not null,
    turn_ms bigint not null, -- stays in the past until a Run has ended
    primary key (account_id, backup_id),
    foreign key (account_id, backup_id) references backup (account_id, id)
);
create index timetable_turn on timetable (account_id, turn_ms, backup_id) where scheduled = 1;
create index run_lease on run (account_id, lease_until_ms) where lease_until_ms > 0;

insert into timetable (account_id, backup_id, scheduled, hurried, turn_ms)
    select b.account_id, b.id,
        case when b.enabled = 1 and c.headless = 0 then 1 else 0 end, 0, 0
    from backup b
    join connection c on c.account_id = b.account_id and c.id = b.connection_id;
update account set turn_ms = 0 where exists (select 1 from timetable t
    where t.account_id = account.id and t.scheduled = 1);

-- Rows that are not simply listed: few, however long the log is. With all that
-- is asked for in it, or SQLite would rather filter the whole log.
create index task_open on task (account_id, backup_id, from_ms, to_ms, listing)
    where listing <> 'done';

-- One browser. Found only by the hash of what it holds.
create table session (
    key text not null primary key,
    body text not null,
    begun_ms bigint not null,
    seen_ms bigint not null
);
create index session_begun on session (begun_ms);
create index session_seen on session (seen_ms);

-- Trips to a consent page, each given once. The verifier is sealed.
create table trip (
    state_hash text not null primary key,
    session_key text not null,
    errand text not null,
    key_id text not null,
    verifier text not null,
    redirect_uri text not null,
    begun_ms bigint not null
);
create index trip_session on trip (session_key);
create index trip_begun on trip (begun_ms);

create table api_token (
    id text not null primary key,
    hash text not null unique,
    account_id text not null,
    extension_id text not null,
    name text not null,
    admin bigint not null,
    may_change bigint not null,
    made_ms bigint not null,
    ends_ms bigint not null,
    used_ms bigint
);
create index api_token_whose on api_token (account_id, extension_id, made_ms);

-- The server's own settings, sealed.
create table setting (
    name text not null primary key,
    generation bigint not null,
    key_id text not null,
    sealed text not null
);

-- The companies the server belongs to.
create table owner (
    account_id text not null primary key,
    since_ms bigint not null
);

-- The right to renew a grant, across processes. Times are the database's own.
create table renewal (
    account_id text not null,
    connection_id text not null,
    provider text not null,
    holder text not null,
    until_ms bigint not null,
    primary key (account_id, connection_id, provider)
);
