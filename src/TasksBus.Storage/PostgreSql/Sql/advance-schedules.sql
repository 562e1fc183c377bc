-- Moves schedules on past a tick, if they are still at their version and the epoch is still the leader's.
-- Parameters: $1 ids, $2 versions, $3 next ticks or null, $4 tasks of the ticks or null, $5 epochs, $6 the revision of the functions from
-- which some were computed, or null. If $6 is not null and not the current revision, no schedule is moved.
-- Index: the key. Locks: the rows that are moved.
update schedules s
set version = s.version + 1, next_at = ($3::bigint[])[array_position($1::uuid[], s.id)],
    last_task_id = coalesce(($4::uuid[])[array_position($1::uuid[], s.id)], s.last_task_id)
where s.id = any($1::uuid[]) and s.version = ($2::bigint[])[array_position($1::uuid[], s.id)]
    and ($5::bigint[])[array_position($1::uuid[], s.id)] = (select epoch from leader)
    and coalesce($6::uuid = (select revision from functions_revision where id = 1), true)
returning s.id
