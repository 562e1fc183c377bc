-- Reads the oldest events that have still to be published, the oldest first.
-- Parameters: $1 how many at most.
-- Index: the key of event_outbox. No locks.
select position, message_id, type, body from event_outbox order by position limit $1
