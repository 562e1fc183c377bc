-- A month of tasks of eight functions, more by day than by night, up to now. Parameters of psql: tasks, how many have been accepted.
-- What was counted of them is what the processes would have counted: by minutes for two days, by hours before.
begin;

create temp table kinds(function_name text, low int, high int, seconds float, pool text) on commit drop;
insert into kinds values
    ('resize-image', 0, 34, 0.35, 'default'), ('send-receipt', 34, 58, 0.12, 'default'), ('import-measurement', 58, 76, 0.04, 'default'),
    ('sync-contacts', 76, 86, 2.6, 'default'), ('notify-webhook', 86, 94, 0.4, 'default'), ('renew-subscription', 94, 97, 0.9, 'default'),
    ('render-report', 97, 99, 21, 'slow'), ('delete-user-data', 99, 100, 5.2, 'default');

create temp table errors(function_name text, place int, type text, name text, message text) on commit drop;
insert into errors values
    ('resize-image', 0, 'runtime', 'RangeError', 'The image is 0 px wide'),
    ('resize-image', 1, 'runtime', 'NotFound', 'There is no object uploads/2026/11/IMG_0412.HEIC'),
    ('send-receipt', 0, 'runtime', 'SmtpError', '550 5.1.1 The address does not exist'),
    ('send-receipt', 1, 'runtime', 'TypeError', 'Cannot read properties of undefined (reading ''email'')'),
    ('import-measurement', 0, 'runtime', 'ValidationError', 'pressure must be a number of 0 to 400; got ''n/a'''),
    ('sync-contacts', 0, 'runtime', 'HttpError', 'The address book answered 503 Service Unavailable'),
    ('sync-contacts', 1, 'timeout', 'Timeout', 'The function took longer than its limit of 60 s'),
    ('notify-webhook', 0, 'runtime', 'ConnectionRefused', 'connect ECONNREFUSED 203.0.113.7:443'),
    ('notify-webhook', 1, 'runtime', 'HttpError', 'The receiver answered 410 Gone'),
    ('renew-subscription', 0, 'runtime', 'CardDeclined', 'The card has expired'),
    ('render-report', 0, 'runtime', 'OutOfMemory', 'The function used more than 512 MB'),
    ('delete-user-data', 0, 'runtime', 'PermissionDenied', 'The archive is read-only');

create temp table made on commit drop as
select row_number() over (order by made_at) as number, made_at::bigint as created_at, function_name, pool, seconds, luck, n,
    case when ends < 0.93 then 'complete' when ends < 0.965 then 'failed' when ends < 0.985 then 'retried' else 'canceled' end as status
from (
    select n, extract(epoch from now()) * 1000000 - 86400000000.0 * 30 * (1 - part) + 86400000000.0 * 0.11 * sin(2 * pi() * 30 * part)
            + 86400000000.0 * 0.01 * sin(2 * pi() * 211 * part) as made_at,
        k.function_name, k.pool, k.seconds, luck, ends
    from (select n, n / :tasks.0 as part, random() as luck, random() as ends, (random() * 99.999)::int as kind
        from generate_series(1, :tasks) n) drawn
    join kinds k on kind >= k.low and kind < k.high) warped
where made_at < extract(epoch from now()) * 1000000;

insert into tasks(number, id, function_name, pool, priority, start_at, created_at, data, tags, reference, created_by_application_id)
select number, (lpad(to_hex(created_at / 1000000), 8, '0') || lpad(to_hex(number), 16, '0') || '00000000')::uuid, function_name, pool,
    case when n % 50 = 0 then 9 when n % 7 = 0 then 5 else 0 end, created_at, created_at,
    json_build_object(
        'order', 400000 + number, 'customer', json_build_object('id', n % 10007, 'country', (array['be','nl','de','fr'])[1 + n % 4])),
    jsonb_build_array('customer-' || n % 10007, (array['be','nl','de','fr'])[1 + n % 4]),
    case when n % 3 = 0 then 'order-' || (400000 + number) end, 'web-shop'
from made;
select setval('tasks_number_seq', (select max(number) from tasks));

insert into finished_tasks(number, status, version, changed_at, error_type, error_name, error_message)
select number, status, 2, created_at + (1000000 * (0.02 + seconds * (0.4 + 1.2 * luck)))::bigint, type, name,
    message
from made m left join errors e on m.status in ('failed', 'retried') and e.function_name = m.function_name
    and e.place = case when (select count(*) from errors o where o.function_name = m.function_name) = 2 and luck > 0.7 then 1 else 0 end;

insert into task_logs(number, received_at, text, is_result_dropped)
select number, created_at, format(E'START RequestId: %s Version: $LATEST\n%s INFO order %s\nEND RequestId: %s\n'
    || E'REPORT RequestId: %s\tDuration: %s ms\tBilled Duration: %s ms\tMemory Size: 256 MB\tMax Memory Used: 71 MB\n',
    number, to_timestamp(created_at / 1000000), 400000 + number, number, number, (seconds * 1000)::int, (seconds * 1000)::int + 1), false
from made where number > (select max(number) from made) - 50000 or status = 'failed';

-- A few thousand wait for their time.
with later as (
    insert into tasks(id, function_name, pool, priority, start_at, created_at, data, tags)
    select (lpad(to_hex(extract(epoch from now())::bigint), 8, '0') || 'ffff' || lpad(to_hex(n), 12, '0') || '00000000')::uuid,
        case when n % 4 = 0 then 'render-report' else 'renew-subscription' end, case when n % 4 = 0 then 'slow' else 'default' end, 0,
        extract(epoch from now()) * 1000000 + 3600000000 + n * 86400000::bigint, extract(epoch from now()) * 1000000,
        json_build_object('customer', n), jsonb_build_array('customer-' || n)
    from generate_series(1, 12000) n
    returning number, id, pool, priority, start_at, created_at)
insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
select number, id, pool, priority, start_at, start_at, false, 0, created_at, 0 from later;

-- The numbers of TaskCounts: accepted, complete, failed, retried, canceled, nineteen buckets of the delay, nineteen of the duration.
insert into task_history(minute, function_name, process_id, counts)
select minute, function_name, process_id,
    (select string_agg(coalesce(numbers ->> place::text, '0'), ' ' order by place) from generate_series(0, 42) place)
from (
    select minute, function_name, process_id, jsonb_object_agg(place, times) as numbers
    from (
        select minute, function_name, process_id, place, count(*) as times
        from (
            select case when is_old then created_at / 3600000000 * 60 else created_at / 60000000 end as minute, function_name,
                case when is_old then '00000000-0000-0000-0000-000000000000' else lpad((n % 3 + 1)::text, 32, '0') end::uuid as process_id,
                status, luck, seconds
            from (select *, created_at < (extract(epoch from now()) - 172800) * 1000000 as is_old from made) aged) stepped
        cross join (
            select array[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] as bounds) b
        cross join lateral (values
            (0), (array_position(array['complete', 'failed', 'retried', 'canceled'], status)),
            (5 + width_bucket(0.004 / (1.02 - luck), bounds)), (24 + width_bucket(seconds * (0.4 + 1.2 * luck), bounds))) counted(place)
        group by minute, function_name, process_id, place) by_place
    group by minute, function_name, process_id) by_row;

commit;
analyze;
