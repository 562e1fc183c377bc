-- When the next task that is not ready is due, or null, and the time. Index: waiting_tasks(due_at) where not is_ready. No locks.
select (select due_at from waiting_tasks where not is_ready order by due_at limit 1), (extract(epoch from now()) * 1000000)::bigint
