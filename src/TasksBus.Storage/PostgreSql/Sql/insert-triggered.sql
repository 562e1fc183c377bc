-- Inserts events that were raised, and the tasks of those that could be inserted, in the same statement: both happen, or neither. A task
-- whose id is taken stays as it is.
-- Parameters: $1 to $10 as in insert-events.sql, then of each task: $11 its event's id, $12 ids, $13 function names, $14 pools, $15
-- priorities, $16 start times, or null for now, $17 data, $18 tags, $19 user ids, $20 application ids, $21 references, $22 publishers, $23
-- depths, $24 traces.
-- Index: raised_events(id), tasks(id). Locks: the new rows. It waits for an insert of the same id elsewhere.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
raised as (
{events}),
sent as materialized (
    select u.*, nextval('tasks_number_seq') as number, coalesce(u.start_at, clock.now) as starts_at, clock.now
    from clock, unnest(
        $11::uuid[], $12::uuid[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::json[], $18::jsonb[], $19::text[],
        $20::text[], $21::text[], $22::text[], $23::smallint[], $24::text[])
        as u(
            event_id, id, function_name, pool, priority, start_at, data, tags, user_id, application_id, reference, publisher, depth,
            trace_parent)
    where u.event_id = any(array(select id from raised))),
{stored}
