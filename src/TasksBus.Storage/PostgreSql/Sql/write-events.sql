-- Stores the events of tasks that were moved in this transaction, in the order of the arrays.
-- Parameters: $1 numbers (0 for a new task), $2 ids, $3 message ids, $4 types, $5 bodies.
-- Index: the keys of the three tables of states, tasks(id). Locks: the new rows.
insert into event_outbox(message_id, type, body)
select u.message_id, u.type, u.body
from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) with ordinality as u(number, id, message_id, type, body, place)
where coalesce(
    (select true from finished_tasks where number = u.number and xmin = pg_current_xact_id()::xid),
    (select true from running_tasks where number = u.number and xmin = pg_current_xact_id()::xid),
    (select true from waiting_tasks where number = u.number and xmin = pg_current_xact_id()::xid),
    (select true from tasks where u.number = 0 and id = u.id and xmin = pg_current_xact_id()::xid), false)
order by u.place
