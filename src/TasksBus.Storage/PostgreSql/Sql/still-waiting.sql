-- Finds which tasks still wait exactly as they were read.
-- Parameters: $1 numbers, ascending, $2 versions, $3 ids.
-- Index: the key of waiting_tasks. No locks.
select number
from waiting_tasks
where number = any($1::bigint[]) and version = ($2::bigint[])[width_bucket(number, $1::bigint[])]
    and id = ($3::uuid[])[width_bucket(number, $1::bigint[])]
