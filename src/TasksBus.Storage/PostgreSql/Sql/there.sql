-- Which of the rows with the numbers $1, ascending, are there, whoever holds them. Index: the key of {table}. Locks: none.
select number from {table} where number = any($1::bigint[])
