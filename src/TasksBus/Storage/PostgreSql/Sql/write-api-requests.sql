-- Keeps requests to API functions, each with its log where it left one; an id that is known is left alone. $1 ids, $2 function names, $3 methods,
-- $4 paths, $5 user ids, $6 application ids, $7 status codes, $8 times, $9 durations, $10 types of errors, $11 their names, $12 their messages,
-- $13 texts of logs, or null, $14 when they came, $15 Lambda's request ids. Index: api_requests(id). Locks: the new rows.
with sent as materialized (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[],
            $13::text[], $14::bigint[], $15::text[])
        as u(id, function_name, method, path, user_id, application_id, status_code, requested_at, duration, error_type, error_name, error_message,
            log, received_at, request_id)),
stored as (
    insert into api_requests(
        id, function_name, method, path, user_id, application_id, status_code, requested_at, duration, error_type, error_name, error_message)
    select id, function_name, method, path, user_id, application_id, status_code, requested_at, duration, error_type, error_name, error_message
    from sent order by requested_at, id
    on conflict (id) do nothing
    returning number, id)
insert into api_request_logs(number, received_at, text, request_id)
select stored.number, sent.received_at, sent.log, sent.request_id
from stored join sent on sent.id = stored.id
where sent.log is not null
