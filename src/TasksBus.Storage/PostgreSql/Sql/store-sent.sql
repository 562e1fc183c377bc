-- The part of the inserting statements that stores the tasks which they were sent, each in its place in the ready queue.
stored as (
    insert into tasks(
        number, id, function_name, pool, priority, start_at, created_at, data, tags, created_by_user_id, created_by_application_id,
        reference, publisher, depth, trace_parent{maker})
    select
        number, id, function_name, pool, priority, starts_at, now, data, tags, user_id, application_id, reference, publisher, depth,
        trace_parent{maker}
    from sent order by id {unless_known}
    returning number, id, pool, priority, start_at, created_at)
insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
select number, id, pool, priority, start_at, start_at, start_at <= created_at, 0, created_at, 0
from stored
returning id, number, start_at, changed_at
