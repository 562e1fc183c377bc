using TasksBus.Contracts;

namespace TasksBus.Dispatch;

/// <summary>Puts released tasks on the execute queue of a pool: the seam to the broker.</summary>
internal interface IReleaseSender
{
    /// <summary>Completes when the broker has accepted the message.</summary>
    Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken);
}
