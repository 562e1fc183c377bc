-- Reads the oldest rows of the inbox that are committed, in the order in which they were written.
-- Parameters: $1 the position behind which to look, $2 how many rows at most, $3 how many bytes may come before the last of them.
-- Index: the key of the inbox. No locks.
select position, is_cancel, id, function_name, data, priority, start_at, tags, reference, publisher, event_type, raised_by_task_id,
    trace_parent
from (
    select i.*, sum(size) over (order by position rows unbounded preceding) - size as before
    from {schema}.inbox as i where position > $1 order by position limit $2) as oldest
where before < $3
order by position
