using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Query;

/// <summary>Either store finds values as deep as data may be.</summary>
public abstract class DeepPathTests : IAsyncLifetime
{
    private const int Deepest = 63;

    /// <summary>
    /// Depths around each power of two, and the deepest, because a statement may be built differently from some depth on.
    /// </summary>
    private static readonly int[] s_depths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 62, Deepest];

    private readonly StoredEngine _engine;

    private protected DeepPathTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task Every_operator_every_negation_and_every_order_works_however_deep()
    {
        // One task for each depth, whose number is its depth.
        List<TaskId> tasks = [];
        for (var depth = 1; depth <= Deepest; depth++)
        {
            tasks.Add(await ScheduleAsync($"{Repeat("""{"a":""", depth)}{depth}{new string('}', depth)}"));
        }

        TaskId[] all = [.. tasks.AsEnumerable().Reverse()];
        foreach (var depth in s_depths)
        {
            var path = $"data{Repeat(".a", depth)}";
            TaskId[] itself = [tasks[depth - 1]], deeper = all[..(Deepest - depth + 1)], shallower = all[(Deepest - depth + 1)..],
                others = [.. all.Except(itself)];
            await FindsAsync(
                itself, $"{path}={depth}", $"in({path},-1,{depth})", $"le({path},{depth})", $"gt({path},{depth - 1})",
                $"contains({path},{depth})&{path}%3E=0");
            await FindsAsync(
                others, $"ne({path},{depth})", $"out({path},-1,{depth})", $"excludes({path},{depth})",
                $"or(lt({path},{depth}),excludes({path}),{path}!={depth})");
            await FindsAsync(deeper, $"contains({path})", $"or({path}={depth},contains({path}))");
            await FindsAsync(shallower, $"excludes({path})", $"{path}=null", $"and(ne({path},{depth}),excludes({path}))");
            await FindsAsync([], $"like({path},x)", $"{path}=x");
            if (depth > 1)
            {
                await FindsAsync(itself, $"contains({path[..^2]},a={depth})", $"contains(data,contains({path[5..^2]},a={depth}))");
                await FindsAsync(others, $"excludes({path[..^2]},a={depth})");
            }

            // Missing values come first, then numbers, then objects.
            Assert.Equal(itself, await PageAsync($"sort({path})&limit(1,{depth - 1})"));
            Assert.Equal(itself, await PageAsync($"sort(-{path},{path})&limit(1,{Deepest - depth})"));
        }
    }

    [Fact]
    public async Task Arrays_stand_for_their_objects_at_every_depth()
    {
        const int Levels = 31;
        var task = await ScheduleAsync($"{Repeat("""{"a":[7,""", Levels)}\"x\"{Repeat("]}", Levels)}");
        var path = $"data{Repeat(".a", Levels)}";

        await FindsAsync(
            [task], $"{path}=x", $"like({path},x)", $"in({path},7,8)", $"contains({path})", $"contains({path[..^2]},a=x,a=7)",
            $"contains({path},x)", $"lt({path},string:y)");
        await FindsAsync([], $"ne({path},x)", $"out({path},7,8)", $"excludes({path})", $"excludes({path[..^2]},a=x)", $"{path}.a=x");
    }

    /// <summary>A position may also be a key.</summary>
    [Fact]
    public async Task Positions_lead_through_arrays_to_any_depth()
    {
        var path = $"data{Repeat(".0", Deepest)}";
        var arrays = await ScheduleAsync($$"""{"0":{{new string('[', Deepest - 1)}}"x"{{new string(']', Deepest - 1)}}}""");
        var objects = await ScheduleAsync($"{Repeat("""{"0":""", Deepest)}\"x\"{new string('}', Deepest)}");

        await FindsAsync([objects, arrays], $"{path}=x", $"like({path},x)&sort({path})", $"contains({path})");
        await FindsAsync([], $"ne({path},x)", $"{path.Replace(".0", ".00", StringComparison.Ordinal)}=x", $"{path[..^2]}.1=x");
    }

    /// <summary>Unfolded, there would be a hundred and fifty million values here.</summary>
    [Fact]
    public async Task Many_ways_that_lead_to_one_value_are_gone_once()
    {
        const int Levels = 30;
        var task = await ScheduleAsync($"{Repeat("""{"0":[""", Levels)}\"x\"{Repeat("]}", Levels)}");
        var path = $"data{Repeat(".0", Levels + Levels / 2)}";

        await FindsAsync([], $"{path}=y", $"contains({path},y=1)", $"like({path},y)").EndsAsync();
        await FindsAsync([task], $"{path}=x", $"contains({path})", $"out({path},y)", $"contains({path[..^2]},excludes(y))").EndsAsync();
    }

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private Task<TaskId> ScheduleAsync(string data) =>
        _engine.ScheduleAsync(new() { FunctionName = "deep", Data = JsonElement.Parse(data) });

    private async Task FindsAsync(TaskId[] expected, params string[] queries)
    {
        foreach (var query in queries)
        {
            Assert.Equal(expected.Take(50), await PageAsync($"{query}&limit(50)"));
        }
    }

    private async Task<TaskId[]> PageAsync(string rql) => [.. (await _engine.Store.FindAsync(rql)).Tasks.Select(static task => task.Id)];
}
