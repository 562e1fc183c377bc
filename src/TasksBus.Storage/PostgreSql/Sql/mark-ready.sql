-- Marks due tasks of a pool as ready, the most urgent first.
-- Parameters: $1 the pool, $2 how many at most.
-- Index: waiting_tasks(pool, due_at) where not is_ready, and its key. The update does not check again that a row is not ready. With that
-- check the planner could use the index of rows that are not ready to find rows by their numbers, and with statistics from before a burst
-- it would compare each due row with all the numbers. Marking a row twice does no harm.
-- Locks: the rows marked, in the order of their numbers as everywhere, so that transitions are waited for instead of deadlocking.
with due as materialized (
    select number, priority, start_at
    from waiting_tasks
    where pool = $1 and not is_ready and due_at <= (extract(epoch from now()) * 1000000)::bigint
    order by priority desc, start_at, number
    limit $2),
marked as (update waiting_tasks set is_ready = true where number = any(array(select number from due order by number)))
select count(*) over (), priority, start_at, number
from due
order by priority, start_at desc, number desc
limit 1
