-- Cancels waiting tasks.
-- Parameters: $1 numbers, ascending, $2 expected versions. It takes all of $1, or those that nobody else holds (hold.sql).
-- Index: the key of waiting_tasks. Locks: the rows taken.
with gone as (
    delete from waiting_tasks
    where number = any({numbers}) and version = ($2::bigint[])[width_bucket(number, $1::bigint[])]
    returning number, version)
insert into finished_tasks(number, status, version, changed_at)
select number, 'canceled', version + 1, (extract(epoch from now()) * 1000000)::bigint
from gone
returning number, changed_at
