-- The calls of the schema that inbox.sql makes: schedule_task, schedule_tasks and cancel_task, and what only they use.

-- Wakes the leader at the commit, if it sleeps. Then it holds the lock of which this tries to take a share. Otherwise the share, which ends
-- with the transaction, tells it that something may come: it does not go to sleep before. Nobody waits for the lock.
create or replace function {schema}.wake() returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $body$
begin
    if not pg_try_advisory_xact_lock_shared({lock}, '{schema}.inbox'::regclass::oid::int) then
        perform pg_notify('tasksbus', 'inbox');
    end if;
end
$body$;

-- Checks a task and writes it into the inbox.
create or replace function {schema}.put_task(
    place text, function_name text, data json, priority numeric, start_at timestamptz, tags text[], task_id text, idempotency_key text,
    reference text, publisher text, trace_parent text)
    returns text
    language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
    content json := case when json_typeof(data) <> 'null' then data end;
    bytes int := coalesce(octet_length(content::text), 0);
    id text;
    fault text;
begin
    perform {schema}.check_id(place, task_id);
    if coalesce(function_name, '') = '' then
        perform {schema}.refuse(place, 'MISSING_REQUIRED_FIELDS_EXCEPTION (14)',
            'functionName is required: the name of the function to run.');
    end if;

    fault := case
        when json_typeof(content) <> 'object' then
            'data must be a JSON object; got ' || {schema}.excerpt(content::text) || '.'
        when start_at < '0001-01-01 00:00:00+00' or start_at >= '10000-01-01 00:00:00+00' then
            'startTimestamp must be an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z; got ' || to_json(start_at)::text || '.'
        when task_id is not null and idempotency_key is not null then
            'A task has a taskId or an idempotencyKey, not both: leave one out.'
        when idempotency_key collate "C" !~ '^[ -~]{1,255}$' then
            'idempotencyKey must be a text of 1 to 255 printable ASCII characters; got ''' || {schema}.excerpt(idempotency_key) || '''.'
        when length(function_name) > 170 or function_name collate "C" !~ '^[A-Za-z0-9_.:/$-]+$' then
            'functionName must be the name or ARN of a function, of letters, digits and - _ . : / $, at most 170; got '''
                || {schema}.excerpt(function_name) || '''.'
        when bytes > {max_data} then
            'data has ' || bytes || ' bytes; at most {max_data} fit into Lambda''s 6 MB beside the rest of the task. '
                || 'Store it elsewhere and send a reference.'
        when bytes > 2 * {max_levels} and bytes - octet_length(translate(content::text, '[{', '')) > {max_levels}
            and {schema}.depth_of(content::text) > {max_levels} then
            'data must be nested at most {max_levels} levels deep.'
        when priority <> trunc(priority) or abs(priority) > 9007199254740991 then
            'priority must be an integer from -9007199254740991 to 9007199254740991; got ' || priority || '.'
        when array_ndims(tags) > 1 then
            'tags must be an array of strings; got an array of ' || array_ndims(tags) || ' dimensions.'
        when cardinality(tags) > 100 then
            'tags: at most 100; got ' || cardinality(tags) || '.'
        when array_position(tags, null) is not null then
            'tags must be an array of strings; got null.'
        when tags is not null and {schema}.long_tag(tags) is not null then
            'tags: at most 256 characters each; got ''' || {schema}.excerpt({schema}.long_tag(tags)) || '''.'
        when reference = '' or (octet_length(reference) > 255 and {schema}.units_of(reference) > 255) then
            'reference must be a text of 1 to 255 characters without U+0000 and half of a surrogate pair; got '''
                || {schema}.excerpt(reference) || '''.'
        when publisher collate "C" !~ '^[A-Za-z0-9_-]{1,60}$' then
            'publisher must be 1 to 60 of the characters A-Z, a-z, 0-9, - and _; got ''' || {schema}.excerpt(publisher) || '''.'
        end;
    if fault is not null then
        perform {schema}.refuse(place, 'FIELD_FORMAT_EXCEPTION (15)', fault);
    end if;

    id := coalesce(lower(task_id), {schema}.id_of_key(idempotency_key), {schema}.new_id());
    -- Only a trace that is sampled is kept, and one that is not valid is no reason to refuse a task.
    insert into {schema}.inbox(is_cancel, id, function_name, data, priority, start_at, tags, reference, publisher, size, trace_parent)
    values (
        false, (id || '00000000')::uuid, function_name, content, priority, start_at, tags, reference, publisher,
        bytes + coalesce(octet_length(array_to_string(tags, '')), 0),
        substring(trace_parent collate "C" from '^00-[0-9a-f]{32}-[0-9a-f]{16}-0[13579bdf]$'));
    return id;
end
$body$;

-- Schedules a task, and returns its id: 24 hex digits. It becomes a task after the commit, and never after a rollback.
create or replace function {schema}.schedule_task(
    function_name text, data json default null, priority numeric default null, start_at timestamptz default null,
    tags text[] default null, task_id text default null, idempotency_key text default null, reference text default null,
    publisher text default null, trace_parent text default null)
    returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
begin
    perform {schema}.wake();
    return {schema}.put_task(
        '', function_name, data, priority, start_at, tags, task_id, idempotency_key, reference, publisher, trace_parent);
end
$body$;

-- A field of a task that must have one kind. Null when it is missing or null.
create or replace function {schema}.field_of(place text, task json, field text, kind text, form text) returns json
    language plpgsql immutable set search_path = pg_catalog, pg_temp
as $body$
declare
    value json := task -> field;
begin
    if json_typeof(value) = 'null' then
        return null;
    elsif json_typeof(value) <> kind then
        perform {schema}.refuse(place, 'FIELD_FORMAT_EXCEPTION (15)',
            format('%s must be %s; got %s.', field, form, {schema}.excerpt(value::text)));
    end if;
    return value;
end
$body$;

-- A text of a task. Null when it is missing or null.
create or replace function {schema}.text_of(place text, task json, field text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
as $body$
    select {schema}.field_of($1, $2, $3, 'string', 'a string') #>> '{}'
$body$;

-- The start time of a task. Without an offset it is in UTC, and it is rounded up to microseconds.
create or replace function {schema}.start_of(place text, task json) returns timestamptz
    language plpgsql stable set search_path = pg_catalog, pg_temp
as $body$
declare
    form constant text := 'an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z';
    value text := {schema}.field_of(place, task, 'startTimestamp', 'string', form) #>> '{}';
    cut text;
begin
    if value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,7})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$' then
        raise datetime_field_overflow;
    end if;
    cut := regexp_replace(value, '([.][0-9]{6})[0-9]', E'\\1');
    return (cut || case when value ~ '(Z|[+-][0-9]{2}:[0-9]{2})$' then '' when value ~ 'T' then 'Z' else 'T00:00Z' end)::timestamptz
        + case when value ~ '[.][0-9]{6}[1-9]' then interval '1 microsecond' else interval '0' end;
exception when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
    perform {schema}.refuse(place, 'FIELD_FORMAT_EXCEPTION (15)',
        format('startTimestamp must be %s; got %s.', form, {schema}.excerpt((task -> 'startTimestamp')::text)));
end
$body$;

-- Checks a task that is written as in POST /tasks/v1/, and writes it into the inbox.
create or replace function {schema}.put_json(place text, task json) returns text
    language plpgsql set search_path = pg_catalog, pg_temp
as $body$
declare
    unknown text;
    words text[];
begin
    if json_typeof(task) <> 'object' then
        perform {schema}.refuse(place, 'FIELD_FORMAT_EXCEPTION (15)', 'A task is a JSON object.');
    end if;

    select field into unknown from json_object_keys(task) as fields(field)
    where field not in (
        'functionName', 'data', 'startTimestamp', 'priority', 'tags', 'taskId', 'idempotencyKey', 'reference', 'publisher',
        'traceParent') limit 1;
    if unknown is not null then
        perform {schema}.refuse(place, 'FIELD_FORMAT_EXCEPTION (15)', format(
            'There is no field ''%s''. A task has functionName, data, startTimestamp, priority, tags, taskId, idempotencyKey, '
                || 'reference, publisher, traceParent.',
            {schema}.excerpt(unknown)));
    end if;

    if {schema}.field_of(place, task, 'tags', 'array', 'an array of strings') is not null then
        select array_agg(
            {schema}.field_of(place, json_build_object('tags', tag), 'tags', 'string', 'an array of strings') #>> '{}' order by number)
        into words from json_array_elements(task -> 'tags') with ordinality as each_one(tag, number);
    end if;

    return {schema}.put_task(
        place, {schema}.text_of(place, task, 'functionName'), {schema}.field_of(place, task, 'data', 'object', 'a JSON object'),
        ({schema}.field_of(
            place, task, 'priority', 'number', 'an integer from -9007199254740991 to 9007199254740991') #>> '{}')::numeric,
        {schema}.start_of(place, task), words, {schema}.text_of(place, task, 'taskId'),
        {schema}.text_of(place, task, 'idempotencyKey'), {schema}.text_of(place, task, 'reference'),
        {schema}.text_of(place, task, 'publisher'), {schema}.text_of(place, task, 'traceParent'));
exception when untranslatable_character or invalid_text_representation then
    perform {schema}.refuse(place, 'FIELD_FORMAT_EXCEPTION (15)',
        'A task in JSON must not hold U+0000 or half of a surrogate pair. In its data schedule_task takes them.');
when numeric_value_out_of_range then
    perform {schema}.refuse(place, 'FIELD_FORMAT_EXCEPTION (15)',
        'priority must be an integer from -9007199254740991 to 9007199254740991; got '
            || {schema}.excerpt((task -> 'priority')::text) || '.');
end
$body$;

-- Schedules 1 to 1,000 tasks, written as in POST /tasks/v1/batch: an array of {"functionName": ..., "data": ...}. Returns their ids, in
-- order. If one is refused, all are.
create or replace function {schema}.schedule_tasks(tasks json) returns setof text
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
declare
    count int := case when json_typeof(tasks) = 'array' then json_array_length(tasks) end;
    task json;
    place bigint;
begin
    if tasks is null or json_typeof(tasks) = 'null' then
        perform {schema}.refuse('', 'MISSING_REQUIRED_FIELDS_EXCEPTION (14)', 'tasks is required: an array of tasks.');
    elsif count is null or count not between 1 and 1000 then
        perform {schema}.refuse('', 'FIELD_FORMAT_EXCEPTION (15)', format(
            'tasks must be an array of 1 to 1000 tasks; got %s.', coalesce(count::text, json_typeof(tasks))));
    end if;

    perform {schema}.wake();
    for task, place in
        select value, number - 1 from json_array_elements(tasks) with ordinality as each_one(value, number) order by number
    loop
        return next {schema}.put_json('tasks[' || place || ']: ', task);
    end loop;
end
$body$;

-- Cancels a task after the commit, if it is still new then.
create or replace function {schema}.cancel_task(task_id text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
begin
    if task_id is null then
        perform {schema}.refuse('', 'MISSING_REQUIRED_FIELDS_EXCEPTION (14)',
            'taskId is required: 24 hex digits, such as 507f1f77bcf86cd799439011.');
    end if;

    perform {schema}.check_id('', task_id);
    perform {schema}.wake();
    insert into {schema}.inbox(is_cancel, id, size) values (true, (task_id || '00000000')::uuid, 0);
end
$body$;

revoke all on all tables in schema {schema} from public;
revoke all on all functions in schema {schema} from public;
comment on schema {schema} is 'Schedules tasks of TasksBus in transactions: select {name}.schedule_task(''hello'')';
