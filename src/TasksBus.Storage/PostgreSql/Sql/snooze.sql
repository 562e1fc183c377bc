-- Moves running tasks back to the ready queue, to their old place, due after an interval.
-- Parameters: $1 numbers, ascending, $2 expected versions, $3 intervals, $4 since when they were not run, $5 how often, $6 and $7 why the
-- last time: the error's name and message. It takes all of $1, or those that nobody else holds (hold.sql).
-- Index: the keys of running_tasks, tasks and worker_counts. Locks: the rows taken, and the workers' counts of ended tasks.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
gone as (
    delete from running_tasks
    where number = any({numbers}) and version = ($2::bigint[])[width_bucket(number, $1::bigint[])]
    returning number, version, worker_id, width_bucket(number, $1::bigint[]) as i),
counted as (
    update worker_counts c set count = c.count + n.count
    from (select worker_id, count(*) as count from gone group by worker_id) n
    where c.worker_id = n.worker_id and c.is_ended)
insert into waiting_tasks(
    number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_since, not_run_count, not_run_name,
    not_run_message)
select gone.number, t.id, t.pool, t.priority, t.start_at, now + ($3::bigint[])[i], false, gone.version + 1, now,
    ($4::bigint[])[i], ($5::int[])[i], ($6::text[])[i], ($7::text[])[i]
from clock, gone cross join lateral (select * from tasks where number = gone.number offset 0) t
returning number, changed_at
