-- Inserts the tasks of ticks whose schedule could be moved on, in the same statement: both happen, or neither. A task whose id is taken
-- stays as it is.
-- Parameters: $1 to $6 as in advance-schedules.sql, then, in the same order, of each schedule's task: $7 ids, $8 function names, $9 pools,
-- $10 priorities, $11 start times, $12 data, $13 tags, $14 user ids, $15 application ids, $16 references, $17 publishers, $18 depths, $19
-- traces.
-- Index: schedules(id), tasks(id). Locks: the rows that are moved, and the new ones.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
advanced as (
{advance}),
sent as materialized (
    select u.*, nextval('tasks_number_seq') as number, u.start_at as starts_at, clock.now
    from clock, unnest(
        $1::uuid[], $7::uuid[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::json[], $13::jsonb[], $14::text[], $15::text[],
        $16::text[], $17::text[], $18::smallint[], $19::text[])
        as u(
            schedule_id, id, function_name, pool, priority, start_at, data, tags, user_id, application_id, reference, publisher, depth,
            trace_parent)
    where u.schedule_id = any(array(select id from advanced))),
{stored}
