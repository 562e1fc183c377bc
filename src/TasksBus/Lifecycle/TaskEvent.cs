using MassTransit;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Lifecycle;

/// <summary>
/// Something that happens to a task, in the form in which the state machine receives it. Only TasksBus itself raises these events. None has
/// an endpoint, so nobody can forge one over the broker.
/// </summary>
/// <param name="CorrelationId">The task's id, from <see cref="TaskId.ToGuid"/>.</param>
public abstract record TaskEvent(Guid CorrelationId) : CorrelatedBy<Guid>
{
    /// <summary>How events of this type are committed.</summary>
    internal abstract EventKind Kind { get; }

    /// <summary>The size of the data that the event stores and that callers may make large: inputs and tags, in bytes.</summary>
    internal virtual int DataLength => 0;

    /// <summary>
    /// If the event tells how an invocation ended: what the function printed, Lambda's id of the invocation, and why it did not run and is
    /// tried again.
    /// </summary>
    internal virtual (string? Log, string? RequestId, TaskError? NotRun) Invocation => default;

    /// <summary>Raises the event on the machine, under its own type.</summary>
    internal abstract Task RaiseAsync(TaskInstance on);
}

/// <summary>How events of a type are committed.</summary>
/// <param name="Lane">Which lane commits them.</param>
/// <param name="MakesTask">True when they make a task. All other events are ignored for an unknown task.</param>
/// <param name="NeedsInput">True when the task's input is read for them. Inputs may be large.</param>
internal sealed record EventKind(CommitLane Lane, bool MakesTask = false, bool NeedsInput = false)
{
    /// <summary>A caller who schedules a known task gets that task.</summary>
    public static readonly EventKind Schedule = new(CommitLane.Intake, MakesTask: true, NeedsInput: true);

    public static readonly EventKind MakeTask = new(CommitLane.Intake, MakesTask: true);

    public static readonly EventKind Cancel = new(CommitLane.Intake);

    /// <summary>A worker needs the input of what it claims.</summary>
    public static readonly EventKind Claim = new(CommitLane.Claims, NeedsInput: true);

    public static readonly EventKind Report = new(CommitLane.Reports);
}
