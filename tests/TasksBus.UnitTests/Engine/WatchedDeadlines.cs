using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The tasks past their deadline, whose reads a test can watch or interrupt.</summary>
internal sealed class WatchedDeadlines(IOverdueTasks inner) : IOverdueTasks
{
    private int _sweeps;

    /// <summary>Runs before tasks past their deadline are looked for.</summary>
    public Func<Task> Sweeping { get; set; } = static () => Task.CompletedTask;

    /// <summary>How often tasks past their deadline were looked for.</summary>
    public int Sweeps => _sweeps;

    public async Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken)
    {
        await Sweeping();
        var overdue = await inner.OverdueAsync(epoch, limit, cancellationToken);
        Interlocked.Increment(ref _sweeps);
        return overdue;
    }
}
