using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Queries;

/// <summary>Finds resources with a query.</summary>
internal static class RqlSearch
{
    /// <summary>
    /// The limit for the inputs on a page, in bytes. Further rows are left to the next page. The first row is shown however large it is.
    /// </summary>
    public const long MaxPageData = 8 * 1024 * 1024;

    /// <summary>Returns the page that is asked for, and how many rows match in all.</summary>
    /// <param name="readsInput">True when the rows are then read with their input, so that a page has a limit in bytes.</param>
    public static async Task<FoundPage> FindAsync(
        TasksDbContext context, SqlColumns columns, RqlQuery query, bool readsInput, CancellationToken cancellationToken)
    {
        var dialect = context.Dialect;
        await context.Database.OpenConnectionAsync(cancellationToken);
        var connection = context.Database.GetDbConnection();
        long? total = null;
        if (!query.SkipsCount)
        {
            total = await CountAsync(connection, Count(dialect, columns, query.Filter), cancellationToken);
        }

        List<TaskId> page = [];
        await using var command = Command(connection, Page(dialect, columns, query));
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                page.Add(dialect.ReadId(reader, 0));
            }
        }

        if (!readsInput || page.Count < 2)
        {
            return new(page, total, null);
        }

        var sizes = await SizesAsync(dialect, connection, columns, page, cancellationToken);
        var fitting = Fitting(page.Select(id => sizes.GetValueOrDefault(id)));
        return fitting == page.Count ? new(page, total, null) : new(page[..fitting], total, fitting);
    }

    /// <summary>
    /// Returns the page of rows that is asked for, in the query's order. Rows that were deleted meanwhile are left out.
    /// </summary>
    /// <param name="rows">All rows.</param>
    /// <param name="readsInput">True when the rows have an input, so that a page has a limit in bytes.</param>
    public static async Task<(IReadOnlyList<TRow> Rows, long? Total, int? Limit)> FindRowsAsync<TRow>(
        TasksDbContext context, SqlColumns columns, RqlQuery query, IQueryable<TRow> rows, bool readsInput,
        CancellationToken cancellationToken)
        where TRow : class, IRecordRow
    {
        var (page, total, limit) = await FindAsync(context, columns, query, readsInput, cancellationToken);
        var ids = page.Select(static id => id.ToString()).ToList();
        var found = await rows.Where(row => ids.Contains(row.Id)).ToDictionaryAsync(static row => row.Id, cancellationToken);
        return ([.. ids.Where(found.ContainsKey).Select(id => found[id])], total, limit);
    }

    /// <summary>Counts the tasks that a condition finds.</summary>
    /// <param name="upTo">The highest number that counts.</param>
    public static async Task<long> CountAsync(
        TasksDbContext context, SqlColumns columns, RqlCondition condition, long upTo, CancellationToken cancellationToken)
    {
        await context.Database.OpenConnectionAsync(cancellationToken);
        return await CountAsync(
            context.Database.GetDbConnection(), Count(context.Dialect, columns, condition, upTo), cancellationToken);
    }

    /// <summary>The tasks that a condition finds between two numbers, in the order of their numbers.</summary>
    public static async Task<IReadOnlyList<FoundTask>> WalkAsync(
        TasksDbContext context, SqlColumns columns, RqlCondition condition, long after, long upTo, int limit, bool withSizes,
        CancellationToken cancellationToken)
    {
        var dialect = context.Dialect;
        await context.Database.OpenConnectionAsync(cancellationToken);
        var (id, data) = (columns["id"], columns["data"]);
        SqlParameters parameters = new(dialect);
        var from = Numbered(
            dialect, columns, condition, parameters, [.. id.Tables, .. withSizes ? data.Tables : ""], after, upTo);
        var size = withSizes ? $"coalesce({dialect.JsonBytes(data.Expression)}, 0)" : "0";
        var sql = $"select {columns.Number}, {id.Expression}, {size} {from} order by {columns.Number} limit {parameters.Add((long)limit)}";
        await using var command = Command(context.Database.GetDbConnection(), (sql, parameters.All));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<FoundTask> found = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new(
                reader.GetInt64(0), dialect.ReadId(reader, 1), Convert.ToInt64(reader.GetValue(2), CultureInfo.InvariantCulture)));
        }

        return found;
    }

    /// <summary>How many rows of a page may be read at once: the first, and as many after it as fit the limit.</summary>
    /// <param name="sizes">The size of each row.</param>
    internal static int Fitting(IEnumerable<long> sizes)
    {
        var (count, all) = (0, 0L);
        foreach (var size in sizes)
        {
            all += size;
            if (count > 0 && all > MaxPageData)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private static async Task<Dictionary<TaskId, long>> SizesAsync(
        SqlDialect dialect, DbConnection connection, SqlColumns columns, List<TaskId> page, CancellationToken cancellationToken)
    {
        SqlParameters parameters = new(dialect);
        var ids = string.Join(", ", page.Select(id => parameters.Add(dialect.IdValue(id))));
        await using var command = Command(
            connection,
            ($"select id, {dialect.JsonBytes(columns.Input)} from {columns.Table} where id in ({ids}) and {columns.Input} is not null",
                parameters.All));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Dictionary<TaskId, long> sizes = new(page.Count);
        while (await reader.ReadAsync(cancellationToken))
        {
            sizes[dialect.ReadId(reader, 0)] = Convert.ToInt64(reader.GetValue(1), CultureInfo.InvariantCulture);
        }

        return sizes;
    }

    /// <summary>The statement that counts what a condition finds.</summary>
    /// <param name="upTo">The highest number that counts. Null when every number does.</param>
    internal static (string Sql, IReadOnlyList<DbParameter> Parameters) Count(
        SqlDialect dialect, SqlColumns columns, RqlCondition condition, long? upTo = null)
    {
        SqlParameters parameters = new(dialect);
        return ($"select count(*) {Numbered(dialect, columns, condition, parameters, [], after: null, upTo)}", parameters.All);
    }

    /// <summary>The statement that finds the ids of a query's page.</summary>
    internal static (string Sql, IReadOnlyList<DbParameter> Parameters) Page(SqlDialect dialect, SqlColumns columns, RqlQuery query)
    {
        SqlParameters parameters = new(dialect);
        var id = columns["id"];
        HashSet<char> tables = [.. id.Tables];
        SqlConditions conditions = new(dialect, columns, parameters, tables);
        var where = conditions.Write(query.Filter);
        if (query.Before is { } number)
        {
            where = $"{columns.Number} < {parameters.Add(number)} and ({where})";
        }

        SqlSortKey[] order = [.. query.Sort.SelectMany(conditions.Order), .. columns.Newest];
        var page = $"limit {parameters.Add((long)query.Limit)} offset {parameters.Add(Math.Min(query.Offset, int.MaxValue))}";
        var from = $"{columns.From(tables)} where {where}";
        if (!conditions.IsSelective || query.SkipsCount)
        {
            return (
                $"select {id.Expression} from {from} order by "
                    + $"{string.Join(", ", order.Select(static key => $"{key.Expression} {key.Direction}"))} {page}",
                parameters.All);
        }

        // A planner that knows little about arrays and JSON may walk along the list for a page, through all of it if little is found. So
        // the query first finds all rows, as for the count, and then sorts them.
        var (keys, directions) =
            (order.Select(static (key, i) => $", {key.Expression} as o{i}"), order.Select(static (key, i) => $"o{i} {key.Direction}"));
        return (
            $"select id from (select {id.Expression} as id{string.Concat(keys)} from {from}{dialect.Fence}) found order by "
                + $"{string.Join(", ", directions)} {page}",
            parameters.All);
    }

    /// <summary>The tables and conditions of a query on the rows between two numbers, of which either may be null.</summary>
    /// <param name="tables">The aliases of the tables that the rest of the statement uses.</param>
    private static string Numbered(
        SqlDialect dialect, SqlColumns columns, RqlCondition condition, SqlParameters parameters, HashSet<char> tables, long? after,
        long? upTo)
    {
        var where = new SqlConditions(dialect, columns, parameters, tables).Write(condition);
        var first = after is { } low ? $"{columns.Number} > {parameters.Add(low)} and " : "";
        var last = upTo is { } high ? $"{columns.Number} <= {parameters.Add(high)} and " : "";
        return $"from {columns.From(tables)} where {first}{last}({where})";
    }

    private static async Task<long> CountAsync(
        DbConnection connection, (string Sql, IReadOnlyList<DbParameter> Parameters) statement, CancellationToken cancellationToken)
    {
        await using var count = Command(connection, statement);
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    private static DbCommand Command(DbConnection connection, (string Sql, IReadOnlyList<DbParameter> Parameters) statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Sql;
        command.Parameters.AddRange(statement.Parameters.ToArray());
        return command;
    }
}

/// <summary>A page that a query found.</summary>
/// <param name="Total">How many rows match in all. Null when nobody asked for it.</param>
/// <param name="Limit">Set when the page ends before its limit because more would be too large: how many rows it covers.</param>
internal readonly record struct FoundPage(IReadOnlyList<TaskId> Ids, long? Total, int? Limit);
