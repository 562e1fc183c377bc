-- Reads one page of a walk over rows that grow old, in the order of their numbers.
-- Parameters: $1 the number after which to begin, $2 rows at most, $3 an age in microseconds.
-- Returns each row's number, whether it is older than that age, and whether its task was made (its request came) since. In that case no
-- later row is old, because numbers are given in that order.
-- Index: the keys of {table} and {owners}. No locks.
with cutoff as materialized (select (extract(epoch from now()) * 1000000)::bigint - $3::bigint as at)
select r.number, r.ended_at <= cutoff.at, coalesce(o.made_at > cutoff.at, false)
from cutoff
cross join (select number, {time} as ended_at from {table} where number > $1::bigint order by number limit $2::bigint) r
left join lateral (select {made} as made_at from {owners} where number = r.number offset 0) o on true
order by r.number
