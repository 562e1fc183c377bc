-- Inserts tasks that wait. An id that is taken is left alone: the first content of an id wins.
-- $1 ids, $2 function names, $3 pools, $4 priorities, $5 start times or null: now and the interval $6, $7 data, $8 tags,
-- $9 user ids, $10 application ids, $11 ids of the tasks they retry, $12 numbers of the tasks whose retry they are: inserted only where
-- that task was retried in this transaction, $13 revisions of the functions that they were computed from, or null: inserted only while that is the revision.
-- Numbers are given in the order of the arrays; rows are inserted in the order of their ids, so that two batches with the same ids
-- wait for each other instead of deadlocking. Locks: the new rows; an insert of the same id elsewhere is waited for.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
sent as materialized (
    select u.*, nextval('tasks_number_seq') as number, coalesce(u.start_at, clock.now + u.due_after) as starts_at, clock.now
    from clock, unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::json[], $8::jsonb[],
        $9::text[], $10::text[], $11::jsonb[], $12::bigint[], $13::uuid[])
        as u(id, function_name, pool, priority, start_at, due_after, data, tags, user_id, application_id, retry_for, parent, functions)
    where (u.parent is null
            or exists (select from finished_tasks f where f.number = u.parent and f.retried_by_task_id = u.id and f.xmin = pg_current_xact_id()::xid))
        and coalesce(u.functions = (select revision from functions_revision where id = 1), true)),
stored as (
    insert into tasks(number, id, function_name, pool, priority, start_at, created_at, data, tags,
        created_by_user_id, created_by_application_id, retry_for_task_ids)
    select number, id, function_name, pool, priority, starts_at, now, data, tags, user_id, application_id, retry_for
    from sent order by id
    on conflict (id) do nothing
    returning number, id, pool, priority, start_at, created_at)
insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
select number, id, pool, priority, start_at, start_at, start_at <= created_at, 0, created_at, 0
from stored
returning id, number, start_at, changed_at
