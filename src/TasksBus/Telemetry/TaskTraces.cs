using System.Diagnostics;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Storage;

namespace TasksBus.Telemetry;

/// <summary>
/// Every span of the engine. A task is traced if the request or message that scheduled it belongs to a trace that is sampled
/// (<see cref="TaskRecord.TraceParent"/>). Its spans are children of that request or message, whichever process they come from.
/// </summary>
public static class TaskTraces
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "TasksBus";

    /// <summary>The header of W3C in which a trace travels.</summary>
    public const string Header = "traceparent";

    /// <summary>The messaging system between dispatcher and workers, whatever carries its messages.</summary>
    private const string MessagingSystem = "tasksbus";

    private static readonly ActivitySource s_source = new(SourceName, typeof(TaskTraces).Assembly.GetName().Version!.ToString(3));

    /// <summary>True when somebody records spans of this process.</summary>
    internal static bool AreRecorded => s_source.HasListeners();

    /// <summary>The place in the current trace, as W3C <c>traceparent</c>. Null without a trace, and in one that is not sampled.</summary>
    public static string? Current =>
        Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } current ? current.Id : null;

    /// <summary>Begins to take in a message, a row or an event. What is stored meanwhile belongs to its trace.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="traceParent">Its place in a trace, as it came from outside, or null. A text that is none is ignored.</param>
    internal static Activity? Receive(string name, string? traceParent)
    {
        if (Activity.Current is not null || !ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent))
        {
            return s_source.StartActivity(name, ActivityKind.Consumer);
        }

        // Where nobody records this process, its workers, its functions and those who hear of the end may be recorded.
        return s_source.StartActivity(name, ActivityKind.Consumer, parent)
            ?? (parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? new Activity(name).SetParentId(traceParent!).Start() : null);
    }

    /// <summary>Begins to take in a message.</summary>
    /// <param name="name">Its type.</param>
    /// <param name="queue">The address of the queue that it came from.</param>
    /// <param name="traceParent">Its place in a trace, as it came from outside, or null.</param>
    internal static Activity? Receive(string name, Uri queue, string? traceParent) =>
        Message(Receive(name, traceParent), queue.Scheme, "process", queue.Segments[^1]);

    /// <summary>Says in the current span that it makes a task like another one, whose trace it leads to.</summary>
    /// <param name="traceParent">The <see cref="TaskRecord.TraceParent"/> of the other task.</param>
    public static void LinkTo(string? traceParent)
    {
        if (Activity.Current is { } span && ActivityContext.TryParse(traceParent, null, isRemote: true, out var other))
        {
            span.AddLink(new(other));
        }
    }

    /// <summary>Begins the run of a claimed task, and records how long it waited and how long its claim took.</summary>
    /// <param name="askedAt">When the claim was asked for.</param>
    /// <param name="claimedAt">When the worker knew that the claim is committed.</param>
    internal static Activity? Run(TaskRecord task, DateTimeOffset askedAt, DateTimeOffset claimedAt)
    {
        if (!TryParse(task.TraceParent, out var parent))
        {
            return null;
        }

        if (task.NotRunCount == 0)
        {
            // Both times are those of the database's clock.
            Record("wait", ActivityKind.Internal, parent, task.DueTimestamp, task.StatusChangedTimestamp, task);
        }

        var run = s_source.StartActivity("run", ActivityKind.Consumer, parent, startTime: askedAt);
        Message(Describe(run, task.Id, task.Pool), MessagingSystem, "process", task.Pool)?
            .SetTag("tasksbus.function", task.FunctionName).SetTag("tasksbus.priority", task.Priority);
        if (run is not null)
        {
            Record("claim", ActivityKind.Internal, run.Context, askedAt, claimedAt, task);
        }

        return run;
    }

    /// <summary>Records that a task was sent to the workers.</summary>
    /// <param name="traceParent">The task's <see cref="TaskRecord.TraceParent"/>.</param>
    internal static void Released(string traceParent, TaskId id, string pool, DateTimeOffset sentAt, DateTimeOffset confirmedAt)
    {
        if (TryParse(traceParent, out var parent))
        {
            using var span = s_source.StartActivity("release", ActivityKind.Producer, parent, startTime: sentAt);
            Message(Describe(span, id, pool), MessagingSystem, "send", pool)?.SetEndTime(confirmedAt.UtcDateTime);
        }
    }

    /// <summary>Begins an invocation, within the run of a task or the request of a caller.</summary>
    internal static Activity? Invoke(string functionName) =>
        Activity.Current is null || !AreRecorded ? null
            : s_source.StartActivity("invoke", ActivityKind.Client)?.SetTag("faas.invoked_name", FunctionName.BareName(functionName));

    /// <summary>Says how an invocation ended.</summary>
    internal static void Invoked(Activity? span, InvocationResult result)
    {
        if (span is not null)
        {
            span.SetTag("faas.invocation_id", result.RequestId);
            Fail(span, result switch
            {
                InvocationResult.Succeeded => null,
                InvocationResult.FunctionFailed failed => failed.Name,
                InvocationResult.NotInvoked refused => refused.Name,
                InvocationResult.NotRunYet notYet => notYet.Name,
                InvocationResult.Unknown unknown => unknown.Name,
                _ => result.GetType().Name,
            });
        }
    }

    /// <summary>Begins to store how a run ended.</summary>
    /// <param name="run">The span of the run. It gets the error.</param>
    /// <param name="error">The name of the error, or null.</param>
    internal static Activity? Report(Activity? run, string? error)
    {
        if (run is null)
        {
            return null;
        }

        Fail(run, error);
        return s_source.StartActivity("report", ActivityKind.Internal, run.Context);
    }

    /// <summary>Begins the tick of a schedule, which belongs to no other trace.</summary>
    internal static Activity? Tick(TaskId schedule) =>
        AreRecorded ? s_source.StartActivity("tick")?.SetTag("tasksbus.schedule.id", schedule.ToString()) : null;

    private static void Record(
        string name, ActivityKind kind, ActivityContext parent, DateTimeOffset from, DateTimeOffset to, TaskRecord task)
    {
        using var span = s_source.StartActivity(name, kind, parent, startTime: from);
        Describe(span, task.Id, task.Pool)?.SetEndTime((to < from ? from : to).UtcDateTime);
    }

    private static Activity? Describe(Activity? span, TaskId id, string pool) =>
        span?.SetTag("tasksbus.task.id", id.ToString()).SetTag("tasksbus.pool", pool);

    /// <summary>Describes a span in OpenTelemetry's words for messages.</summary>
    private static Activity? Message(Activity? span, string system, string operation, string destination) =>
        span?.SetTag("messaging.system", system).SetTag("messaging.operation.type", operation)
            .SetTag("messaging.destination.name", destination);

    private static void Fail(Activity span, string? error)
    {
        if (error is not null)
        {
            span.SetStatus(ActivityStatusCode.Error, error).SetTag("error.type", error);
        }
    }

    /// <summary>Returns true when the task is traced, and somebody records spans.</summary>
    private static bool TryParse(string? traceParent, out ActivityContext context)
    {
        context = default;
        return traceParent is not null && AreRecorded && ActivityContext.TryParse(traceParent, null, isRemote: true, out context);
    }
}
