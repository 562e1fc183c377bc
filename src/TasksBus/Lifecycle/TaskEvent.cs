using MassTransit;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Lifecycle;

/// <summary>
/// Something that happens to a task, as the state machine is told of it. Only TasksBus itself raises events: none has an endpoint, so nobody can forge one
/// over the broker.
/// </summary>
/// <param name="CorrelationId">The task's id, as <see cref="TaskId.ToGuid"/> gives it.</param>
public abstract record TaskEvent(Guid CorrelationId) : CorrelatedBy<Guid>
{
    /// <summary>How events of this type are committed.</summary>
    internal abstract EventKind Kind { get; }

    /// <summary>How much the event stores of what callers may make large, inputs and tags, in bytes.</summary>
    internal virtual int DataLength => 0;

    /// <summary>What the function printed, and Lambda's id of its invocation, where the event tells how that ended.</summary>
    internal virtual (string? Log, string? RequestId) Invocation => default;

    /// <summary>Raises the event on the machine, under its own type.</summary>
    internal abstract Task RaiseAsync(TaskInstance on);
}

/// <summary>How events of a type are committed.</summary>
/// <param name="Lane">Which lane commits them.</param>
/// <param name="MakesTask">Whether they make a task. All others mean nothing for a task that is unknown.</param>
/// <param name="NeedsInput">Whether the task's input is read for them: inputs may be large.</param>
internal sealed record EventKind(CommitLane Lane, bool MakesTask = false, bool NeedsInput = false)
{
    /// <summary>Who schedules a task that is known sees that one.</summary>
    public static readonly EventKind Schedule = new(CommitLane.Intake, MakesTask: true, NeedsInput: true);

    public static readonly EventKind MakeTask = new(CommitLane.Intake, MakesTask: true);

    public static readonly EventKind Cancel = new(CommitLane.Intake);

    /// <summary>A worker needs the input of what it claims.</summary>
    public static readonly EventKind Claim = new(CommitLane.Claims, NeedsInput: true);

    public static readonly EventKind Report = new(CommitLane.Reports);
}
