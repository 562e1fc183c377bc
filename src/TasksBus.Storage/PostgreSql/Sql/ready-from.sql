-- The part of view-pool.sql that reads the ready queue from a place ($4 priority, $5 start, $6 number) on. It reads two ranges of the
-- index, one after the other, and leaves out what is above that place.
(select w.number, w.priority, w.start_at, w.id
    from waiting_tasks w
    where w.pool = $1 and w.is_ready and w.due_at <= (select now from clock) and w.priority = $4 and (w.start_at, w.number) >= ($5, $6)
        and ($2::bigint[])[width_bucket(w.number, $2::bigint[])] is distinct from w.number
    order by w.start_at, w.number
    limit (select greatest(more, 0) from room))
union all
(select w.number, w.priority, w.start_at, w.id
    from waiting_tasks w
    where w.pool = $1 and w.is_ready and w.due_at <= (select now from clock) and w.priority < $4
        and ($2::bigint[])[width_bucket(w.number, $2::bigint[])] is distinct from w.number
    order by w.priority desc, w.start_at, w.number
    limit (select greatest(more, 0) from room))
limit (select greatest(more, 0) from room)
