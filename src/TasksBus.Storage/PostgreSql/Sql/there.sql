-- Finds which of the rows with the numbers $1, ascending, exist, whoever holds them.
-- Index: the key of {table}. No locks.
select number from {table} where number = any($1::bigint[])
