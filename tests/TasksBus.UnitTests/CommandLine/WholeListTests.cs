using System.Globalization;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Tests;
using TasksBus.UnitTests.Storage;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary><c>list --all</c>, against what the server makes of its queries, while the list changes.</summary>
public sealed class WholeListTests : IAsyncLifetime, IAsyncDisposable
{
    private const int PageSize = 50;

    private readonly SqliteEngine _engine = new();
    private readonly ToolRun _tool = new();
    private readonly List<string> _queries = [];

    [Theory]
    [InlineData(130, 1_000_000)]
    [InlineData(330, 300)]
    [InlineData(330, 3)]
    [InlineData(330, 0)]
    public async Task Tasks_that_leave_the_list_make_it_leave_out_no_other(int count, int microsecondsBetween)
    {
        var ids = await ScheduleAsync(count, microsecondsBetween);
        Serve(async page =>
        {
            foreach (var task in page)
            {
                await _engine.RaiseAsync(new CancelTask(task.Id.ToString()));
            }
        });

        var ran = await _tool.RunAsync("list", "--all", "--json", "--status", "new");

        Assert.Equal(0, ran.Code);
        var tasks = ran.Lines.Select(static line => JsonElement.Parse(line)).ToList();
        Assert.Equal(ids.Order(), tasks.Select(static task => task.GetProperty("id").GetString()!).Order());
        var times = tasks.Select(static task => task.GetProperty("creationTimestamp").GetString()!).ToList();
        Assert.Equal(times.OrderDescending(StringComparer.Ordinal), times);
    }

    [Fact]
    public async Task Tasks_that_come_meanwhile_show_none_twice()
    {
        var ids = await ScheduleAsync(230, 500);
        Serve(_ => ScheduleAsync(60, 500));

        var ran = await _tool.RunAsync("list", "--all");

        Assert.Equal(ids.Order(), ran.Lines.Select(static line => line.Split('\t')[0]).Order());
    }

    [Fact]
    public async Task No_page_goes_through_those_before_it()
    {
        await ScheduleAsync(330, 3);
        Serve(static _ => Task.CompletedTask);

        await _tool.RunAsync("list", "--all");

        Assert.All(_queries, static query => Assert.Equal(0, Parse(query).Offset));
        // The end is one page without a task for the list, and one for each time of which there are many.
        Assert.InRange(_queries.Count, 330 / PageSize, 330 / PageSize + 8);
    }

    [Theory]
    [InlineData("--sort", "-priority")]
    [InlineData("--rql", "functionName=greet&and(%73ort(id))")]
    [InlineData("--rql", "select(id,status)")]
    public async Task An_order_of_ones_own_and_a_list_without_times_go_on_by_their_offset(string option, string value)
    {
        var ids = await ScheduleAsync(120, 1_000);
        Serve(static _ => Task.CompletedTask, isShort: value.StartsWith("select", StringComparison.Ordinal));

        var ran = await _tool.RunAsync("list", "--all", option, value);

        Assert.Equal(ids.Order(), ran.Lines.Select(static line => line.Split('\t')[0]).Order());
        Assert.Equal(["0", "50", "100", "150"], _queries.TakeLast(4).Select(static query => $"{Parse(query).Offset}"));
    }

    public Task InitializeAsync() => _engine.StartAsync();

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        _tool.Dispose();
        await _engine.DisposeAsync();
    }

    private async Task<List<string>> ScheduleAsync(int count, int microsecondsBetween)
    {
        List<string> ids = [];
        for (var i = 0; i < count; i++)
        {
            ids.Add($"{await _engine.ScheduleAsync()}");
            await _engine.AdvanceAsync(TimeSpan.FromMicroseconds(microsecondsBetween));
        }

        return ids;
    }

    /// <summary>Answers lists from the store.</summary>
    /// <param name="afterwards">What happens between a look and its answer.</param>
    /// <param name="isShort">True when the answers have no times.</param>
    private void Serve(Func<IReadOnlyList<TaskRecord>, Task> afterwards, bool isShort = false) => _tool.Api.Serve("GET ", async text =>
    {
        _queries.Add(text);
        var query = Parse(text);
        var page = await _engine.Store.FindAsync(query, default);
        await afterwards(page.Tasks);
        var tasks = page.Tasks.Select(task => isShort ? $$"""{"id":"{{task.Id}}"}"""
            : $$"""{"id":"{{task.Id}}","creationTimestamp":"{{Written(task.CreationTimestamp)}}"}""");
        return $$"""{"page":{"offset":{{query.Offset}},"limit":{{query.Limit}}},"data":[{{string.Join(',', tasks)}}]}""";
    });

    private static string Written(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static RqlQuery Parse(string text)
    {
        var (query, error) = RqlQuery.Parse(text, RqlSchema.Tasks);
        Assert.Null(error?.Message);
        return query;
    }
}
