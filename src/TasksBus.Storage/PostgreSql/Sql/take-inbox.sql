-- Deletes the rows of the inbox whose tasks insert.sql inserts, in the same statement: both happen, or neither. A row that is gone makes no
-- task. A task whose id is taken stays as it is, and its row goes.
-- Parameters: $15 positions, the others as in insert.sql.
-- Index: the key of the inbox. Locks: the rows. It waits for another leader that takes them.
taken as (
    delete from {schema}.inbox
    where position = any($15::bigint[]) and coalesce($14::uuid = (select revision from functions_revision where id = 1), true)
    returning id),
