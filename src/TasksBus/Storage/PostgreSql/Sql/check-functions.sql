-- Ends the transaction with a division by zero, unless the functions are still those that its changes were computed from. $1: their revision.
-- A change of the functions that was committed before this statement began is seen. Index: the key of functions_revision. No locks.
select 1 / (revision = $1)::int from functions_revision where id = 1
