using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace TasksBus.Storage.PostgreSql;

/// <summary>
/// The schema by which services schedule tasks in their own transactions: <c>inbox.sql</c>, <c>inbox-calls.sql</c> and
/// <c>inbox-events.sql</c>. It is no part of the
/// migrations, because a database may do without it. A newer server replaces its functions and keeps who may call them.
/// </summary>
internal sealed partial class InboxSchema
{
    /// <summary>
    /// The first half of the advisory lock of a sleeping reader: an arbitrary number. The other half is the number of the table.
    /// </summary>
    private const int Lock = 0x54614275;

    private const string Functions = "select oid, proname from pg_proc where pronamespace = to_regnamespace($1)";

    private readonly string _quoted;
    private readonly string _script;
    private readonly string _hash;

    /// <exception cref="ArgumentException">No schema of ours can have that name.</exception>
    public InboxSchema(string name)
    {
        if (!TasksBusOptions.IsSqlSchema(name))
        {
            throw new ArgumentException(
                "A schema's name has 1 to 40 lower-case letters, digits and _, and begins with a letter.", nameof(name));
        }

        (Name, _quoted) = (name, $"\"{name}\"");
        Table = $"{_quoted}.inbox";
        Statements = Sql.OfInbox(_quoted);
        var tables = Resource("inbox");
        Revision = int.Parse(RevisionLine().Match(tables).Groups[1].Value, CultureInfo.InvariantCulture);
        _script = Filled(tables) + Filled(Resource("inbox-calls")) + Filled(Resource("inbox-events"));
        _hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_script)));
        TrySleep = $"select pg_try_advisory_lock({Lock}, '{Table}'::regclass::oid::int)";
        Wake = $"select pg_advisory_unlock({Lock}, '{Table}'::regclass::oid::int)";

        string Filled(string script) => script.Replace("{schema}", _quoted, StringComparison.Ordinal)
            .Replace("{name}", name, StringComparison.Ordinal)
            .Replace("{lock}", Lock.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{max_data}", Contracts.TaskRules.MaxDataBytes.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{max_levels}", Contracts.TaskRules.MaxDataLevels.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{max_content}", Contracts.EventRules.MaxContentBytes.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{max_depth}", Contracts.EventRules.MaxContentDepth.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    public string Name { get; }

    /// <summary>The table of the inbox, in quotes.</summary>
    public string Table { get; }

    /// <summary>The statements on the inbox.</summary>
    public InboxStatements Statements { get; }

    /// <summary>The revision of the schema that this version of the server makes.</summary>
    internal int Revision { get; }

    /// <summary>Announces that the reader sleeps, unless a transaction is open that sends no notification. Answers true or false.</summary>
    public string TrySleep { get; }

    /// <summary>Takes the announcement back.</summary>
    public string Wake { get; }

    /// <summary>Makes the schema, or brings it up to date, on a connection that holds the lock of migrations.</summary>
    public async Task<InboxState> MakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var home = (string)(await ScalarAsync(
            connection, "select relnamespace::regnamespace::text from pg_class where oid = 'tasks'::regclass", cancellationToken))!;
        var (isThere, revision, hash, theirs) = await ReadAsync(connection, cancellationToken);
        if (revision is null && isThere)
        {
            return new($"The schema {Name} has tables of something else: set TasksBus__SqlSchema to the name of another.", null);
        }

        if (theirs is not null && theirs != home)
        {
            return new(
                $"The schema {Name} serves the TasksBus whose tables are in the schema {theirs}: set TasksBus__SqlSchema to the name of "
                    + "another for this one.", null);
        }

        // A server of an earlier version leaves a newer schema alone.
        if (revision > Revision || (revision == Revision && hash == _hash))
        {
            return default;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await InstallAsync(connection, home, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return default;
        }
        catch (PostgresException exception) when (!PostgresErrors.IsUnavailable(exception))
        {
            await transaction.RollbackAsync(cancellationToken);
            if (revision is not null)
            {
                return new(null, $"PostgreSQL refuses those of this version: {exception.MessageText}.");
            }

            var user = new NpgsqlConnectionStringBuilder(connection.ConnectionString).Username;
            return new(
                $"PostgreSQL refuses to make the schema {Name} ({exception.MessageText}). As a user who may, run: create schema {Name} "
                    + $"authorization \"{user}\". Then restart the servers.", null);
        }
    }

    /// <returns>
    /// Whether a table of that name is there, the revision that is installed and its hash, and the schema of the tasks that it serves.
    /// </returns>
    private async Task<(bool IsThere, int? Revision, string? Hash, string? Home)> ReadAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var isInstalled = (bool)(await ScalarAsync(
            connection, $"select to_regclass('{_quoted}.installed') is not null", cancellationToken))!;
        if (!isInstalled)
        {
            var isThere = (bool)(await ScalarAsync(
                connection, $"select to_regclass('{Table}') is not null or to_regclass('{_quoted}.refusals') is not null",
                cancellationToken))!;
            return (isThere, null, null, null);
        }

        await using NpgsqlCommand read = new($"select revision, hash, tables_in from {_quoted}.installed", connection);
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (true, reader.GetInt32(0), reader.GetString(1), reader.GetString(2)) : (false, null, null, null);
    }

    private async Task InstallAsync(NpgsqlConnection connection, string home, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(connection, $"select to_regnamespace('{_quoted}') is null", cancellationToken) is true)
        {
            await ExecuteAsync(connection, $"create schema {_quoted}", cancellationToken);
        }

        var before = await FunctionsAsync(connection, cancellationToken);
        var grants = await GrantsAsync(connection, cancellationToken);
        await ExecuteAsync(connection, _script, cancellationToken);
        var made = (await FunctionsAsync(connection, cancellationToken)).Where(function => !before.ContainsKey(function.Key))
            .Select(static function => function.Value).ToHashSet();
        // A function with other parameters is another function. Beside it the earlier one would make calls ambiguous.
        foreach (var (oid, name) in before.Where(function => made.Contains(function.Value)))
        {
            await ExecuteAsync(
                connection, $"do $$ begin execute 'drop function ' || {oid}::regprocedure; end $$", cancellationToken);
            foreach (var role in grants.Where(grant => grant.Function == oid).Select(static grant => grant.Role))
            {
                await ExecuteAsync(connection, $"grant execute on function {_quoted}.{name} to {role}", cancellationToken);
            }
        }

        await using NpgsqlCommand note = new(
            $"insert into {_quoted}.installed values(1, $1, $2, $3) "
                + "on conflict (id) do update set revision = excluded.revision, hash = excluded.hash", connection)
        { Parameters = { new() { Value = Revision }, new() { Value = _hash }, new() { Value = home } } };
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<Dictionary<uint, string>> FunctionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand read = new(Functions, connection) { Parameters = { new() { Value = _quoted } } };
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        Dictionary<uint, string> functions = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            functions.Add(reader.GetFieldValue<uint>(0), reader.GetString(1));
        }

        return functions;
    }

    /// <summary>Who, beside the owner, may call which function. A role is named as a statement names it.</summary>
    private async Task<List<(uint Function, string Role)>> GrantsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand read = new(
            "select p.oid, case a.grantee when 0 then 'public' else a.grantee::regrole::text end "
                + "from pg_proc as p, aclexplode(p.proacl) as a "
                + "where p.pronamespace = to_regnamespace($1) and a.grantee <> p.proowner", connection)
        { Parameters = { new() { Value = _quoted } } };
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        List<(uint, string)> grants = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            grants.Add((reader.GetFieldValue<uint>(0), reader.GetString(1)));
        }

        return grants;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Resource(string name) => EmbeddedText.Read($"{typeof(InboxSchema).Namespace}.{name}.sql");

    [GeneratedRegex("^-- Revision: ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex RevisionLine();
}

/// <summary>Whether services can schedule by SQL.</summary>
/// <param name="Fault">Why they cannot, and how to mend it. Null when they can.</param>
/// <param name="Behind">Why the functions for SQL are those of an earlier version, which go on. Null when they are of this one.</param>
internal readonly record struct InboxState(string? Fault, string? Behind);
