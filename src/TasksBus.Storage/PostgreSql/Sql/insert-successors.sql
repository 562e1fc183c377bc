-- Inserts the tasks that retry others, each only if the other task was retried in this transaction. An id that is taken fails the
-- transaction.
-- Parameters: $1 ids, $2 function names, $3 pools, $4 priorities, $5 start times (not used), $6 tags, $7 user ids, $8 application ids, $9
-- references, $10 publishers, $11 depths, $12 traces, $13 ids of all the tasks that they retry, $14 numbers of the tasks retried now, whose
-- input is copied, $15 how long they wait.
-- Index: the keys of finished_tasks and tasks, tasks(id). Locks: the new rows.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
stored as (
    insert into tasks(
        id, function_name, pool, priority, start_at, created_at, data, tags, created_by_user_id, created_by_application_id,
        reference, publisher, depth, trace_parent, retry_for_task_ids)
    select u.id, u.function_name, u.pool, u.priority, clock.now + u.after, clock.now,
        (select data from tasks where number = u.parent), u.tags, u.user_id, u.application_id, u.reference, u.publisher, u.depth,
        u.trace_parent, u.retry_for
    from clock, unnest(
        $1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::jsonb[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::smallint[], $12::text[], $13::jsonb[], $14::bigint[], $15::bigint[])
        as u(
            id, function_name, pool, priority, start_at, tags, user_id, application_id, reference, publisher, depth, trace_parent,
            retry_for, parent, after)
    where exists (
        select from finished_tasks f
        where f.number = u.parent and f.retried_by_task_id = u.id and f.xmin = pg_current_xact_id()::xid)
    returning number, id, pool, priority, start_at, created_at)
insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
select number, id, pool, priority, start_at, start_at, start_at <= created_at, 0, created_at, 0
from stored
returning id, number, start_at, changed_at
