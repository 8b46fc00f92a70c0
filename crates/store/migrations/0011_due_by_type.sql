-- What can be worked on, type by type: of one type there may be a million that
-- wait for a rate limit, and the others go on.

create index entry_due on entry (account_id, destination_id, data_type, at_ms, item_key, next_try_ms)
    where state = 'pending' and waiting = 0;
