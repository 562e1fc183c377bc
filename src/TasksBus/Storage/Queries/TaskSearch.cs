using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage.Queries;

/// <summary>Finds tasks with a query.</summary>
internal static class TaskSearch
{
    /// <summary>The page that is asked for, and how many match in all: null where nobody wants to know.</summary>
    public static async Task<(IReadOnlyList<TaskId> Page, long? Total)> FindAsync(DbContext context, SqlDialect dialect, RqlQuery query, CancellationToken cancellationToken)
    {
        var statuses = StatusesOf(query.Filter);
        if (statuses.Count == 0)
        {
            return ([], query.SkipsCount ? null : 0);
        }

        var columns = TaskColumns.Of(statuses);
        await context.Database.OpenConnectionAsync(cancellationToken);
        var connection = context.Database.GetDbConnection();
        long? total = null;
        if (!query.SkipsCount)
        {
            await using var count = Command(connection, Count(dialect, columns, query));
            total = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        }

        List<TaskId> page = [];
        await using var command = Command(connection, Page(dialect, columns, query));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            page.Add(dialect.ReadId(reader, 0));
        }

        return (page, total);
    }

    /// <summary>The statement that counts what a query finds.</summary>
    internal static (string Sql, IReadOnlyList<DbParameter> Parameters) Count(SqlDialect dialect, TaskColumns columns, RqlQuery query)
    {
        SqlParameters parameters = new(dialect);
        HashSet<char> tables = [];
        var where = new SqlConditions(dialect, columns, parameters, tables).Write(query.Filter);
        return ($"select count(*) from {columns.From(tables)} where {where}", parameters.All);
    }

    /// <summary>The statement that finds a query's page.</summary>
    internal static (string Sql, IReadOnlyList<DbParameter> Parameters) Page(SqlDialect dialect, TaskColumns columns, RqlQuery query)
    {
        SqlParameters parameters = new(dialect);
        HashSet<char> tables = ['t'];
        SqlConditions conditions = new(dialect, columns, parameters, tables);
        var where = conditions.Write(query.Filter);
        // Numbers are given in the order of creation, so the newest number is the newest task.
        var order = string.Join(", ", query.Sort.SelectMany(conditions.Order).Append($"{columns.Number} desc"));
        var (limit, offset) = (parameters.Add((long)query.Limit), parameters.Add(Math.Min(query.Offset, int.MaxValue)));
        return ($"select t.id from {columns.From(tables)} where {where} order by {order} limit {limit} offset {offset}", parameters.All);
    }

    /// <summary>The statuses that what is found can have, as far as conditions say that must all hold.</summary>
    internal static IReadOnlySet<string> StatusesOf(RqlCondition condition) => condition switch
    {
        RqlAll all => all.Conditions.Aggregate(All(), static (statuses, one) =>
        {
            statuses.IntersectWith(StatusesOf(one));
            return statuses;
        }),
        RqlAny any => any.Conditions.Aggregate(new HashSet<string>(), static (statuses, one) =>
        {
            statuses.UnionWith(StatusesOf(one));
            return statuses;
        }),
        RqlMatch { Path.Property: "status", Test: RqlTest.Equal } match => match.Values.OfType<RqlText>().Select(static value => value.Text).Intersect(TaskStates.All).ToHashSet(),
        RqlNot { Condition: RqlMatch { Path.Property: "status", Test: RqlTest.Equal } match } =>
            TaskStates.All.Except(match.Values.OfType<RqlText>().Select(static value => value.Text)).ToHashSet(),
        _ => All(),
    };

    private static HashSet<string> All() => [.. TaskStates.All];

    private static DbCommand Command(DbConnection connection, (string Sql, IReadOnlyList<DbParameter> Parameters) statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Sql;
        command.Parameters.AddRange(statement.Parameters.ToArray());
        return command;
    }
}
