using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Contracts;

/// <summary>A publisher learns of a mistake at the call, in the words of HTTP.</summary>
[Collection(ApiServer.Collection)]
public sealed class TaskRulesTests(ApiServer server)
{
    private static readonly ScheduleTask s_good = new() { FunctionName = "rules" };

    public static TheoryData<string, ScheduleTask> Wrong { get; } = new()
    {
        { "no function", s_good with { FunctionName = "" } },
        { "letters", s_good with { FunctionName = "a b" } },
        { "a long name", s_good with { FunctionName = new('a', 171) } },
        { "an id", s_good with { TaskId = "hello" } },
        { "zeros", s_good with { TaskId = new('0', 24) } },
        { "a high priority", s_good with { Priority = TaskRules.MaxPriority + 1 } },
        { "a low priority", s_good with { Priority = -TaskRules.MaxPriority - 1 } },
        { "many tags", s_good with { Tags = [.. Enumerable.Repeat("a", 101)] } },
        { "a long tag", s_good with { Tags = [new('a', 257)] } },
        { "a zero in a tag", s_good with { Tags = ["a\0"] } },
        { "deep data", s_good with { Data = Nested(TaskRules.MaxDataLevels + 1) } },
        { "much data", s_good with { Data = JsonElement.Parse($$"""{"a":"{{new string('a', TaskRules.MaxDataBytes)}}"}""") } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_breaks_a_rule_is_refused_alike_here_and_there(string rule, ScheduleTask task)
    {
        var here = Assert.Throws<TaskRefusedException>(() => TaskRules.Check(task));
        var there = await server.PostAsync("/tasks/v1/", JsonSerializer.Serialize(task, TasksBus.JsonOutput.Objects));

        Assert.Equal(here.Message, there.IsError(here.Code.HttpStatus, here.Code.Code, here.Code.Name));
        Assert.NotEmpty(rule);
        var among = Assert.Throws<TaskRefusedException>(() => TaskRules.Check([s_good, task]));
        Assert.Equal($"tasks[1]: {here.Message}", among.Message);
    }

    [Fact]
    public void What_HTTP_cannot_say_is_refused_too()
    {
        Assert.Contains(
            "idempotencyKey must be",
            Assert.Throws<TaskRefusedException>(() => TaskRules.Check(s_good with { IdempotencyKey = "é" })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "not both",
            Assert.Throws<TaskRefusedException>(
                () => TaskRules.Check(s_good with { IdempotencyKey = "a", TaskId = TaskId.New().ToString() })).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "tags must not hold U+0000 or half of a surrogate pair.", TaskRules.FaultOf(s_good with { Tags = ["\uD800"] })?.Message);
        Assert.Equal("data must be a JSON object; got [].", TaskRules.FaultOf(s_good with { Data = JsonElement.Parse("[]") })?.Message);
        Assert.Throws<TaskRefusedException>(() => TaskRules.Check([]));
        Assert.Throws<TaskRefusedException>(() => TaskRules.Check([.. Enumerable.Repeat(s_good, 1_001)]));
    }

    [Theory]
    [InlineData("{\"a\":", "}", "1")]
    [InlineData("{\"[{\\\"\\\\\":[", "]}", "\"{[\\\"[[\"")]
    [InlineData("{\"a\":{},\"b\":[[]],\"c\":", "}", "\"\\\\\"")]
    public void Data_is_as_deep_as_its_levels_whatever_its_texts_hold(string open, string close, string inside)
    {
        for (var times = 29; times <= TaskRules.MaxDataLevels + 1; times++)
        {
            var json = string.Concat(Enumerable.Repeat(open, times)) + inside + string.Concat(Enumerable.Repeat(close, times));
            var data = JsonElement.Parse(json, new() { MaxDepth = 1_000 });
            Assert.Equal(DepthOf(data) <= TaskRules.MaxDataLevels, TaskRules.FaultOf(s_good with { Data = data }) is null);
        }
    }

    [Fact]
    public void What_meets_every_rule_passes_up_to_its_limits() =>
        TaskRules.Check(new ScheduleTask
        {
            TaskId = TaskId.New().ToString(),
            FunctionName = new('a', TaskRules.MaxFunctionNameLength),
            Priority = -TaskRules.MaxPriority,
            Tags = [.. Enumerable.Repeat(new string('a', TaskRules.MaxTagLength), TaskRules.MaxTags)],
            Data = Nested(TaskRules.MaxDataLevels),
        });

    private static JsonElement Nested(int levels) =>
        JsonElement.Parse($"{string.Concat(Enumerable.Repeat("{\"a\":", levels))}1{new string('}', levels)}");

    private static int DepthOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(static each => DepthOf(each.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(DepthOf).DefaultIfEmpty().Max(),
        _ => 0,
    };
}
