using System.Security.Cryptography;
using System.Text;
using TasksBus.Contracts;

namespace TasksBus.Triggers;

/// <summary>The id of a task that an event triggers. It is the same each time the event is tried.</summary>
internal static class TriggeredId
{
    /// <param name="action">Identifies the action: its id, or its place in a transition.</param>
    public static TaskId Of(TaskId raised, string action) => TaskId.Parse(Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"tasksbus trigger {raised} {action}")).AsSpan(0, TaskId.Size)));
}
