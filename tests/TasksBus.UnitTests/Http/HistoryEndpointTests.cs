using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class HistoryEndpointTests(ApiServer server)
{
    private static readonly Guid s_process = Guid.NewGuid();

    [Theory]
    [InlineData("", "1h", 60, 60)]
    [InlineData("?span=6h", "6h", 300, 72)]
    [InlineData("?span=24h", "24h", 900, 96)]
    [InlineData("?span=7d", "7d", 7_200, 84)]
    [InlineData("?span=30d", "30d", 28_800, 90)]
    public async Task A_span_has_its_steps(string query, string span, int step, int points)
    {
        var json = (await server.GetAsync($"/tasks/v1/history{query}")).Json;

        Assert.Equal((span, step), (json.GetProperty("span").GetString(), json.GetProperty("step").GetInt32()));
        var times = json.GetProperty("points").EnumerateArray().Select(static point => point.GetProperty("timestamp").GetDateTimeOffset())
            .ToList();
        Assert.Equal(points, times.Count);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.Equal(step, (pair.Second - pair.First).TotalSeconds));
        Assert.InRange(TimeProvider.System.GetUtcNow(), times[^1], times[^1].AddSeconds(step + 60));
    }

    [Fact]
    public async Task Counts_of_a_function_are_summed_up_by_step()
    {
        TaskCounts counts = new() { Accepted = 3, Complete = 2, Failed = 1, Retried = 4, Canceled = 5 };
        counts.AddDelay(TimeSpan.FromMilliseconds(7));
        var minute = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 - 30;
        await server.Services.GetRequiredService<IHistoryStore>().WriteAsync(
            [new(minute, "history", s_process, counts), new(minute, "history", Guid.NewGuid(), counts)], default);

        var points = (await server.GetAsync("/tasks/v1/history?function=history")).Json.GetProperty("points").EnumerateArray().ToList();

        var point = Assert.Single(points, static each => each.GetProperty("accepted").GetInt32() > 0);
        Assert.Equal(
            (6, 4, 2, 8, 10), (Number(point, "accepted"), Number(point, "complete"), Number(point, "failed"), Number(point, "retried"),
                Number(point, "canceled")));
        Assert.InRange(point.GetProperty("startDelay").GetProperty("p95").GetDouble(), 0.005, 0.01);
        Assert.False(point.TryGetProperty("duration", out _));
        Assert.Equal(minute, point.GetProperty("timestamp").GetDateTimeOffset().ToUnixTimeSeconds() / 60);
    }

    [Theory]
    [InlineData("?span=2h", "span must be one of 1h, 6h, 24h, 7d, 30d; got '2h'.")]
    [InlineData("?functionName=a", "There is no parameter 'functionName'.")]
    [InlineData("?function=%00", "function must not hold U+0000")]
    public async Task What_is_wrong_is_said(string query, string says) =>
        Assert.StartsWith(
            says, (await server.GetAsync($"/tasks/v1/history{query}")).IsBodyError(15), StringComparison.Ordinal);

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
