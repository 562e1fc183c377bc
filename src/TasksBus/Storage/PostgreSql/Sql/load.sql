-- Reads tasks with where they stand, as one snapshot. $1: ids.
-- Index: tasks(id), then the keys of the three places. No locks.
select {columns}
from unnest($1::uuid[]) u(id) join tasks t on t.id = u.id {joins}
