-- Inserts tasks that wait. An id that is taken fails the transaction.
-- Parameters: $1 ids, $2 function names, $3 pools, $4 priorities, $5 start times, or null for now, $6 data, $7 tags, $8 user ids, $9
-- application ids, $10 references, $11 publishers, $12 depths, $13 traces, or null, $14 the revision of the functions from which some were
-- computed, or null. If $14 is not null and not the current revision, no task is inserted.
-- Numbers are given in the order of the arrays. Rows are inserted in the order of their ids, so that two batches with the same ids wait for
-- each other instead of deadlocking.
-- Index: tasks(id). Locks: the new rows. It waits for an insert of the same id elsewhere.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
{taken}sent as materialized (
    select u.*, nextval('tasks_number_seq') as number, coalesce(u.start_at, clock.now) as starts_at, clock.now
    from clock, unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::json[], $7::jsonb[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::smallint[], $13::text[])
        as u(id, function_name, pool, priority, start_at, data, tags, user_id, application_id, reference, publisher, depth, trace_parent)
    where coalesce($14::uuid = (select revision from functions_revision where id = 1), true){only_taken}),
{stored}
