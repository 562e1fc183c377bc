-- Removes finished tasks, each with all that belongs to it; one that was retried stays until the last of its retries has ended, for it leads to that one.
-- $1 numbers, ascending, $2 the epoch of the leader who wants it.
-- Index: the keys of the tables and of leader; tasks(id), for those that were retried. Locks: the rows, which nothing changes any more.
with gone as (
    delete from finished_tasks f where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint)
        and (f.retried_by_task_id is null or (
            with recursive retries(id) as (
                select f.retried_by_task_id
                union all
                select r.retried_by_task_id
                from retries join tasks t on t.id = retries.id join finished_tasks r on r.number = t.number
                where r.retried_by_task_id is not null)
            select true
            from retries join tasks t on t.id = retries.id
            where not exists (select from finished_tasks r where r.number = t.number)
            limit 1) is null)
    returning number),
logs as (
    delete from task_logs where number = any(array(select number from gone)))
delete from tasks where number = any(array(select number from gone))
