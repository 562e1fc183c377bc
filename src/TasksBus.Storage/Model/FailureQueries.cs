using System.Data.Common;
using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>Groups the tasks that failed last, on either database.</summary>
internal static class FailureQueries
{
    /// <summary>Index: finished_tasks(changed_at) where status = 'failed', and the key of tasks for each of them.</summary>
    /// <param name="since">The placeholder of the time after which they failed.</param>
    public static string Groups(string since) =>
        $"""
        select function_name, coalesce(error_name, ''), count,
            (select t.id from tasks t where t.number = placed.number), changed_at,
            (select f.error_message from finished_tasks f where f.number = placed.number)
        from (
            select number, function_name, error_name, changed_at,
                cast(count(*) over (partition by function_name, error_name) as int) as count,
                row_number() over (partition by function_name, error_name order by changed_at desc, number desc) as place
            from (
                select number, error_name, changed_at, (select t.function_name from tasks t where t.number = latest.number) as function_name
                from (
                    select number, error_name, changed_at from finished_tasks
                    where status = '{TaskStates.Failed}' and changed_at > {since}
                    order by changed_at desc limit {IStatusReader.MostGrouped}) latest) named
            where function_name is not null) placed
        where place = 1
        order by count desc, changed_at desc limit {IStatusReader.MostGroups}
        """;

    public static FailureGroup Read(DbDataReader row, TaskReader reader) => new(
        row.GetString(0), row.GetString(1), row.GetInt32(2), reader.ReadId(row, 3), Microseconds.ToTime(row.GetInt64(4)),
        row.IsDBNull(5) ? null : row.GetString(5));
}
