-- Removes API requests, each with its log.
-- Parameters: $1 numbers, ascending, $2 the epoch of the leader that asks for it.
-- Index: the keys of the tables and of leader. Locks: the rows, which nothing changes any more.
with logs as (
    delete from api_request_logs where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint))
delete from api_requests where number = any($1::bigint[]) and exists (select from leader where epoch = $2::bigint)
