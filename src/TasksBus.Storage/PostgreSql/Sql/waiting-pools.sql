-- Finds the pools that have waiting tasks, each with the time at which its first task may be released (null if one is ready), and the
-- current time. It hops from one pool to the next along two indexes, as fast for a million tasks as for one.
-- Index: waiting_tasks(pool, ...) where is_ready, and (pool, due_at) where not is_ready. No locks.
with recursive ready(pool) as (
    (select pool from waiting_tasks where is_ready order by pool limit 1)
    union all
    select (select w.pool from waiting_tasks w where w.is_ready and w.pool > ready.pool order by w.pool limit 1)
        from ready where ready.pool is not null),
later(pool, due_at) as (
    (select pool, due_at from waiting_tasks where not is_ready order by pool, due_at limit 1)
    union all
    select next.pool, next.due_at
    from later cross join lateral (
        select w.pool, w.due_at from waiting_tasks w where not w.is_ready and w.pool > later.pool order by w.pool, w.due_at limit 1) next)
select coalesce(ready.pool, later.pool), case when ready.pool is null then later.due_at end, (extract(epoch from now()) * 1000000)::bigint
from (select pool from ready where pool is not null) ready full join later on ready.pool = later.pool
