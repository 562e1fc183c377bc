-- Stores requests to API functions, each with its log if it left one. An id that is known is left alone.
-- Parameters: $1 ids, $2 function names, $3 methods, $4 paths, $5 user ids, $6 application ids, $7 status codes, $8 times, $9 durations,
-- $10 types of errors, $11 their names, $12 their messages, $13 texts of logs, or null, $14 when they came, $15 Lambda's request ids.
-- Index: api_requests(id). Locks: the new rows.
with sent as materialized (
    select * from unnest(
        $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::bigint[], $9::bigint[], $10::text[],
        $11::text[], $12::text[])
        as u(
            id, function_name, method, path, user_id, application_id, status_code, requested_at, duration,
            error_type, error_name, error_message)),
stored as (
    insert into api_requests(
        id, function_name, method, path, user_id, application_id, status_code, requested_at, duration,
        error_type, error_name, error_message)
    select id, function_name, method, path, user_id, application_id, status_code, requested_at, duration,
        error_type, error_name, error_message
    from sent order by requested_at, id
    on conflict (id) do nothing
    returning number, id)
insert into api_request_logs(number, received_at, text, request_id)
select number, ($14::bigint[])[i], ($13::text[])[i], ($15::text[])[i]
from (select number, array_position($1::uuid[], id) as i from stored offset 0) placed
where ($13::text[])[i] is not null
