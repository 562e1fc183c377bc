using System.Text.Json;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Scheduling;

/// <summary>Takes in commands, from the bus and from the API.</summary>
public sealed class Intake(TaskTransitions transitions, ILogger<Intake> logger)
{
    /// <summary>Stores a task that the rules accept, unless its id is known: then the first content stays.</summary>
    /// <param name="createdByApplicationId">24 hex digits, or null where nobody knows who asks.</param>
    /// <returns>The stored task.</returns>
    public async Task<TaskRecord> ScheduleAsync(TaskId id, ScheduleTask task, string? createdByApplicationId = null)
    {
        var result = await transitions.RaiseAsync(id, transitions.Machine.Scheduled, task with { CreatedByApplicationId = createdByApplicationId });
        if (result.Outcome == TransitionOutcome.Ignored && !SameContent(result.Task!, task))
        {
            logger.DifferentContent(id);
        }

        return result.Task!;
    }

    /// <summary>Stores tasks that the rules accept, under new ids: all or none.</summary>
    /// <param name="createdByApplicationId">24 hex digits, or null where nobody knows who asks.</param>
    public Task<IReadOnlyList<TaskRecord>> ScheduleAllAsync(IReadOnlyList<ScheduleTask> tasks, string? createdByApplicationId = null) =>
        transitions.ScheduleAllAsync([.. tasks.Select(task => task with { CreatedByApplicationId = createdByApplicationId })]);

    /// <summary>Cancels a task that is still new.</summary>
    /// <returns>Whether this call canceled it, and the task as it is now: null where it is unknown.</returns>
    public async Task<(bool Canceled, TaskRecord? Task)> CancelAsync(TaskId id)
    {
        var result = await transitions.RaiseAsync(id, transitions.Machine.CancelRequested, new CancelTask(id.ToString()));
        return (result.Outcome == TransitionOutcome.Applied, result.Task);
    }

    private static bool SameContent(TaskRecord stored, ScheduleTask sent) =>
        stored.FunctionName == sent.FunctionName
        && stored.Priority == (sent.Priority ?? 0)
        && stored.Tags.SequenceEqual(sent.Tags ?? [])
        && (sent.StartTimestamp is null || Microseconds.Of(sent.StartTimestamp.Value) == Microseconds.Of(stored.StartTimestamp!.Value))
        && SameData(stored.Data, sent.Data);

    private static bool SameData(string? stored, JsonElement? sent)
    {
        if (stored is null || sent is not { } data)
        {
            return stored is null && sent is null;
        }

        try
        {
            return stored == data.GetRawText() || JsonElement.DeepEquals(JsonElement.Parse(stored), data);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair cannot be compared other than as text.
            return false;
        }
    }
}
