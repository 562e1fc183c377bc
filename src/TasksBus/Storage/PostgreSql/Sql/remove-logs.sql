-- Removes logs. $1 numbers, ascending, $2 the epoch of the leader who wants it.
-- Index: the keys of task_logs and leader. Locks: the rows, which nothing changes any more.
delete from task_logs where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint)
