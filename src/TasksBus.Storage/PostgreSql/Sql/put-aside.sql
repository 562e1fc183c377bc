-- Puts ready tasks aside whose function not every worker of their pool has. Reports how many.
-- Parameters: $1 pool, $2 functions, as the tasks name them, $3 how many ready tasks to look at, the most urgent first.
-- Index: waiting_tasks(pool, priority desc, start_at, number) where is_ready, and the keys of waiting_tasks and tasks.
-- Locks: the rows moved, in the order of their numbers.
with top as materialized (
    select number from waiting_tasks where pool = $1 and is_ready order by priority desc, start_at, number limit $3),
lacking as materialized (
    select top.number
    from top cross join lateral (select function_name from tasks where number = top.number offset 0) t
    where t.function_name = any($2::text[])),
moved as (
    update waiting_tasks w set pool = $1 || '/' || (select function_name from tasks t where t.number = w.number)
    where w.number = any(array(select number from lacking order by number))
    returning w.number)
select count(*) from moved
