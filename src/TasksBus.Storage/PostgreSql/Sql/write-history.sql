-- Writes what a process counted of tasks, by minute and function. A process replaces its own rows and no others.
-- Parameters: $1 minutes, $2 function names, $3 ids of processes, $4 counts.
-- Index: task_history(minute, function_name, process_id). Locks: the rows of this process.
insert into task_history(minute, function_name, process_id, counts)
select * from unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[])
on conflict (minute, function_name, process_id) do update set counts = excluded.counts
