using System.Diagnostics;
using System.Text.RegularExpressions;
using MassTransit;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Hosting;
using TasksBus.Storage;
using TasksBus.Telemetry;
using TasksBus.Tests;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Telemetry;

public partial class TaskTracesTests
{
    [Fact]
    public async Task A_task_adds_its_wait_its_release_its_claim_its_invocation_and_its_report_to_the_trace_of_its_publisher()
    {
        using var trace = new SpansOfTrace();
        var invoker = new ScriptedInvoker();
        string? seen = null;
        invoker.On("greet", _ =>
        {
            seen = Activity.Current?.Id;
            return ScriptedInvoker.Success;
        });
        await using var engine = await TestEngine.StartAsync(invoker);

        var task = await trace.AsPublisherAsync(() => engine.ScheduleAsync("greet"));
        await engine.ReachesAsync(task.Id, TaskStates.Complete);

        await Eventually.TrueAsync(() => trace.Names.Count() == 6, "six spans are recorded");
        Assert.Equal(["claim", "invoke", "release", "report", "run", "wait"], trace.Names);
        var run = trace.Of("run");
        var publisher = task.TraceParent!.Split('-')[2];
        Assert.All([run, trace.Of("wait"), trace.Of("release")], span => Assert.Equal(publisher, span.ParentSpanId.ToHexString()));
        Assert.All(
            [trace.Of("claim"), trace.Of("invoke"), trace.Of("report")], span => Assert.Equal(run.SpanId, span.ParentSpanId));
        Assert.Equal(trace.Of("invoke").Id, seen);
        Assert.Equal(
            (ActivityKind.Producer, ActivityKind.Consumer, ActivityKind.Client),
            (trace.Of("release").Kind, run.Kind, trace.Of("invoke").Kind));
        Assert.Equal(task.Id.ToString(), run.GetTagItem("tasksbus.task.id"));
        Assert.Equal("greet", run.GetTagItem("tasksbus.function"));
        Assert.Equal("greet", trace.Of("invoke").GetTagItem("faas.invoked_name"));
        Assert.Equal(
            ["tasksbus send default", "tasksbus process default"], new[] { trace.Of("release"), run }.Select(MessagingOf));
        Assert.Equal(task.DueTimestamp.UtcDateTime, trace.Of("wait").StartTimeUtc, TimeSpan.FromMilliseconds(1));
        Assert.All(new[] { "claim", "invoke", "report" }, name => Assert.True(trace.Of(name).StartTimeUtc >= run.StartTimeUtc));
    }

    [Fact]
    public async Task A_failure_marks_its_run_and_its_retry_belongs_to_the_same_trace()
    {
        using var trace = new SpansOfTrace();
        var invoker = new ScriptedInvoker();
        invoker.On("flaky", _ => invoker.CountOf("flaky") > 1 ? ScriptedInvoker.Success
            : new InvocationResult.FunctionFailed("Oops", "It broke.", null, "request-1"));
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("flaky", static function => function.IsRetried = true);
        await engine.Get<IFunctionPolicyStore>().RefreshFunctionsAsync(default);

        var task = await trace.AsPublisherAsync(() => engine.ScheduleAsync("flaky"));
        var retried = await engine.ReachesAsync(task.Id, TaskStates.Retried);
        var successor = await engine.ReachesAsync(retried.RetriedByTaskId!.Value, TaskStates.Complete);

        await Eventually.TrueAsync(() => trace.AllOf("report").Count == 2, "both runs are reported");
        Assert.Equal(task.TraceParent, successor.TraceParent);
        var (failed, done) = (trace.AllOf("run")[0], trace.AllOf("run")[1]);
        Assert.Equal((ActivityStatusCode.Error, "Oops"), (failed.Status, failed.GetTagItem("error.type")));
        Assert.Equal("request-1", trace.AllOf("invoke")[0].GetTagItem("faas.invocation_id"));
        Assert.Equal((ActivityStatusCode.Unset, null), (done.Status, done.GetTagItem("error.type")));
    }

