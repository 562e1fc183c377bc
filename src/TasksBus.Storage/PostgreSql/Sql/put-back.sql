-- Puts tasks back into their pool that were put aside, the most urgent first. Reports how many.
-- Parameters: $1 pool, $2 where they are, $3 how many at most.
-- Index: waiting_tasks(pool, priority desc, start_at, number) where is_ready, and its key.
-- Locks: the rows moved, in the order of their numbers.
with top as materialized (
    select number from waiting_tasks where pool = $2 and is_ready order by priority desc, start_at, number limit $3),
moved as (
    update waiting_tasks w set pool = $1 where w.number = any(array(select number from top order by number)) returning w.number)
select count(*) from moved
