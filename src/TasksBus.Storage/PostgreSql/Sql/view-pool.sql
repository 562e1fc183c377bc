-- Reads one snapshot of a pool.
-- Parameters: $1 pool, $2 numbers of the tasks that are released, ascending, $3 how many more at most.
-- Rows of kind 0: the leader's epoch, the free slots, the number of workers, when the pool's next task that is not marked ready is due, and
-- the time. Kind 1: a released task that does not wait any more. Kind 2: the most urgent ready tasks that are not released, as many as
-- there is room for.
-- The ready queue is read from its top (ready.sql, inserted below), or from a place on (ready-from.sql).
-- Index: waiting_tasks(pool, priority desc, start_at, number) where is_ready, waiting_tasks(pool, due_at) where not is_ready, and its key.
-- No locks.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
each_worker as materialized (
    select greatest(w.slots - c.running, 0)::bigint as free
    from workers w cross join lateral (
        select coalesce(sum(case when is_ended then -count else count end), 0) as running from worker_counts where worker_id = w.id) c
    where w.pool = $1),
claimed as materialized (
    select u.number
    from clock, unnest($2::bigint[]) as u(number)
    where not coalesce((select w.is_ready and w.due_at <= clock.now from waiting_tasks w where w.number = u.number), false)),
room as materialized (
    select coalesce(sum(free), 0)::bigint as free, count(*) as workers,
        least($3::bigint, coalesce(sum(free), 0)::bigint - cardinality($2::bigint[]) + (select count(*) from claimed)) as more
    from each_worker)
select 0, (select coalesce(max(epoch), 0) from leader), room.free, room.workers, null::uuid,
    (select due_at from waiting_tasks where pool = $1 and not is_ready order by due_at limit 1), clock.now
from room, clock
union all
select 1, number, 0, 0, null, 0, 0 from claimed
union all
select 2, number, priority, start_at, id, 0, 0 from ({ready}) as ready
