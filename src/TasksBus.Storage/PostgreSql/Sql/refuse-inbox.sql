-- Moves rows of the inbox that cannot become tasks to the refusals, and removes refusals that are 30 days old.
-- Parameters: $1 positions, $2 codes, $3 names of the codes, $4 messages.
-- Index: the key of the inbox, refusals(refused_at). Locks: the rows.
with refused as (
    delete from {schema}.inbox where position = any($1::bigint[])
    returning position, id, function_name, data, priority, start_at, tags, reference, publisher, event_type),
old as (delete from {schema}.refusals where refused_at < now() - interval '30 days')
insert into {schema}.refusals(
    position, task_id, function_name, data, priority, start_at, tags, reference, publisher, code, name, message, event_type)
select position, left(replace(id::text, '-', ''), 24), function_name, data, priority, start_at, tags, reference, publisher,
    ($2::int[])[array_position($1::bigint[], position)], ($3::text[])[array_position($1::bigint[], position)],
    ($4::text[])[array_position($1::bigint[], position)], event_type
from refused
