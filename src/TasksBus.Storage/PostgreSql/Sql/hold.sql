-- Locks those of the rows with the numbers $1, ascending, that can be locked at once, because no other transaction is about to change them.
-- It is only for rows that are named by their numbers. A statement that chooses the most urgent rows must not skip any.
-- Index: the key of {table}. Locks: those rows.
select number from {table} where number = any($1::bigint[]) order by number for update skip locked
