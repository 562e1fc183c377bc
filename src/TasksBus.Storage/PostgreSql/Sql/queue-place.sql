-- Finds where the waiting task $1 stands in the queue of its pool. The count of those ahead stops at $2.
-- Columns: the pool, when the task is due, whether it is, how many ready tasks are ahead of it, how often its function did not run, and why
-- the last time: the error's name and message.
-- Index: waiting_tasks(id), and (pool, priority desc, start_at, number) where is_ready, of which it reads two ranges. No locks.
with task as materialized (
    select w.* from tasks t cross join lateral (select * from waiting_tasks where number = t.number offset 0) w where t.id = $1)
select task.pool, task.due_at, task.due_at <= (extract(epoch from now()) * 1000000)::bigint, ahead.count, task.not_run_count,
    task.not_run_name, task.not_run_message
from task cross join lateral (
    select least(count(*), $2)::int as count from (
        (select from waiting_tasks w
            where w.pool = task.pool and w.is_ready and w.priority > task.priority
            order by w.priority desc, w.start_at, w.number limit $2)
        union all
        (select from waiting_tasks w
            where w.pool = task.pool and w.is_ready and w.priority = task.priority and (w.start_at, w.number) < (task.start_at, task.number)
            order by w.start_at, w.number limit $2)) counted) ahead
