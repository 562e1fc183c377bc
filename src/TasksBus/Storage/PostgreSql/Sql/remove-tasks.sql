-- Removes finished tasks, each with all that belongs to it. $1 numbers, ascending, $2 the epoch of the leader who wants it.
-- Index: the keys of the tables and of leader. Locks: the rows, which nothing changes any more.
with gone as (
    delete from finished_tasks where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint)
    returning number),
logs as (
    delete from task_logs where number = any(array(select number from gone)))
delete from tasks where number = any(array(select number from gone))
