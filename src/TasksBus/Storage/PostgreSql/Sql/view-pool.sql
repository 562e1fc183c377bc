-- One snapshot of a pool. $1 pool, $2 numbers of the tasks that are released, $3 how many more at most.
-- Rows: kind 0: the leader's epoch, the free slots and the workers; kind 1: a released task that waits no more; kind 2: the most urgent
-- ready tasks, released or not: as many as there are free slots, for no more can be released in all.
-- Index: waiting_tasks(pool, priority desc, start_at, number) where is_ready, and its key. No locks.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
each_worker as materialized (
    select greatest(w.slots - sum(case when c.is_ended then -c.count else c.count end), 0)::bigint as free
    from workers w join worker_counts c on c.worker_id = w.id
    where w.pool = $1
    group by w.id, w.slots),
room as materialized (select coalesce(sum(free), 0)::bigint as free, count(*) as workers from each_worker)
select 0, (select coalesce(max(epoch), 0) from leader), room.free, room.workers, null::uuid from room
union all
select 1, u.number, 0, 0, null
from clock, unnest($2::bigint[]) as u(number)
where not exists (select from waiting_tasks w where w.number = u.number and w.is_ready and w.due_at <= clock.now)
union all
(select 2, w.number, w.priority, w.start_at, w.id
    from waiting_tasks w
    where w.pool = $1 and w.is_ready and w.due_at <= (select now from clock)
    order by w.priority desc, w.start_at, w.number
    limit (select least($3::bigint + cardinality($2::bigint[]), room.free) from room))
