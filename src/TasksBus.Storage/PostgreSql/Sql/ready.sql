-- The part of view-pool.sql that reads the ready queue from its top.
select w.number, w.priority, w.start_at, w.id
from waiting_tasks w
where w.pool = $1 and w.is_ready and w.due_at <= (select now from clock)
    and ($2::bigint[])[width_bucket(w.number, $2::bigint[])] is distinct from w.number
order by w.priority desc, w.start_at, w.number
limit (select greatest(more, 0) from room)
