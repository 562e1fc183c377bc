using System.Security.Cryptography;
using System.Text;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>The id of a task that something stored makes. It is the same each time that is tried, so the task is made once.</summary>
internal static class DerivedId
{
    /// <summary>The id of a task that an event triggers.</summary>
    /// <param name="action">Identifies the action: its id, or its place in a transition.</param>
    public static TaskId OfTriggered(TaskId raised, string action) => Of($"tasksbus trigger {raised} {action}");

    /// <summary>The id of the task that a bulk operation makes of another one.</summary>
    public static TaskId OfRerun(TaskId operation, TaskId original) => Of($"tasksbus rerun {operation} {original}");

    private static TaskId Of(string text) =>
        TaskId.Parse(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, TaskId.Size)));
}
