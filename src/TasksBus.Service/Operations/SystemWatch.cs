using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>
/// Reads how the system stands for all who watch it. However many there are, it is read once every two seconds at most, and not at all
/// while nobody watches.
/// </summary>
public sealed class SystemWatch(IStatusReader status, SystemExaminer examiner, TimeProvider time)
{
    /// <summary>How long failures are shown.</summary>
    public static readonly TimeSpan FailuresWithin = TimeSpan.FromDays(1);

    private static readonly TimeSpan s_freshness = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Task<SystemView>? _reading;
    private long _begunAt;

    /// <summary>
    /// How the system stands now, or stood up to two seconds ago. A caller who may not view tasks sees no failures.
    /// </summary>
    /// <exception cref="CommandRefusedException">The caller lacks the permission.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async Task<SystemView> LookAsync(Caller caller, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewSystemStatus);
        Task<SystemView> reading;
        lock (_lock)
        {
            if (_reading is null || _reading.IsFaulted || (_reading.IsCompleted && time.GetElapsedTime(_begunAt) >= s_freshness))
            {
                _begunAt = time.GetTimestamp();
                _reading = Task.Run(ReadAsync, CancellationToken.None);
            }

            reading = _reading;
        }

        var view = await reading.WaitAsync(cancellationToken);
        return caller.May(Permissions.ViewTasks) ? view : view with { Failures = [] };
    }

    private async Task<SystemView> ReadAsync()
    {
        var now = await status.StatusAsync(CancellationToken.None);
        return new(
            now, await status.BacklogAsync(CancellationToken.None), await status.EndedAsync(CancellationToken.None),
            await status.FailuresAsync(now.At - FailuresWithin, CancellationToken.None),
            await examiner.ExamineAsync(now, CancellationToken.None));
    }
}
