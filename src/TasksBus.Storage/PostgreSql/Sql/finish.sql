-- Ends running tasks.
-- Parameters: $1 numbers, ascending, $2 expected versions, $3 final states by their position in the list below, $4 whether there is an
-- error, $5 to $7 types, names and messages of errors, $8 ids of the tasks that retry them, or zeros, $9 the revision of the functions from
-- which some were computed, or null. $8 has zeros instead of nulls, because an array of texts, or an array with a null, is searched from
-- its start for each element. If $9 is not null and not the current revision, no task is ended. It takes all of $1, or those that nobody
-- else holds (hold.sql).
-- Index: the keys of running_tasks, worker_counts and functions_revision. Locks: the rows taken, and the workers' counts of ended tasks.
with gone as (
    delete from running_tasks
    where number = any({numbers}) and version = ($2::bigint[])[width_bucket(number, $1::bigint[])]
        and coalesce($9::uuid = (select revision from functions_revision where id = 1), true)
    returning number, version, claim_id, worker_id, width_bucket(number, $1::bigint[]) as i),
counted as (
    update worker_counts c set count = c.count + n.count
    from (select worker_id, count(*) as count from gone group by worker_id) n
    where c.worker_id = n.worker_id and c.is_ended)
insert into finished_tasks(
    number, status, version, changed_at, claim_id, worker_id, error_type, error_name, error_message, retried_by_task_id)
select number, ('{complete,failed,retried}'::text[])[($3::int[])[i]], version + 1, (extract(epoch from now()) * 1000000)::bigint,
    claim_id, worker_id,
    case when ($4::boolean[])[i] then ($5::text[])[i] end, case when ($4::boolean[])[i] then ($6::text[])[i] end,
    case when ($4::boolean[])[i] then ($7::text[])[i] end, nullif(($8::uuid[])[i], '00000000-0000-0000-0000-000000000000')
from gone
returning number, changed_at
