-- Makes $1 the leader for the interval $2, or renews its lease, unless the lease of another runs. Returns the epoch, or no row.
-- Locks: the one row.
insert into leader as l(id, owner, epoch, lease_ends_at)
values(1, $1, 1, (extract(epoch from now()) * 1000000)::bigint + $2)
on conflict (id) do update set
    epoch = case when l.owner = excluded.owner then l.epoch else l.epoch + 1 end,
    owner = excluded.owner, lease_ends_at = excluded.lease_ends_at
    where l.owner = excluded.owner or l.lease_ends_at < (extract(epoch from now()) * 1000000)::bigint
returning epoch
