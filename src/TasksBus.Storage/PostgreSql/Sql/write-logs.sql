-- Stores the logs and results of tasks that ended in this transaction.
-- Parameters: $1 numbers, $2 texts, $3 Lambda's request ids, empty when there is none, $4 results, $5 whether results were dropped.
-- Index: the key of finished_tasks. Locks: the new rows.
insert into task_logs(number, received_at, text, request_id, result, is_result_dropped)
select f.number, f.changed_at, u.text, nullif(u.request_id, ''), u.result, u.is_dropped
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[]) as u(number, text, request_id, result, is_dropped)
cross join lateral (select number, changed_at from finished_tasks where number = u.number and xmin = pg_current_xact_id()::xid offset 0) f
