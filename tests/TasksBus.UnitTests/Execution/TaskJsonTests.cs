using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Execution;

/// <summary>A thread keeps its writer from task to task, so nothing of one task may appear in the next.</summary>
public sealed class TaskJsonTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    [InlineData(6_000_000)]
    public void A_task_after_another_is_written_alone(int length)
    {
        TaskJson.ToBytes(Task($"\"{new string('x', length)}\""));

        Assert.Equal("[1]", DataOf(TaskJson.ToBytes(Task("[1]"))));
    }

    [Fact]
    public void A_task_after_one_that_could_not_be_written_is_written_alone()
    {
        Assert.ThrowsAny<ArgumentException>(() => TaskJson.ToBytes(Task("\"half a pair: \ud800\"")));

        Assert.Equal("[2]", DataOf(TaskJson.ToBytes(Task("[2]"))));
    }

    private static string DataOf(byte[] json) => JsonElement.Parse(json).GetProperty("data").GetRawText();

    private static TaskRecord Task(string data) => new()
    {
        Id = TaskId.New(),
        FunctionName = "greet",
        Status = TaskStates.New,
        Data = data,
        StartTimestamp = DateTimeOffset.UnixEpoch,
    };
}
