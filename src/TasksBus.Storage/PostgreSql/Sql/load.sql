-- Reads tasks with their states, as one snapshot.
-- Parameters: $1 ids.
-- Index: tasks(id), then the keys of the three tables of states, and of task_logs where the result is read. No locks.
select {columns}
from unnest($1::uuid[]) as u(id)
cross join lateral (select * from tasks where id = u.id offset 0) t
left join lateral (select * from waiting_tasks where number = t.number offset 0) w on true
left join lateral (select * from running_tasks where number = t.number offset 0) r on true
left join lateral (select * from finished_tasks where number = t.number offset 0) f on true{logs}
