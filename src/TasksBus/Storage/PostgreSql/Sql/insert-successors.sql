-- Inserts the tasks that retry others, each only where that one was retried in this transaction; an id that is taken fails the transaction.
-- $1 to $9 as in insert.sql, without start times; $10 ids of all the tasks that they retry, $11 numbers of those retried now, $12 how long they wait. Index: the key of finished_tasks, tasks(id). Locks: the new rows.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
stored as (
    insert into tasks(id, function_name, pool, priority, start_at, created_at, data, tags, created_by_user_id, created_by_application_id, retry_for_task_ids)
    select u.id, u.function_name, u.pool, u.priority, clock.now + u.after, clock.now, u.data, u.tags, u.user_id, u.application_id, u.retry_for
    from clock, unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::json[], $7::jsonb[], $8::text[], $9::text[], $10::jsonb[], $11::bigint[], $12::bigint[])
        as u(id, function_name, pool, priority, start_at, data, tags, user_id, application_id, retry_for, parent, after)
    where exists (select from finished_tasks f where f.number = u.parent and f.retried_by_task_id = u.id and f.xmin = pg_current_xact_id()::xid)
    returning number, id, pool, priority, start_at, created_at)
insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
select number, id, pool, priority, start_at, start_at, start_at <= created_at, 0, created_at, 0
from stored
returning id, number, start_at, changed_at
