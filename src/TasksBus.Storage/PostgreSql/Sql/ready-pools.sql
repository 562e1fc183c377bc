-- The pools that have ready tasks: hops from one to the next along the index, as fast for a million tasks as for one.
-- Index: waiting_tasks(pool, ...) where is_ready. No locks.
with recursive pools(pool) as (
    (select pool from waiting_tasks where is_ready order by pool limit 1)
    union all
    select (select w.pool from waiting_tasks w where w.is_ready and w.pool > pools.pool order by w.pool limit 1) from pools where pools.pool is not null)
select pool from pools where pool is not null
