namespace TasksBus.Benchmarks;

/// <summary>
/// A hundred thousand tasks fall due at one moment, while the statistics of the database say that hardly any task waits for its time.
/// </summary>
internal static class BurstBenchmark
{
    private const int Tasks = 100_000;

    /// <summary>In microseconds: longer than it takes to store them.</summary>
    private const int InTime = 15_000_000;

    /// <param name="warmUp">Warms the member up, and returns how to measure a number of tasks that come after a given task number.</param>
    public static async Task RunAsync(ClusterServers servers, Func<MemberProcess, Task<Func<int, long, Task>>> warmUp)
    {
        await servers.ExecuteAsync("truncate tasks, waiting_tasks, running_tasks, finished_tasks, task_logs, event_outbox");
        await using var member = await MemberProcess.StartAsync(
            "member", servers, "api,dispatcher,worker", "--TasksBus:WorkerSlots=4000", ClusterBenchmark.NoEvents);
        var measure = await warmUp(member);
        // A busy queue leaves such statistics: all tasks that waited were ready. No worker serves their pool.
        await servers.ExecuteAsync("alter table waiting_tasks set (autovacuum_enabled = false)");
        await servers.ExecuteAsync(Waiting("true", 5_000, "0", "nobody-s"));
        await servers.ExecuteAsync("vacuum analyze waiting_tasks");
        await servers.ExecuteAsync("delete from waiting_tasks where pool = 'nobody-s'");
        await servers.ExecuteAsync("delete from tasks where pool = 'nobody-s'");
        var last = await servers.LastFinishedAsync();
        await servers.ExecuteAsync(Waiting("false", Tasks, $"(extract(epoch from now()) * 1000000)::bigint + {InTime}", "default"));
        await servers.UntilAsync(
            "select (not exists (select from waiting_tasks where not is_ready and due_at > extract(epoch from now()) * 1000000))::int");
        await measure(Tasks, last);
        await servers.ExecuteAsync("alter table waiting_tasks reset (autovacuum_enabled)");
        await servers.ExecuteAsync("truncate tasks, waiting_tasks, running_tasks, finished_tasks, task_logs, event_outbox");
    }

    private static string Waiting(string isReady, int count, string dueAt, string pool) =>
        $"""
        with made as (
            insert into tasks(id, function_name, pool, priority, start_at, created_at)
            select (left(replace(gen_random_uuid()::text, '-', ''), 24) || '00000000')::uuid, 'noop', '{pool}', n % 7, 0, 0
            from generate_series(1, {count}) n
            returning number, id, pool, priority, start_at)
        insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
        select number, id, pool, priority, start_at, {dueAt}, {isReady}, 0, 0, 0 from made
        """;
}
