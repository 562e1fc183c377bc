-- Stores the logs of tasks that ended in this transaction.
-- Parameters: $1 numbers, $2 texts, $3 Lambda's request ids, empty when there is none.
-- Index: the key of finished_tasks. Locks: the new rows.
insert into task_logs(number, received_at, text, request_id)
select f.number, f.changed_at, u.text, nullif(u.request_id, '')
from unnest($1::bigint[], $2::text[], $3::text[]) as u(number, text, request_id)
cross join lateral (select number, changed_at from finished_tasks where number = u.number and xmin = pg_current_xact_id()::xid offset 0) f
