-- Moves running tasks back to the ready queue, in their old place, due when an interval has passed. $1 numbers, $2 expected versions,
-- $3 intervals, $4 since when they were not run, $5 how often. Index: the keys of running_tasks and worker_counts. Locks: the rows taken, and the
-- workers' counts of ended tasks.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
gone as (
    delete from running_tasks r
    using unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[]) as u(number, version, due_after, not_run_since, not_run_count)
    where r.number = u.number and r.version = u.version
    returning r.number, r.version, r.worker_id, u.due_after, u.not_run_since, u.not_run_count),
counted as (
    update worker_counts c set count = c.count + n.count
    from (select worker_id, count(*) as count from gone group by worker_id) n
    where c.worker_id = n.worker_id and c.is_ended)
insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_since, not_run_count)
select t.number, t.id, t.pool, t.priority, t.start_at, clock.now + gone.due_after, false, gone.version + 1, clock.now, gone.not_run_since, gone.not_run_count
from clock, gone join tasks t on t.number = gone.number
returning number, changed_at
