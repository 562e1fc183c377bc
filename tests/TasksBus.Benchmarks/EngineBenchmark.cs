using Microsoft.Data.Sqlite;

namespace TasksBus.Benchmarks;

/// <summary>The engine alone, its functions returning at once: what scheduling, dispatch, claim and report cost.</summary>
internal static class EngineBenchmark
{
    public static async Task RunAsync(int tasks)
    {
        var report = new Report("Engine in process, function = nothing. Baseline: one durable SQLite row a commit.");
        report.Start();
        using var folder = new TemporaryFolder();
        await report.MeasureAsync(
            "baseline: insert one row, commit, again", 2_000, () => InsertOneByOneAsync(folder.File("baseline.db"), 2_000));

        await using var engine = await EmbeddedEngine.StartAsync(folder);
        await engine.RunOneByOneAsync(tasks / 4);
        await report.MeasureAsync("one by one, 32 at once, to completion", tasks, () => engine.RunOneByOneAsync(tasks));
        await report.MeasureAsync("in batches of 1,000, to completion", tasks, () => engine.RunInBatchesAsync(tasks));
    }

    private static Task InsertOneByOneAsync(string file, int rows)
    {
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode = wal; pragma synchronous = full; "
            + "create table rows(number integer primary key, text text)";
        command.ExecuteNonQuery();
        command.CommandText = "insert into rows(text) values('a row about as long as a small task')";
        for (var i = 0; i < rows; i++)
        {
            command.ExecuteNonQuery();
        }

        return Task.CompletedTask;
    }
}
