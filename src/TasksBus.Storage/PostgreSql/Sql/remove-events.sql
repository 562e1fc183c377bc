-- Removes events that were raised. Their tasks stay.
-- Parameters: $1 numbers, ascending, $2 the epoch of the leader that asks for it.
-- Index: the keys of the tables. Locks: the rows, which nothing changes any more.
delete from raised_events where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint)
