-- Moves schedules on past a tick: those that are still at their version, while the epoch is the leader's. $1 ids, $2 versions, $3 the ticks that are
-- next or null, $4 the tasks of the ticks or null, $5 epochs, $6 the revision of the functions that some were computed from, or null: none is
-- moved unless it is that.
-- Index: the key. Locks: the rows that are moved.
update schedules s
set version = s.version + 1, next_at = a.next_at, last_task_id = coalesce(a.last_task_id, s.last_task_id)
from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::bigint[]) as a(id, version, next_at, last_task_id, epoch)
where s.id = a.id and s.version = a.version and a.epoch = (select epoch from leader)
    and coalesce($6::uuid = (select revision from functions_revision where id = 1), true)
returning s.id
