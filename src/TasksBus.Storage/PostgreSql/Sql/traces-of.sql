-- Reads the traces of tasks, of those that have one.
-- Parameters: $1 numbers.
-- Index: the key of tasks. No locks.
select number, trace_parent from tasks where number = any($1::bigint[]) and trace_parent is not null
