-- Ends running tasks. $1 numbers, $2 expected versions, $3 final states, $4 to $6 errors' types, names and messages, $7 ids of the tasks that
-- retry them. Index: the keys of running_tasks and worker_counts. Locks: the rows taken, and the workers' counts of ended tasks.
with gone as (
    delete from running_tasks r
    using unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])
        as u(number, version, status, error_type, error_name, error_message, retried_by)
    where r.number = u.number and r.version = u.version
    returning r.number, r.version, r.claim_id, r.worker_id, u.status, u.error_type, u.error_name, u.error_message, u.retried_by),
counted as (
    update worker_counts c set count = c.count + n.count
    from (select worker_id, count(*) as count from gone group by worker_id) n
    where c.worker_id = n.worker_id and c.is_ended)
insert into finished_tasks(number, status, version, changed_at, claim_id, worker_id, error_type, error_name, error_message, retried_by_task_id)
select number, status, version + 1, (extract(epoch from now()) * 1000000)::bigint, claim_id, worker_id, error_type, error_name, error_message, retried_by
from gone
returning number, changed_at
