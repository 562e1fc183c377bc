using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Tool.Commands;

/// <summary>What a wait for a task came to.</summary>
/// <param name="Id">Its id. If it has ended, that of the last task that retries it.</param>
/// <param name="Task">The task as the server writes it. Null when it has not ended in time, and when nothing is known of it.</param>
/// <param name="Refusal">Why nothing is known of it.</param>
internal readonly record struct TaskEnd(TaskId Id, JsonElement? Task, ToolException? Refusal = null)
{
    /// <summary>True when the time was over before its end.</summary>
    public bool IsTimedOut => Task is null && Refusal is null;
}
