-- Keeps the logs of tasks that ended in this transaction. $1 numbers, $2 texts. Index: the key of finished_tasks. Locks: the new rows.
insert into task_logs(number, received_at, text)
select f.number, f.changed_at, u.text
from unnest($1::bigint[], $2::text[]) as u(number, text)
cross join lateral (select number, changed_at from finished_tasks where number = u.number and xmin = pg_current_xact_id()::xid offset 0) f
