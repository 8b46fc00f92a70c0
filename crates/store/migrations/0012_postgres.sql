-- The index of words. Without the list of pending entries, which every search
-- would have to read through.

alter table search add column words tsvector not null;
create index search_words on search using gin (words) with (fastupdate = off);
