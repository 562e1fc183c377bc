using Npgsql;

namespace TasksBus.IntegrationTests.Servers;

/// <summary>Brings a database back to where a migration leaves it: no sessions, no rows but the one that it makes, no statistics.</summary>
/// <param name="Fingerprint">The schema, the settings and the rights. A database that has others is not rewound.</param>
internal sealed record DatabaseRewind(string Fingerprint)
{
    private const string EndSessions =
        """
        select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        """;

    private const string ReadFingerprint =
        """
        with relations as (select * from pg_class where relnamespace in ('public'::regnamespace, 'tasksbus'::regnamespace))
        select string_agg(part, e'\n' order by part) from (
            select concat_ws(' ', relname, relkind, relpersistence, reloptions, relacl, relowner) as part from relations
            union all select concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull)
                from pg_attribute where attrelid in (select oid from relations) and attnum > 0
            union all select concat_ws(' ', conrelid::regclass, conname, convalidated) from pg_constraint
                where connamespace in ('public'::regnamespace, 'tasksbus'::regnamespace)
            union all select concat_ws(' ', tgrelid::regclass, tgname, tgenabled) from pg_trigger
            union all select proname from pg_proc where pronamespace = 'public'::regnamespace
            union all select concat_ws(' ', oid::regprocedure, proacl, md5(prosrc)) from pg_proc
                where pronamespace = 'tasksbus'::regnamespace
            union all select concat_ws(' ', nspname, nspacl) from pg_namespace where nspname !~ '^pg_'
            union all select concat_ws(' ', setrole, setconfig) from pg_db_role_setting
                where setdatabase = (select oid from pg_database where datname = current_database())
            union all select concat_ws(' ', datdba, datconnlimit, datacl) from pg_database where datname = current_database()) parts
        """;

    // To truncate a table takes some milliseconds, so those that nobody wrote to are left alone.
    private const string WrittenTables =
        "select coalesce(string_agg(oid::regclass::text, ','), '') from pg_class "
            + "where relnamespace in ('public'::regnamespace, 'tasksbus'::regnamespace) and relkind = 'r' and pg_relation_size(oid) > 0 "
            + "and relname not in ('__EFMigrationsHistory', 'functions_revision', 'installed')";

    private const string Forget =
        """
        update functions_revision set revision = '00000000-0000-0000-0000-000000000000';
        delete from pg_statistic where starelid in (select oid from pg_class where relnamespace = 'public'::regnamespace);
        select pg_stat_reset()
        """;

    /// <summary>Reads how a database is that a migration has just left.</summary>
    public static async Task<DatabaseRewind> ReadAsync(string connectionString)
    {
        await using var source = Open(connectionString);
        return new(await ScalarAsync(source, ReadFingerprint));
    }

    /// <returns>False when the database has another schema, other settings or other rights by now, or cannot be reached.</returns>
    public async Task<bool> TryAsync(string connectionString)
    {
        try
        {
            await using var source = Open(connectionString);
            await ExecuteAsync(source, EndSessions);
            if (await ScalarAsync(source, ReadFingerprint) != Fingerprint)
            {
                return false;
            }

            var written = await ScalarAsync(source, WrittenTables);
            await ExecuteAsync(source, (written.Length > 0 ? $"truncate {written} restart identity;" : "") + Forget);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static NpgsqlDataSource Open(string connectionString) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 1, ApplicationName = "rewind" });

    private static async Task<string> ScalarAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
