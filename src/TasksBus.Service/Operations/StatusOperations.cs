using TasksBus.Intake;
using TasksBus.Operations;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>What a caller reads of the whole system, over HTTP or in the dashboard.</summary>
public sealed class StatusOperations(IStatusReader reader, SystemExaminer examiner)
{
    /// <exception cref="CommandRefusedException">The caller lacks the permission.</exception>
    public Task<SystemStatus> StatusAsync(Caller caller, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewSystemStatus);
        return reader.StatusAsync(cancellationToken);
    }

    /// <exception cref="CommandRefusedException">The caller lacks the permission.</exception>
    public Task<IReadOnlyList<BacklogGroup>> BacklogAsync(Caller caller, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewSystemStatus);
        return reader.BacklogAsync(cancellationToken);
    }

    /// <exception cref="CommandRefusedException">The caller lacks the permission.</exception>
    public async Task<IReadOnlyList<SystemCheck>> ChecksAsync(Caller caller, CancellationToken cancellationToken) =>
        await examiner.ExamineAsync(await StatusAsync(caller, cancellationToken), cancellationToken);
}
