-- The call of the schema that raises events, and what only it uses. The rules are those of EventRules.

-- Refuses an id of the caller's that is none. Null is accepted.
create or replace function {schema}.check_event_id(field text, id text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $body$
begin
    if $2 !~ '^[0-9A-Fa-f]{24}$' or $2 = '000000000000000000000000' then
        perform {schema}.refuse('', 'ID_FORMAT_EXCEPTION (12)', format(
            '%s must be 24 hex digits, not all zeros, such as 507f1f77bcf86cd799439011; got ''%s''.', $1, {schema}.excerpt($2)));
    end if;
end
$body$;

-- Raises an event after the commit, and returns its id: 24 hex digits. It schedules the tasks of its dispatchers, and never does so after a
-- rollback.
create or replace function {schema}.raise_event(
    type text, content json default null, event_id text default null, idempotency_key text default null,
    raised_by_task_id text default null)
    returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $body$
declare
    body json := case when json_typeof(content) <> 'null' then content end;
    bytes int := coalesce(octet_length(body::text), 0);
    id text;
    fault text;
begin
    if coalesce(type, '') = '' then
        perform {schema}.refuse('', 'MISSING_REQUIRED_FIELDS_EXCEPTION (14)', 'type is required: such as user_deleted.');
    end if;

    perform {schema}.check_event_id('eventId', event_id);
    perform {schema}.check_event_id('raisedByTaskId', raised_by_task_id);
    fault := case
        when length(type) > 255 or (octet_length(type) > 255 and {schema}.units_of(type) > 255) then
            'type must be a text of 1 to 255 characters; got ''' || {schema}.excerpt(type) || '''.'
        when json_typeof(body) <> 'object' then 'content must be a JSON object; got ' || {schema}.excerpt(body::text) || '.'
        when bytes > {max_content} then
            'content has ' || bytes || ' bytes; an event may have {max_content}. Store it elsewhere and send a reference.'
        when {schema}.depth_of(body::text) > {max_depth} then 'content must be nested at most {max_depth} levels deep.'
        when event_id is not null and idempotency_key is not null then
            'An event has an eventId or an idempotencyKey, not both: leave one out.'
        when idempotency_key collate "C" !~ '^[ -~]{1,255}$' then
            'idempotencyKey must be a text of 1 to 255 printable ASCII characters; got ''' || {schema}.excerpt(idempotency_key) || '''.'
        end;
    if fault is not null then
        perform {schema}.refuse('', 'FIELD_FORMAT_EXCEPTION (15)', fault);
    end if;

    perform {schema}.wake();
    id := coalesce(lower(event_id), {schema}.id_of_key(idempotency_key), {schema}.new_id());
    insert into {schema}.inbox(is_cancel, id, data, event_type, raised_by_task_id, size)
    values (false, (id || '00000000')::uuid, body, type, (raised_by_task_id || '00000000')::uuid, bytes);
    return id;
end
$body$;

revoke all on all functions in schema {schema} from public;
