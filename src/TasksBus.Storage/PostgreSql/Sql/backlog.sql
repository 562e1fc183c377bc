-- What the next due tasks of each pool are, and those that run: at most $1 of a pool, and $1 that run; at most $2 groups, the largest
-- first.
-- Columns: the pool, the function and the priority; how many are due, and since when the first; how many run.
-- Index: those of status-pools, the whole of running_tasks up to $1, and tasks(number) for each task. No locks.
with recursive clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
pools(pool) as (
    select min(pool) from (
        (select pool from waiting_tasks where is_ready order by pool limit 1)
        union all
        (select pool from waiting_tasks where not is_ready order by pool limit 1)) first
    union all
    select (select min(pool) from (
        (select w.pool from waiting_tasks w where w.is_ready and w.pool > pools.pool order by w.pool limit 1)
        union all
        (select w.pool from waiting_tasks w where not w.is_ready and w.pool > pools.pool order by w.pool limit 1)) next)
    from pools where pools.pool is not null),
found(number, due_at) as materialized (
    select ready.number, ready.start_at
    from pools
    cross join lateral (
        select w.number, w.start_at from waiting_tasks w where w.pool = pools.pool and w.is_ready
        order by w.priority desc, w.start_at, w.number limit $1) ready
    union all
    select due.number, due.due_at
    from clock, pools
    cross join lateral (
        select w.number, w.due_at from waiting_tasks w where w.pool = pools.pool and not w.is_ready and w.due_at <= clock.now
        order by w.due_at limit $1) due
    union all
    (select number, null::bigint from running_tasks limit $1))
select task.pool, task.function_name, task.priority, count(found.due_at)::int, min(found.due_at), (count(*) - count(found.due_at))::int
from found
cross join lateral (select t.pool, t.function_name, t.priority from tasks t where t.number = found.number limit 1) task
group by 1, 2, 3
order by 4 desc, 6 desc, 1, 2, 3
limit $2
