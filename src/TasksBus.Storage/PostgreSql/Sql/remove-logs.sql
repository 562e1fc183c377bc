-- Removes logs.
-- Parameters: $1 numbers, ascending, $2 the epoch of the leader that asks for it.
-- Index: the keys of {table} and leader. Locks: the rows, which nothing changes any more.
delete from {table} where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint)
