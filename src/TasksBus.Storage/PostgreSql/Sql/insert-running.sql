-- Inserts tasks that run at once, outside the ready queue. An id that is taken is left alone.
-- Parameters: $1 to $13 as in insert.sql, without start times; $14 claims, $15 workers, $16 time limits, $17 the revision of the functions
-- from which some were computed, or null. If $17 is not null and not the current revision, no task is inserted.
-- Locks: the new rows, and the workers' counts of claims. It waits for an insert of the same id elsewhere.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
sent as materialized (
    select u.*, clock.now
    from clock, unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::json[], $7::jsonb[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::smallint[], $13::text[])
        as u(id, function_name, pool, priority, start_at, data, tags, user_id, application_id, reference, publisher, depth, trace_parent)
    where coalesce($17::uuid = (select revision from functions_revision where id = 1), true)),
stored as (
    insert into tasks(
        id, function_name, pool, priority, start_at, created_at, data, tags, created_by_user_id, created_by_application_id, reference,
        publisher, depth, trace_parent)
    select id, function_name, pool, priority, now, now, data, tags, user_id, application_id, reference, publisher, depth, trace_parent
    from sent order by id
    on conflict (id) do nothing
    returning number, id, created_at),
put as (
    insert into running_tasks(number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_count)
    select number, id, 0, created_at, ($14::uuid[])[i], ($15::uuid[])[i], created_at + ($16::bigint[])[i], 0
    from (select number, id, created_at, array_position($1::uuid[], id) as i from stored offset 0) placed
    returning number, id, changed_at, worker_id),
counted as (
    update worker_counts c set count = c.count + n.count
    from (select worker_id, count(*) as count from put group by worker_id) n
    where c.worker_id = n.worker_id and not c.is_ended)
select id, number, changed_at, changed_at from put
