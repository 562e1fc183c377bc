-- Finds running tasks whose worker is gone. It looks at every running task, of which there are no more than slots.
-- Parameters: $1 how many at most.
-- Index: the key of workers. No locks.
select r.id, r.worker_id
from running_tasks r left join lateral (select true as is_there from workers where id = r.worker_id offset 0) w on true
where w.is_there is null
limit $1
