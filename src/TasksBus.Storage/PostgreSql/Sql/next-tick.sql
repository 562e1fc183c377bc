-- Finds when the next tick of a schedule is due. It runs at each look of the leader, which mostly finds nothing to do.
-- Parameters: $1 the leader's epoch, $2 schedules that are left out.
-- Index: schedules(next_at, id), leader. No locks.
select
    exists (select from leader where epoch = $1), (extract(epoch from now()) * 1000000)::bigint,
    (select next_at from schedules where next_at is not null and id <> all($2::uuid[]) order by next_at, id limit 1)
