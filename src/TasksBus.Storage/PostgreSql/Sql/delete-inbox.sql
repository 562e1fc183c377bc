-- Deletes rows of the inbox that need no task: cancels, tasks whose id was known, and events that are stored.
-- Parameters: $1 positions.
-- Index: the key of the inbox. Locks: the rows.
delete from {schema}.inbox where position = any($1::bigint[])
