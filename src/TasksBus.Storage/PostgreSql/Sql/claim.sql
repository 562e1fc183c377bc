-- Moves waiting tasks that are due to their workers, unless tasks are held.
-- Parameters: $1 numbers, ascending, $2 expected versions, $3 claims, $4 workers, $5 time limits, $6 ids, $7 the revision of the functions
-- from which they were computed, or null. $6 is needed because, after the database was put back, a number that was kept in memory may
-- belong to another task. If $7 is not null and not the current revision, no task is taken. It takes all of $1, or those that nobody else
-- holds (hold.sql).
-- Index: the keys of waiting_tasks and worker_counts. Locks: the rows taken, and the workers' counts of claims, which only one transaction
-- of a process writes at a time. The workers are locked already.
with clock as materialized (select (extract(epoch from now()) * 1000000)::bigint as now),
alive as materialized (select array(select id from workers where id = any($4::uuid[])) as ids),
taken as (
    delete from waiting_tasks
    where number = any({numbers}) and version = ($2::bigint[])[width_bucket(number, $1::bigint[])]
        and id = ($6::uuid[])[width_bucket(number, $1::bigint[])]
        and due_at <= (select now from clock) and not exists (select from installation where held_because is not null)
        and coalesce($7::uuid = (select revision from functions_revision where id = 1), true)
        and ($4::uuid[])[width_bucket(number, $1::bigint[])] = any((select ids from alive)::uuid[])
    returning number, id, version, not_run_since, not_run_count, width_bucket(number, $1::bigint[]) as i),
put as (
    insert into running_tasks(number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_since, not_run_count)
    select number, id, version + 1, now, ($3::uuid[])[i], ($4::uuid[])[i], now + ($5::bigint[])[i], not_run_since, not_run_count
    from taken, clock
    returning number, changed_at, worker_id),
counted as (
    update worker_counts c set count = c.count + n.count
    from (select worker_id, count(*) as count from put group by worker_id) n
    where c.worker_id = n.worker_id and not c.is_ended)
select number, changed_at from put
