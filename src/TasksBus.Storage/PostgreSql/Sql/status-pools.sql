-- Counts what waits in each pool. A count stops at $1, so the statement takes milliseconds, however much waits.
-- Columns: the pool; its ready tasks, and when the first of these was due; its other tasks that are due, and when the first is; its tasks
-- that are not due. A task that was put off is due again at its next try, so its start time says nothing.
-- Index: waiting_tasks(pool, ...) where is_ready, and (pool, due_at) where not is_ready. No locks.
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
    from pools where pools.pool is not null)
select pools.pool, ready.count, ready.first, due.count, due.first, later.count
from clock, pools
cross join lateral (
    select count(*)::int as count, min(due_at) as first from (
        select due_at from waiting_tasks w where w.pool = pools.pool and w.is_ready
        order by w.priority desc, w.start_at, w.number limit $1) counted) ready
cross join lateral (
    select count(*)::int as count, min(due_at) as first from (
        select due_at from waiting_tasks w where w.pool = pools.pool and not w.is_ready and w.due_at <= clock.now
        order by w.due_at limit $1) counted) due
cross join lateral (
    select count(*)::int as count from (
        select from waiting_tasks w where w.pool = pools.pool and not w.is_ready and w.due_at > clock.now
        order by w.due_at limit $1) counted) later
where pools.pool is not null
order by pools.pool
