-- Removes finished tasks, each with everything that belongs to it.
-- Parameters: $1 numbers, ascending, $2 the epoch of the leader that asks for it.
-- If a schedule's ticks must not overlap, and its last task is removed and was retried, the schedule gets the last of the retries instead.
-- The schedule's version rises, so a tick that was computed before is computed again.
-- Index: the keys of the tables and of leader; for tasks that were retried tasks(id) and schedules(last_task_id). Locks: the rows, which
-- nothing changes any more, and the schedules.
with gone as (
    delete from finished_tasks where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint)
    returning number, retried_by_task_id),
handed as (
    update schedules s
    set version = s.version + 1, last_task_id = (
        with recursive retries(id, step) as (
            select g.retried_by_task_id, 1
            union all
            select r.retried_by_task_id, step + 1
            from retries join tasks t on t.id = retries.id join finished_tasks r on r.number = t.number
            where r.retried_by_task_id is not null)
        select id from retries order by step desc limit 1)
    from gone g cross join lateral (select id from tasks where number = g.number offset 0) t
    where g.retried_by_task_id is not null and s.overlap = 'skip' and s.last_task_id = t.id),
logs as (
    delete from task_logs where number = any(array(select number from gone)))
delete from tasks where number = any(array(select number from gone))