    [Theory]
    [InlineData("traceparent")]
    [InlineData("MT-Activity-Id")]
    public async Task A_message_brings_its_trace_in_a_header(string header)
    {
        using var trace = new SpansOfTrace();
        await using var engine = await TestEngine.StartAsync(new ScriptedInvoker());
        var id = TaskId.New();

        await engine.Bus.Publish(
            new ScheduleTask { TaskId = id.ToString(), FunctionName = "greet" },
            context => context.Headers.Set(header, trace.TraceParent));
        var task = await engine.ReachesAsync(id, TaskStates.Complete);

        var intake = trace.Of("ScheduleTask");
        Assert.Equal(trace.Publisher, intake.ParentSpanId);
        Assert.Equal(intake.Id, task.TraceParent);
        Assert.Equal("loopback process tasksbus.schedule-task", MessagingOf(intake));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00-nonsense-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]
    [InlineData("zz-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public async Task A_message_without_a_trace_or_in_one_that_is_not_sampled_makes_a_task_without(string? header)
    {
        await using var engine = await TestEngine.StartAsync(new ScriptedInvoker());
        var id = TaskId.New();

        await engine.Bus.Publish(
            new ScheduleTask { TaskId = id.ToString(), FunctionName = "greet" }, context => context.Headers.Set("traceparent", header));

        Assert.Null((await engine.ReachesAsync(id, TaskStates.Complete)).TraceParent);
    }

    [Fact]
    public async Task Where_nobody_records_the_trace_reaches_the_function_and_the_event_all_the_same()
    {
        using var trace = new SpansOfTrace(isRecorded: false);
        await using var engine = await TestEngine.StartAsync(new ScriptedInvoker());
        var id = TaskId.New();

        await engine.Bus.Publish(
            new ScheduleTask { TaskId = id.ToString(), FunctionName = "greet" },
            context => context.Headers.Set("traceparent", trace.TraceParent));
        var task = await engine.ReachesAsync(id, TaskStates.Complete);

        Assert.Empty(trace.Names);
        Assert.StartsWith($"00-{trace.TraceId}-", task.TraceParent, StringComparison.Ordinal);
        Assert.Contains($"\"traceParent\":\"{task.TraceParent}\"", engine.Commits.Events.Single().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_gives_its_trace_to_the_tasks_that_it_triggers_and_so_does_a_failure()
    {
        using var trace = new SpansOfTrace();
        var invoker = new ScriptedInvoker();
        invoker.On("breaks", static _ => new InvocationResult.FunctionFailed("Oops", "It broke.", null, null));
        await using var engine = await TestEngine.StartAsync(
            invoker, static options => options.TaskFailedEvents = true, services: static services => services.AddTriggers());
        await engine.DispatchAsync("arrived", "breaks");
        await engine.DispatchAsync(EventRules.TaskFailed, "repair");

        await engine.Bus.Publish(
            new EventOccurred { Type = "arrived" }, context => context.Headers.Set("traceparent", trace.TraceParent));

        await Eventually.TrueAsync(() => invoker.CountOf("repair") == 1, "the failure has triggered a task");
        await Eventually.TrueAsync(() => trace.AllOf("report").Count == 2, "both runs are reported");
        Assert.Equal(["breaks", "repair"], trace.AllOf("run").Select(static run => run.GetTagItem("tasksbus.function")));
        Assert.Equal(trace.Of("EventOccurred").SpanId, trace.AllOf("run")[0].ParentSpanId);
        Assert.Equal(trace.Of(EventRules.TaskFailed).SpanId, trace.AllOf("run")[1].ParentSpanId);
        Assert.Equal(trace.Of("EventOccurred").SpanId, trace.Of(EventRules.TaskFailed).ParentSpanId);
    }

    [Fact]
    public async Task A_rerun_belongs_to_the_trace_of_whoever_asks_for_it()
    {
        using var first = new SpansOfTrace();
        await using var engine = await TestEngine.StartAsync(new ScriptedInvoker());
        var task = await first.AsPublisherAsync(() => engine.ScheduleAsync("greet"));

        var again = await engine.Intake.ScheduleAsync(TaskId.New(), task.Again());

        Assert.NotNull(task.TraceParent);
        Assert.Null(again.TraceParent);
    }

    [Fact]
    public void What_makes_a_task_like_another_one_links_to_the_trace_of_that_one()
    {
        using var rerun = new Activity("rerun").Start();

        TaskTraces.LinkTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        TaskTraces.LinkTo(null);

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Assert.Single(rerun.Links).Context.TraceId.ToHexString());
    }

    /// <summary>The spans that the source names, the one whose name is the type of an event, and the one of ASP.NET Core.</summary>
    [Fact]
    public void The_page_lists_every_span()
    {
        var named = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "TasksBus"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Begun().Matches(File.ReadAllText(file)))
            .Select(static match => match.Groups["name"].Value).Append(EventRules.TaskFailed).Append("POST tasks/v1");
        var page = File.ReadAllText(Path.Combine(Repository.Root, "ops", "docs", "telemetry.md"));
        var table = page[page.IndexOf("| span |", StringComparison.Ordinal)..];
        var listed = table[..table.IndexOf("\n\n", StringComparison.Ordinal)].Split('\n')
            .SelectMany(static row => Listed().Matches(row.Split('|')[1])).Select(static match => match.Groups[1].Value);

        Assert.Equal(named.Distinct().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\b(StartActivity|Receive|Record)\((""(?<name>\w+)""|nameof\((?<name>\w+)\))")]
    private static partial Regex Begun();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Listed();

    private static string MessagingOf(Activity span) =>
        string.Join(' ', new[] { "system", "operation.type", "destination.name" }.Select(name => span.GetTagItem($"messaging.{name}")));
}
