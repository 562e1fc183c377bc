using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Intake;

/// <summary>Accepts tasks whose caller may ask again. The same key and content are the same task for 24 hours.</summary>
public sealed class IdempotentIntake(TaskIntake intake, ITaskLoader loader, ITaskReader reader, TimeProvider clock)
{
    /// <summary>
    /// When a key's day has just begun, an earlier request may still be on its way into the database, under the id of that day. So a
    /// request that finds nothing waits this long and looks again. Each key's day begins at its own time, so that affects one request in
    /// 43,200.
    /// </summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    /// <summary>Stores a task that is valid by the rules, or finds the one that the key made already.</summary>
    /// <returns>The stored task. Null when the key made one with other content.</returns>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the task's function is not registered.</exception>
    public async Task<TaskRecord?> ScheduleAsync(
        IdempotencyKey key, ScheduleTask task, string? createdByApplicationId, string? createdByUserId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var now = clock.GetUtcNow();
        var (day, passed) = key.DayAt(now);
        var stored = await FindAsync(key, day, now, cancellationToken);
        if (stored is null && passed < Margin)
        {
            await Task.Delay(Margin - passed, clock, cancellationToken);
            stored = await FindAsync(key, day, now, cancellationToken);
        }

        if (stored is not null)
        {
            // If an earlier try of this process is in doubt, it is proved before it is answered as stored.
            await loader.LoadAsync([stored.Id], withInput: false, cancellationToken);
        }

        // In a race, the first to store it wins. The id is the same, and the others get that task.
        stored ??= await intake.ScheduleAsync(key.IdOn(day), task, createdByApplicationId, createdByUserId, cancellationToken);
        return intake.IsOf(stored, task) ? stored : null;
    }

    private async Task<TaskRecord?> FindAsync(IdempotencyKey key, long day, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (today, yesterday) = (key.IdOn(day), key.IdOn(day - 1));
        var found = await reader.LookAsync([today, yesterday], withInput: true, cancellationToken);
        return found.GetValueOrDefault(today)
            ?? (found.GetValueOrDefault(yesterday) is { } earlier && now - earlier.CreationTimestamp < IdempotencyKey.Lifetime ? earlier
                : null);
    }
}
