-- Keeps the events of tasks that were moved in this transaction, in the order of the arrays. $1 numbers (0: a new task's), $2 ids,
-- $3 message ids, $4 types, $5 bodies. Index: the keys of the three places, tasks(id). Locks: the new rows.
insert into event_outbox(message_id, type, body)
select u.message_id, u.type, u.body
from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) with ordinality as u(number, id, message_id, type, body, place)
where exists (select from finished_tasks f where f.number = u.number and f.xmin = pg_current_xact_id()::xid)
    or exists (select from running_tasks r where r.number = u.number and r.xmin = pg_current_xact_id()::xid)
    or exists (select from waiting_tasks w where w.number = u.number and w.xmin = pg_current_xact_id()::xid)
    or exists (select from tasks t where u.number = 0 and t.id = u.id and t.xmin = pg_current_xact_id()::xid)
order by u.place
