-- Moves waiting tasks that are due to their workers. $1 numbers, $2 expected versions, $3 claims, $4 workers, $5 time limits.
-- Index: the keys of waiting_tasks and worker_counts. Locks: the rows taken, and the workers' counts of claims, which only one transaction of a
-- process writes at a time; the workers are locked already.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
taken as (
    delete from waiting_tasks w
    using unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::bigint[]) as u(number, version, claim_id, worker_id, time_limit)
    where w.number = u.number and w.version = u.version and w.due_at <= (select now from clock)
        and exists (select from workers k where k.id = u.worker_id)
    returning w.number, w.id, w.version, w.not_run_since, w.not_run_count, u.claim_id, u.worker_id, u.time_limit),
put as (
    insert into running_tasks(number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_since, not_run_count)
    select taken.number, taken.id, taken.version + 1, clock.now, taken.claim_id, taken.worker_id, clock.now + taken.time_limit, taken.not_run_since, taken.not_run_count
    from taken, clock
    returning number, changed_at, worker_id),
counted as (
    update worker_counts c set count = c.count + n.count
    from (select worker_id, count(*) as count from put group by worker_id) n
    where c.worker_id = n.worker_id and not c.is_ended)
select number, changed_at from put
