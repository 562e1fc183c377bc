using System.Globalization;
using System.Text.Json;
using CsCheck;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Query;

/// <summary>What either store finds is what the query means.</summary>
public abstract class QueryTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;

    private protected QueryTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task Random_queries_find_among_random_tasks_what_a_plain_evaluation_finds()
    {
        await RandomTasks.StoreAsync(_engine, 80);
        var tasks = await AllAsync();
        var shown = tasks.ConvertAll(static task => JsonElement.Parse(TaskJson.ToBytes(task)));
        RandomQueries queries = new(
            [.. tasks.Take(6).Select(static task => task.Id.ToString()), .. tasks.SelectMany(static task => task.RetryForTaskIds.Append(task.RetriedByTaskId ?? task.Id)).TakeLast(4).Select(static id => id.ToString())],
            [.. shown.SelectMany(static task => new[] { "startTimestamp", "creationTimestamp", "updateTimestamp" }.Select(name => DateTimeOffset.Parse(task.GetProperty(name).GetString()!, CultureInfo.InvariantCulture))).Distinct()]);

        await queries.Pages().SampleAsync(async asked =>
        {
            var page = await _engine.Store.FindAsync(asked.Rql);

            var expected = shown.Where(task => asked.Conditions.All(condition => condition.Holds(task))).ToList();
            Assert.Equal(asked.SkipsCount ? null : expected.Count, page.Total);
            // Newest first where nothing else decides: the order in which they were read.
            var ordered = expected.Order(Comparer<JsonElement>.Create((one, other) =>
                asked.Sort.Select(key => PlainEvaluation.Order(one, other, key.Path, key.IsDescending)).FirstOrDefault(static order => order != 0))).ToList();
            Assert.Equal(ordered.Skip(asked.Offset).Take(Math.Min(asked.Limit, 50)).Select(static task => task.GetProperty("id").GetString()), page.Tasks.Select(static task => task.Id.ToString()));
        }, iter: Fuzzing.Iterations(400), threads: 1);
    }

    [Fact]
    public async Task Any_text_is_a_query_or_is_refused_and_never_an_error_of_the_database()
    {
        await RandomTasks.StoreAsync(_engine, 10);

        await Fuzzing.Texts.SampleAsync(async text =>
        {
            var (query, error) = RqlQuery.Parse(text, RqlSchema.Tasks);
            if (error is null)
            {
                await _engine.Store.FindAsync(query, default);
            }
        }, iter: Fuzzing.Iterations(1_500), threads: 1);
    }

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    /// <summary>All tasks, newest first.</summary>
    private async Task<List<TaskRecord>> AllAsync()
    {
        List<TaskRecord> tasks = [];
        while (await _engine.Store.FindAsync($"limit(50,{tasks.Count})") is { Tasks.Count: > 0 } page)
        {
            tasks.AddRange(page.Tasks);
        }

        return tasks;
    }
}
