-- The schema by which services schedule tasks in transactions of their own: its tables and its rules. The calls are in inbox-calls.sql. The
-- first server that starts makes it, and a server with a higher revision brings it up to date ({schema} is its name):
-- Revision: 1
-- A released revision is never changed. Parameters are only ever added, at the end and with a default, so that earlier calls stay valid.
-- Both files may run again on a database that has them.

-- What is installed: the revision, the hash of both files, and the schema of the tables of the TasksBus that it serves. One row.
create table if not exists {schema}.installed(id int primary key, revision int not null, hash text not null, tables_in text not null);

-- What was committed and is not yet a task or an event. Nothing refers to this table and it has no key but its own number, so no caller
-- ever waits for another.
create table if not exists {schema}.inbox(
    position bigint generated always as identity primary key,
    is_cancel boolean not null,
    id uuid not null,
    function_name text,
    data json,
    priority bigint,
    start_at timestamptz,
    tags text[],
    reference text,
    publisher text,
    size int not null,
    event_type text,
    raised_by_task_id uuid,
    trace_parent text);

-- What could not become a task or an event, and why. Of an event task_id is its own id.
create table if not exists {schema}.refusals(
    position bigint primary key,
    task_id text not null,
    function_name text,
    data json,
    priority bigint,
    start_at timestamptz,
    tags text[],
    reference text,
    publisher text,
    refused_at timestamptz not null default now(),
    code int not null,
    name text not null,
    message text not null,
    event_type text);

create index if not exists refusals_refused_at on {schema}.refusals(refused_at);

-- The beginning of a text, for messages to people.
create or replace function {schema}.excerpt(words text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
as $body$
    select case when length($1) <= 40 then $1 else left($1, 40) || '...' end
$body$;

-- How deeply a JSON text is nested. Texts in it do not count, and each pass removes the innermost brackets.
create or replace function {schema}.depth_of(content text) returns int
    language plpgsql immutable set search_path = pg_catalog, pg_temp
as $body$
declare
    brackets text := regexp_replace(regexp_replace($1, E'"(\\\\.|[^"\\\\])*"', '', 'g'), '[^][{}]+', '', 'g');
    depth int := 0;
begin
    while brackets <> '' and depth <= 64 loop
        brackets := regexp_replace(brackets, '[[][]]|[{][}]', '', 'g');
        depth := depth + 1;
    end loop;
    return depth;
end
$body$;

-- The length of a text in units of UTF-16, in which every way to TasksBus counts.
create or replace function {schema}.units_of(words text) returns int
    language sql immutable set search_path = pg_catalog, pg_temp
as $body$
    select length($1) + case when getdatabaseencoding() = 'UTF8'
        then length($1) - length(regexp_replace($1, '[' || chr(65536) || '-' || chr(1114111) || ']', '', 'g')) else 0 end
$body$;

-- The first of the tags that is longer than 256 units.
create or replace function {schema}.long_tag(tags text[]) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
as $body$
    select tag from unnest($1) with ordinality as each_one(tag, place)
    where octet_length(tag) > 256 and {schema}.units_of(tag) > 256
    order by place limit 1
$body$;

-- Refuses with a code and the words of HTTP. Its place says which of several tasks is meant.
create or replace function {schema}.refuse(place text, code text, message text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $body$
begin
    -- Drivers may hide the detail of an error, so the code is in the hint.
    raise exception using errcode = '22023', message = $1 || $3,
        hint = $2 || '. The rules are those of POST /tasks/v1/; functionName is function_name here, startTimestamp is start_at.';
end
$body$;

-- The id of the task that a key names: the bytes of TaskId.FromKey.
create or replace function {schema}.id_of_key(key text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
as $body$
    select encode(set_byte(set_byte(substr(hash, 1, 12), 10, get_byte(hash, 10) & 252), 11, 0), 'hex')
    from (select sha256(convert_to(E'tasksbus message key\n' || $1, 'UTF8')) as hash) as hashed
$body$;

-- A new id: seconds since 1970, their fraction, and random bits.
create or replace function {schema}.new_id() returns text
    language sql volatile set search_path = pg_catalog, pg_temp
as $body$
    select lpad(to_hex(now / 1000000), 8, '0') || lpad(to_hex((now % 1000000 << 32) / 1000000), 8, '0') || left(gen_random_uuid()::text, 8)
    from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now) as clock
$body$;

-- Refuses an id that is none. Null is accepted.
create or replace function {schema}.check_id(place text, task_id text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $body$
begin
    if $2 !~ '^[0-9A-Fa-f]{24}$' then
        perform {schema}.refuse($1, 'ID_FORMAT_EXCEPTION (12)', format(
            'taskId must be 24 hex digits, such as 507f1f77bcf86cd799439011; got ''%s''.', {schema}.excerpt($2)));
    elsif $2 = '000000000000000000000000' then
        perform {schema}.refuse($1, 'ID_FORMAT_EXCEPTION (12)',
            'taskId must not be all zeros: every such command would mean one task. Choose an id for each task, or leave it out.');
    end if;
end
$body$;
