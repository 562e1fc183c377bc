-- The oldest events that are still to be published, oldest first. $1: how many at most. Index: the key of event_outbox. No locks.
select position, message_id, type, body from event_outbox order by position limit $1
