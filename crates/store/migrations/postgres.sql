-- Two words of SQLite's that our SQL uses, taught to PostgreSQL, so that one
-- text serves both. Nothing else here differs between the two.

-- A JSON object as rows of key and value, from text.
create or replace function json_each(document text)
returns table (key text, value json) language sql immutable
as $$ select * from pg_catalog.json_each(document::json) $$;

-- Seconds since 1970 by the database's clock, with fractions.
create or replace function unixepoch(fractions text)
returns double precision language sql volatile
as $$ select extract(epoch from clock_timestamp())::double precision $$;
