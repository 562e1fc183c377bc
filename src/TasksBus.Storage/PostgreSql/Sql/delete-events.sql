-- Deletes events that were published.
-- Parameters: $1 positions.
-- Index: the key of event_outbox. Locks: the rows, which nothing else changes.
delete from event_outbox where position = any($1::bigint[])
