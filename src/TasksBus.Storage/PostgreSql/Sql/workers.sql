-- Reads the workers that are not declared dead, each with the number of tasks that it runs.
-- Index: the key of worker_counts. No locks.
select w.id, w.pool, w.slots, c.running, w.host, w.version, w.beat, w.functions
from workers w cross join lateral (
    select coalesce(sum(case when is_ended then -count else count end), 0)::int as running from worker_counts where worker_id = w.id) c
