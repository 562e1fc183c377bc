-- Counts the tasks that moved to and from workers in this transaction, so that the counts never drift.
-- $1 numbers and $2 workers of those that may have come, $3 and $4 of those that may have gone. Index: the keys of the places and of workers.
-- Locks: the workers' rows, until the end: the last statement of its transaction.
update workers w set running = w.running + moved.change
from (
    select worker_id, sum(change)::int as change
    from (
        select u.worker_id, 1 as change
        from unnest($1::bigint[], $2::uuid[]) as u(number, worker_id)
        join running_tasks r on r.number = u.number and r.xmin = pg_current_xact_id()::xid
        union all
        select u.worker_id, -1
        from unnest($3::bigint[], $4::uuid[]) as u(number, worker_id)
        where exists (select from finished_tasks f where f.number = u.number and f.xmin = pg_current_xact_id()::xid)
            or exists (select from waiting_tasks w where w.number = u.number and w.xmin = pg_current_xact_id()::xid)) as each_one
    group by worker_id
    order by worker_id) as moved
where w.id = moved.worker_id
