-- Inserts events that were raised. An id that is known is left alone.
-- Parameters: $1 ids, $2 types, $3 contents, $4 depths, $5 how many tasks they trigger, $6 tasks that raised them, $7 user ids, $8
-- application ids, $9 when they were raised, $10 the revision of the functions and triggers from which they were computed. If $10 is not
-- the current revision, no event is inserted.
-- Index: raised_events(id). Locks: the new rows. It waits for an insert of the same id elsewhere.
insert into raised_events(
    id, type, content, depth, task_count, raised_by_task_id, created_by_user_id, created_by_application_id, created_at)
select e.id, e.type, e.content, e.depth, e.task_count, e.raised_by_task_id, e.user_id, e.application_id, e.created_at
from unnest($1::uuid[], $2::text[], $3::json[], $4::int[], $5::int[], $6::uuid[], $7::text[], $8::text[], $9::bigint[])
    as e(id, type, content, depth, task_count, raised_by_task_id, user_id, application_id, created_at)
where $10::uuid = (select revision from functions_revision where id = 1)
order by e.id
on conflict (id) do nothing
returning id
