using System.Data.Common;
using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>
/// Finds what keeps functions from running, on either database. Each query begins with a part of an index and looks up the rest by its key,
/// so it takes milliseconds, whatever is stored.
/// </summary>
internal static class RunTroubleQueries
{
    private const string FunctionOfTask = "(select t.function_name from tasks t where t.number = each_one.number)";

    private const string Failures =
        $"error_type = '{TaskErrorTypes.Invocation}' or error_name = '{TaskErrorNames.ZombieTaskCleaned}'";

    /// <summary>Index: waiting_tasks(not_run_since) where not_run_since is not null.</summary>
    public static readonly string PutOff =
        $"""
        select function_name, coalesce(not_run_name, ''), cast(count(*) as int), max(not_run_count), min(not_run_since)
        from (
            select {FunctionOfTask} as function_name, not_run_name, not_run_count, not_run_since
            from (
                select number, not_run_name, not_run_count, not_run_since from waiting_tasks
                where not_run_since is not null order by not_run_since limit {RunTroubles.MostPutOff}) each_one) counted
        where function_name is not null
        group by function_name, not_run_name order by 3 desc, 1 limit 100
        """;

    /// <summary>Index: finished_tasks(status, number), and tasks(function_name, number).</summary>
    /// <param name="since">The placeholder of the time from which failures count.</param>
    public static string Failed(string since) =>
        $"""
        select function_name, error_name, count, latest
        from (
            select function_name, error_name, cast(count(*) as int) as count, max(changed_at) as latest
            from ({FailedAs(TaskStates.Failed, since)} union all {FailedAs(TaskStates.Retried, since)}) counted
            where function_name is not null
            group by function_name, error_name) failures
        where error_name = '{TaskErrorNames.ZombieTaskCleaned}' or not exists (
            select 1
            from (
                select number from tasks t where t.function_name = failures.function_name
                order by number desc limit {RunTroubles.TasksRead}) newest
            where (select f.changed_at from finished_tasks f where f.number = newest.number and f.status = '{TaskStates.Complete}')
                > failures.latest)
        order by count desc, function_name limit 100
        """;

    /// <summary>Index: tasks(function_name, number), and the key of waiting_tasks.</summary>
    public static readonly string Disabled =
        $"""
        select name, (
            select cast(count(*) as int)
            from (
                select number from tasks t where t.function_name = disabled.name order by number desc limit {RunTroubles.TasksRead}) newest
            where (select w.number from waiting_tasks w where w.number = newest.number) is not null)
        from (select name from functions where not is_enabled order by name limit 100) disabled
        """;

    public static PutOffTasks ReadPutOff(DbDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), Microseconds.ToTime(row.GetInt64(4)));

    public static FailedTasks ReadFailed(DbDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetInt32(2), Microseconds.ToTime(row.GetInt64(3)));

    public static DisabledFunction ReadDisabled(DbDataReader row) => new(row.GetString(0), row.GetInt32(1));

    /// <summary>Why the function of a waiting task did not run, in two columns.</summary>
    public static TaskError? ReadNotRun(DbDataReader row, int column) => row.IsDBNull(column) ? null
        : new(TaskErrorTypes.Invocation, row.GetString(column), row.GetString(column + 1));

    private static string FailedAs(string status, string since) =>
        $"""
        select {FunctionOfTask} as function_name, error_name, changed_at
            from (
                select number, error_type, error_name, changed_at from finished_tasks
                where status = '{status}' order by number desc limit {RunTroubles.FailuresRead}) each_one
            where changed_at > {since} and ({Failures})
        """;
}
