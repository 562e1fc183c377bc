using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class FailureTests
{
    // The cases go by name, because a runner that passes them as text would repair what is odd about them.
    private static readonly Dictionary<string, string> s_texts = new()
    {
        ["empty"] = "",
        ["a NUL inside"] = "a\0b",
        ["a NUL alone"] = "\0",
        ["half a surrogate pair inside"] = "half \uD800 a pair",
        ["half a surrogate pair alone"] = "\uDC00",
        ["no characters"] = "\uFFFE\uFFFF",
        ["quotes"] = "quote ' \" \\ %s {0}",
        ["a megabyte"] = new string('x', 1 << 20),
        ["a megabyte of NULs"] = new string('\0', 1 << 20),
        ["a hundred thousand faces"] = string.Concat(Enumerable.Repeat("\U0001F600", 100_000)),
    };

    public static TheoryData<string> OddTexts => [.. s_texts.Keys];

    [Theory]
    [MemberData(nameof(OddTexts))]
    public async Task Whatever_a_functions_error_says_its_task_fails_and_can_be_read(string kind)
    {
        var text = s_texts[kind];
        var invoker = new ScriptedInvoker();
        InvocationResult[] answers =
        [
            new InvocationResult.FunctionFailed(text, text, text, null),
            new InvocationResult.FunctionFailed(
                ErrorText.Clean(text, ErrorText.NameLimit), ErrorText.Clean(text, ErrorText.MessageLimit), text, null),
            new InvocationResult.NotInvoked(text, text),
            new InvocationResult.Unknown(text, text),
        ];
        invoker.On("odd", invoked => answers[invoked.Event.GetProperty("priority").GetInt32()]);
        await using var engine = await TestEngine.StartAsync(invoker);

        for (var i = 0; i < answers.Length; i++)
        {
            var failed = await engine.ReachesAsync((await engine.ScheduleAsync("odd", priority: i)).Id, TaskStates.Failed);
            Assert.Equal(JsonValueKind.Object, JsonElement.Parse(TaskJson.ToBytes(failed)).GetProperty("error").ValueKind);
            Assert.Equal(1, invoker.CountOf(failed.Id));
        }

        await Eventually.TrueAsync(
            async () => (await engine.Store.NextEventsAsync(1, CancellationToken.None)).Count == 0, "every event is published");
    }

    [Theory]
    [MemberData(nameof(OddTexts))]
    public async Task Whatever_the_log_of_a_success_says_its_task_completes_and_its_log_can_be_read(string kind)
    {
        var text = s_texts[kind];
        var invoker = new ScriptedInvoker();
        invoker.On("chatty", _ => new InvocationResult.Succeeded("null"u8.ToArray(), text, null));
        await using var engine = await TestEngine.StartAsync(invoker);

        var task = await engine.ScheduleAsync("chatty");

        await engine.ReachesAsync(task.Id, TaskStates.Complete);
        Assert.DoesNotContain('\0', (await engine.Store.LogAsync(task.Id, CancellationToken.None))?.Text ?? "");
    }

    [Theory]
    [MemberData(nameof(OddTexts))]
    public async Task An_invocation_that_breaks_fails_just_its_task_with_a_text_of_sane_length(string kind)
    {
        var text = s_texts[kind];
        var invoker = new ScriptedInvoker();
        invoker.On("broken", _ => throw new InvalidOperationException(text));
        await using var engine = await TestEngine.StartAsync(invoker);

        var broken = await engine.ScheduleAsync("broken");
        var fine = await engine.ScheduleAsync("fine");

        var failed = await engine.ReachesAsync(broken.Id, TaskStates.Failed);
        await engine.ReachesAsync(fine.Id, TaskStates.Complete);
        Assert.Equal((TaskErrorTypes.Runtime, nameof(InvalidOperationException)), (failed.Error!.Type, failed.Error.Name));
        Assert.True(
            failed.Error.Message.Length <= ErrorText.MessageLimit,
            $"The message was stored with {failed.Error.Message.Length} characters.");
        Assert.DoesNotContain('\0', failed.Error.Message);
    }

    [Fact]
    public async Task A_function_that_always_fails_does_not_stop_another()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("bad", _ => new InvocationResult.FunctionFailed("Error", "always", null, null));
        invoker.On("worse", _ => throw new InvalidOperationException("always"));
        invoker.On("worst", (_, _) => Task.FromCanceled<InvocationResult>(new(true)));
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 2);

        var tasks = await engine.Intake.ScheduleAllAsync([.. Enumerable.Range(0, 80)
            .Select(i => new ScheduleTask { FunctionName = (i % 4) switch { 0 => "bad", 1 => "worse", 2 => "worst", _ => "good" } })]);

        foreach (var task in tasks)
        {
            await engine.ReachesAsync(task.Id, task.FunctionName == "good" ? TaskStates.Complete : TaskStates.Failed);
            Assert.Equal(1, invoker.CountOf(task.Id));
        }
    }
}
