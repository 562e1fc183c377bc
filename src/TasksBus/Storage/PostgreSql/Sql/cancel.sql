-- Ends waiting tasks. $1 numbers, $2 expected versions, $3 final states. Index: the key of waiting_tasks. Locks: the rows taken.
with gone as (
    delete from waiting_tasks w
    using unnest($1::bigint[], $2::bigint[], $3::text[]) as u(number, version, status)
    where w.number = u.number and w.version = u.version
    returning w.number, w.version, u.status)
insert into finished_tasks(number, status, version, changed_at)
select number, status, version + 1, (extract(epoch from now()) * 1000000)::bigint
from gone
returning number, changed_at
