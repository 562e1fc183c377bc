-- Reads the functions of tasks. Only pools of workers with functions of their own need it.
-- Parameters: $1 numbers.
-- Index: the key of tasks. No locks.
select t.number, t.function_name
from unnest($1::bigint[]) as u(number)
cross join lateral (select number, function_name from tasks where number = u.number offset 0) t
