-- Which of the rows with the numbers $1, ascending, can be had at once: those that no other transaction is about to change. Only where rows are named by
-- their numbers: who chooses the most urgent ones must not pass over any. Index: the key of {table}. Locks: those rows.
select number from {table} where number = any($1::bigint[]) order by number for update skip locked
