-- Prevents workers from being declared dead until this transaction ends.
-- Parameters: $1 ids.
-- Index: the key of workers. Locks: their rows, for key share: heartbeats and counts go on, a delete waits.
select id from workers where id = any($1::uuid[]) order by id for key share
