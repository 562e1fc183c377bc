-- Compares the server with the one that was seen last, because a restored backup or a promoted standby may have forgotten claims.
-- Parameters: $1 whether that is a reason to hold tasks. Returns why tasks are held, or null.
-- Locks: the one row, if something changed.
with here as materialized (
    select (select system_identifier::text from pg_control_system()) as system,
        substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline),
changed as (
    insert into installation as i(id, system, timeline)
    select 1, system, timeline from here
    on conflict (id) do update set system = excluded.system, timeline = excluded.timeline,
        held_because = case when not $1::boolean then i.held_because else
            'the database is not the one it was (system ' || i.system || ' timeline ' || i.timeline || ', now system ' || excluded.system
            || ' timeline ' || excluded.timeline || '): a restored backup or a promoted standby may have forgotten tasks that ran' end
        where (i.system, i.timeline) is distinct from (excluded.system, excluded.timeline)
    returning i.held_because)
select coalesce((select held_because from changed), (select held_because from installation))
