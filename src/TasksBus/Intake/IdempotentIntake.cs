using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Intake;

/// <summary>Accepts tasks whose caller may ask again. The same key and content are the same task for 24 hours.</summary>
public sealed class IdempotentIntake(TaskIntake intake, ITaskLoader loader, ITaskReader reader, TimeProvider clock)
{
    /// <summary>Stores a task that is valid by the rules, or finds the one that the key made already.</summary>
    /// <returns>The stored task. Null when the key made one with other content.</returns>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the task's function is not registered.</exception>
    public async Task<TaskRecord?> ScheduleAsync(
        IdempotencyKey key, ScheduleTask task, string? createdByApplicationId, string? createdByUserId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var (id, stored) = await key.FindAsync(
            clock, (ids, token) => reader.LookAsync([.. ids], withInput: true, token), static task => task.CreationTimestamp,
            cancellationToken);
        if (stored is not null)
        {
            // If an earlier try of this process is in doubt, it is proved before it is answered as stored.
            await loader.LoadAsync([stored.Id], withInput: false, cancellationToken);
        }

        // In a race, the first to store it wins. The id is the same, and the others get that task.
        stored ??= await intake.ScheduleAsync(id, task, createdByApplicationId, createdByUserId, cancellationToken);
        return intake.IsOf(stored, task) ? stored : null;
    }
}
